"""A jobs folder with a toy worker that is gone when the test ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from esapi_bridge.folders.user import STATE_VARIABLE
from esapi_bridge.worker import client, job_folder
from esapi_bridge.worker.home import WorkerHome
from esapi_bridge.worker.job_folder import JobFolder
from esapi_bridge.worker.state import JobState
from tests.patience import LONGEST_S
from tests.worker import toy_worker

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows SIGTERM is as final
ROOT = Path(__file__).parents[2]


class Workshop:
    """A jobs folder, its client and its toy worker."""

    def __init__(self, folder: Path) -> None:
        self.home = WorkerHome(folder / "jobs")
        self.launch = client.Launch(sys.executable, (str(ROOT),), 60.0)

    def new(self, task: str = "hash", **options: Any) -> JobFolder:
        """Put a job on disk without telling the worker."""
        job_id, folder = job_folder.new_job(self.home.jobs)
        (folder / "case").mkdir()
        (folder / "case" / "case.json").write_text(json.dumps({"id": job_id}))
        return job_folder.submit(self.home.jobs, job_id, task, options)

    def ask(self, kind: str, job: JobFolder | None = None) -> dict[str, Any]:
        return client.ask(self.home, {"type": kind} | ({"id": job.id} if job else {}), self.launch)

    def status(self, job: JobFolder) -> JobState:
        return JobState.from_dict(self.ask("status", job))

    def until(self, condition: Callable[[], Any]) -> Any:
        """Poll until something is so."""
        deadline = time.monotonic() + LONGEST_S
        while not (found := condition()):
            assert time.monotonic() < deadline, "waited too long"
            time.sleep(0.005)
        return found

    def finish(self, *jobs: JobFolder) -> list[JobState]:
        """Follow jobs to their ends."""
        return [self.until(partial(self._ended, job)) for job in jobs]

    def _ended(self, job: JobFolder) -> JobState | None:
        state = self.status(job)
        return state if state.exit_code is not None else None

    def pid(self) -> int:
        return int(client.ask(self.home, {"type": "overview"}, self.launch)["pid"])

    def kill(self) -> None:
        """Kill the worker and wait until it is gone."""
        with contextlib.suppress(client.NoWorkerError):
            pid = int(client.ask(self.home, {"type": "overview"})["pid"])
            os.kill(pid, KILL)
        for process in client._started:
            if str(self.home.jobs) in process.args:  # type: ignore[operator]
                process.kill()
                process.wait()

    def journal(self) -> list[dict[str, Any]]:
        path = self.home.jobs / toy_worker.JOURNAL
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder whose path is short enough for a socket, as a user's is."""
    with tempfile.TemporaryDirectory(prefix="eb-", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv(STATE_VARIABLE, folder)
        yield Path(folder)


@pytest.fixture
def workshop(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.setattr(client, "MODULE", "tests.worker.toy_worker")
    made = Workshop(tmp_path)
    yield made
    made.kill()
