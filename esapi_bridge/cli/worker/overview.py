"""What the worker does and which jobs there are, as the commands of the worker show it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from esapi_bridge.worker.home import WorkerHome

JobsFolder = Annotated[
    Path | None, typer.Option("--jobs", help="Jobs folder, which has a worker of its own. [default: one of this user]")
]


def worker_home(jobs: Path | None) -> WorkerHome:
    """The folder of a jobs folder's worker."""
    from esapi_bridge.worker.home import WorkerHome, default_jobs

    return WorkerHome(jobs or default_jobs())


def overview(home: WorkerHome) -> dict[str, Any]:
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
    return {"worker": answer.get("pid"), "version": answer.get("version"), "jobs": states}


def show(headline: str, found: dict[str, Any]) -> None:
    """Print a sentence and the table of jobs."""
    from rich.table import Table

    from esapi_bridge.cli.console import out

    out.print(headline)
    if found["jobs"]:
        table = Table("job", "state", "", box=None)
        for job in found["jobs"]:
            table.add_row(job["id"], job["state"], job["message"])
        out.print(table)
