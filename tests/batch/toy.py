"""Stands in for the worker of a batch: what it does with a plan is the plan's name."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from esapi_bridge.batch.job import Job
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.steps import Steps
from esapi_bridge.executors.processes import Processes

FOR_EVER_S = 3600.0
RUN = '{"schema": 1, "outputs": [{"name": "process"}]}'


@dataclass(frozen=True)
class ToyWorker:
    """Has the parameters of `PlanWorker`."""

    options: object
    steps: Steps
    deliver: object = None

    def __call__(self, job: Job) -> Outcome:
        self.steps.of(job.key)("toy", 1, 2)
        with (job.out.parents[2] / "begun").open("a") as journal:
            journal.write(f"{job.key}\n")
        once = job.out.parents[2] / f"{job.key} has died"
        if job.key.startswith("dies") or (job.key.startswith("mortal") and not once.exists()):
            once.touch()
            os._exit(9)
        if job.key.startswith("refused"):
            return Outcome(End.REFUSED, "refused by 1 check")
        if job.key.startswith("failed"):
            return Outcome(End.FAILED, "unexpected")
        if job.key.startswith("slow"):
            time.sleep(FOR_EVER_S)
        write(job.out)
        return Outcome(End.DONE, seconds=1.0)


class Here(Processes):
    """Does everything in this process."""

    def completed(self, function: Any, queue: deque[Any], **_: object) -> Generator[tuple[Any, Any], None, None]:
        while queue:
            item = queue.popleft()
            yield item, function(item)


def write(out: Path) -> None:
    """Write what passes for a result."""
    out.mkdir()
    (out / "process").write_text(str(os.getpid()))
    (out / "run.json").write_text(RUN)
