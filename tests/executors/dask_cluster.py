"""A Dask cluster on the loop-back interface, of programs as a site starts them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import LONGEST_S

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
}


class DaskCluster:
    """A scheduler and its workers, each with a nanny.

    Parameters
    ----------
    folder
        For their files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._contact = folder / "scheduler.json"
        self._started = [self._start("scheduler", "--port", "0", "--scheduler-file", self._contact)]
        _wait(self._contact.exists)

    def add_worker(self, *options: str) -> None:
        """Start a worker; `wait_for` waits until it is there."""
        said = ("--scheduler-file", self._contact, "--local-directory", self.folder, "--memory-limit", "0")
        self._started.append(self._start("worker", *said, "--nthreads", "1", *options))

    def wait_for(self, workers: int) -> str:
        """Wait for so many workers and return the address of the scheduler."""
        from distributed import Client

        with Client(scheduler_file=str(self._contact), set_as_default=False, timeout=LONGEST_S) as client:
            client.wait_for_workers(workers, timeout=LONGEST_S)
            address: str = client.scheduler.address
        return address

    def end(self) -> None:
        """End them all at once; the processes of workers end with their nannies."""
        for process in self._started:
            process.kill()
        for process in self._started:
            process.wait()

    def _start(self, program: str, *options: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{program}", "--host", "127.0.0.1", "--no-dashboard"]
        with (self.folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(
                [*command, *map(str, options)], cwd=ROOT, env=os.environ | SETTINGS, stdout=log, stderr=log
            )


@contextmanager
def dask_cluster(folder: Path) -> Iterator[DaskCluster]:
    """Start a scheduler, and end it and its workers after the block."""
    cluster = DaskCluster(folder)
    try:
        yield cluster
    finally:
        cluster.end()


def _wait(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.05)
