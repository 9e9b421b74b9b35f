"""``esapi-bridge worker run``: the process that computes what is asked for from inside Eclipse."""

from __future__ import annotations

from typing import Annotated

import typer

from esapi_bridge.cli.worker.overview import JobsFolder, worker_home
from esapi_bridge.errors import BridgeError


def run(
    jobs: JobsFolder = None,
    idle_timeout: Annotated[
        float | None, typer.Option(min=0.0, help="End after so long without a job, s. [default: 900]")
    ] = None,
    keep_days: Annotated[
        float | None, typer.Option(min=0.0, help="Remove jobs that ended so long ago, days. [default: 30]")
    ] = None,
) -> None:
    """Work through the jobs that come from Eclipse.

    The scripts start it by themselves when they need it.
    """
    from esapi_bridge.cli.console import progress
    from esapi_bridge.worker.__main__ import keep_log
    from esapi_bridge.worker.old_jobs import KEEP_DAYS
    from esapi_bridge.worker.server import IDLE_TIMEOUT_S, serve
    from esapi_bridge.worker.tasks import all_tasks

    home = worker_home(jobs)
    keep_log(home)
    progress.print(f"worker of {home.jobs}; log in {home.log}")
    is_alone = serve(
        home.jobs,
        all_tasks(),
        idle_timeout_s=IDLE_TIMEOUT_S if idle_timeout is None else idle_timeout,
        keep_days=KEEP_DAYS if keep_days is None else keep_days,
    )
    if not is_alone:
        raise BridgeError("this jobs folder must have one worker, found one that runs: see esapi-bridge worker status")
