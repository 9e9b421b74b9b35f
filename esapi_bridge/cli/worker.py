"""``esapi-bridge worker``: the process that computes what is asked for from inside Eclipse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from esapi_bridge import INTENDED_USE
from esapi_bridge.errors import BridgeError

if TYPE_CHECKING:
    from esapi_bridge.worker.home import WorkerHome

STOP_TIMEOUT_S = 60.0
"""A job at work notices at its next piece of progress; a report is the longest piece."""


def worker(
    jobs: Annotated[Path | None, typer.Option(help="Jobs folder. [default: one of this user's]")] = None,
    idle_timeout: Annotated[
        float | None, typer.Option(min=0.0, help="End after so many seconds without a job. [default: 900]")
    ] = None,
    keep_days: Annotated[
        float | None, typer.Option(min=0.0, help="Remove jobs that ended so many days ago. [default: 30]")
    ] = None,
    status: Annotated[
        bool, typer.Option("--status", help="Say what the worker does and which jobs there are.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the worker; its jobs are kept for the next one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Work through the jobs that come from Eclipse.

    The scripts start it by themselves when they need it.
    """
    if status and stop:
        raise typer.BadParameter("--status and --stop exclude each other")
    from esapi_bridge.worker.home import WorkerHome, default_jobs

    home = WorkerHome(jobs or default_jobs())
    if status:
        _show(_status(home), as_json=as_json)
    elif stop:
        _show(_stop(home), as_json=as_json)
    else:
        _serve(home, idle_timeout, keep_days)


def _serve(home: WorkerHome, idle_timeout_s: float | None, keep_days: float | None) -> None:
    from esapi_bridge.cli.console import progress as console
    from esapi_bridge.worker.__main__ import keep_log
    from esapi_bridge.worker.old_jobs import KEEP_DAYS
    from esapi_bridge.worker.server import IDLE_TIMEOUT_S, serve
    from esapi_bridge.worker.tasks import all_tasks

    keep_log(home)
    console.print(f"worker of {home.jobs}; log in {home.log}")
    is_alone = serve(
        home.jobs,
        all_tasks(),
        idle_timeout_s=IDLE_TIMEOUT_S if idle_timeout_s is None else idle_timeout_s,
        keep_days=KEEP_DAYS if keep_days is None else keep_days,
    )
    if not is_alone:
        raise BridgeError(
            "this jobs folder must have one worker, found one that runs: see esapi-bridge worker --status"
        )


def _status(home: WorkerHome) -> dict[str, Any]:
    """Ask the worker, and read of the jobs what is on disk."""
    from esapi_bridge.worker import client, job_folder

    try:
        answer = client.ask(home, {"type": "overview"})
    except client.NoWorkerError:
        answer = {}
    running = answer.get("running")
    states = []
    for job in job_folder.list_jobs(home.jobs):
        ended = job.ended()
        state = ended.state if ended else "running" if job.id == running else "queued"
        states.append({"id": job.id, "state": state, "message": ended.message if ended else ""})
    found = {"worker": answer.get("pid"), "version": answer.get("version"), "jobs": states}
    return found | {"intended_use": INTENDED_USE}


def _stop(home: WorkerHome) -> dict[str, Any]:
    """Ask the worker to end and wait until it has, which a job at work may delay."""
    import time

    from esapi_bridge.worker import client

    try:
        client.ask(home, {"type": "shutdown"})
    except client.NoWorkerError:
        return _status(home) | {"stopped": False}
    until = time.monotonic() + STOP_TIMEOUT_S
    while (found := _status(home))["worker"] is not None:
        if time.monotonic() > until:
            raise BridgeError(f"the worker must end within {STOP_TIMEOUT_S:g} s, it still answers; ask again later")
        time.sleep(0.05)
    return found | {"stopped": True}


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        import json

        typer.echo(json.dumps(found, indent=2))
        return
    from rich.table import Table

    from esapi_bridge.cli.console import out

    if "stopped" in found:
        out.print("the worker has ended" if found["stopped"] else "no worker was running")
    else:
        out.print(f"worker {found['version']}, process {found['worker']}" if found["worker"] else "no worker runs")
    if found["jobs"]:
        table = Table("job", "state", "", box=None)
        for job in found["jobs"]:
            table.add_row(job["id"], job["state"], job["message"])
        out.print(table)
