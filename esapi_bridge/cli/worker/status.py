"""``esapi-bridge worker status``: what the worker does, and every job."""

from __future__ import annotations

from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.worker.overview import JobsFolder, overview, show, worker_home


def status(jobs: JobsFolder = None, as_json: AsJson = False) -> None:
    """Show the worker and every job."""
    found = overview(worker_home(jobs))
    if as_json:
        print_json(found)
    else:
        show(f"worker {found['version']}, process {found['worker']}" if found["worker"] else "no worker runs", found)
