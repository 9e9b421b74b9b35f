"""Plans calculated one after another by a process of its own, which keeps its networks loaded and dies alone."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from esapi_bridge.batch.job import Job
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.executors.executor import LostProcessError
from esapi_bridge.executors.processes import Processes
from esapi_bridge.node.choices import NodeTask

if TYPE_CHECKING:
    from esapi_bridge.batch.work import PlanWorker


class Calculation:
    """Calculates a plan at a time in another process, which is started when it is needed; a context manager.

    Parameters
    ----------
    task
        Which network.
    model
        Its name; None for the task's own.
    """

    def __init__(self, task: NodeTask, model: str | None = None) -> None:
        self._queue: deque[Job] = deque()
        self._ended = Processes(threads=0).completed(_Worker(task, model), self._queue, lost=lambda _: _LOST)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.close()

    def run(self, job: Job) -> Outcome:
        """Calculate a plan, wait for it and return how it ended.

        A process that ends by itself is that plan's failure alone: the next plan starts another one.
        """
        self._queue.append(job)
        _, outcome = next(self._ended)
        return outcome


_LOST = Outcome(End.FAILED, str(LostProcessError()))


@dataclass(frozen=True)
class _Worker:
    """What the process does with a plan: what a batch does."""

    task: NodeTask
    model: str | None

    @cached_property
    def plans(self) -> PlanWorker:
        """Made in that process: it brings torch, which the node itself does without."""
        from esapi_bridge.batch.options import BatchOptions, default_model
        from esapi_bridge.batch.task import Task
        from esapi_bridge.batch.work import PlanWorker

        task = Task(self.task.value)
        return PlanWorker(BatchOptions(task, self.model or default_model(task)))

    def __call__(self, job: Job) -> Outcome:
        return self.plans(job)


def result_file(task: NodeTask) -> str:
    """Name of the object in a result folder that is sent back; imported late, as it brings torch."""
    from esapi_bridge.tasks.dose.export import PLAN_FILE as DOSE_FILE
    from esapi_bridge.tasks.fluence.export import PLAN_FILE as FLUENCE_FILE

    return DOSE_FILE if task is NodeTask.DOSE else FLUENCE_FILE
