"""``esapi-bridge worker stop``: end the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.worker.overview import JobsFolder, overview, show, worker_home
from esapi_bridge.errors import BridgeError

if TYPE_CHECKING:
    from esapi_bridge.worker.home import WorkerHome

STOP_TIMEOUT_S = 60.0
"""A job at work notices at its next piece of progress; a report is the longest piece."""


def stop(jobs: JobsFolder = None, as_json: AsJson = False) -> None:
    """End the worker; its jobs are kept for the next one."""
    found = _stop(worker_home(jobs))
    if as_json:
        print_json(found)
    else:
        show("the worker has ended" if found["stopped"] else "no worker was running", found)


def _stop(home: WorkerHome) -> dict[str, Any]:
    """Ask the worker to end and wait until it has, which a job at work may delay."""
    import time

    from esapi_bridge.worker import client

    try:
        client.ask(home, {"type": "shutdown"})
    except client.NoWorkerError:
        return overview(home) | {"stopped": False}
    until = time.monotonic() + STOP_TIMEOUT_S
    while (found := overview(home))["worker"] is not None:
        if time.monotonic() > until:
            raise BridgeError(f"the worker must end within {STOP_TIMEOUT_S:g} s, it still answers; ask again later")
        time.sleep(0.05)
    return found | {"stopped": True}
