"""Plans calculated one after another by a process of its own, which keeps its networks loaded and dies alone."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.executors.executor import LostProcessError
from esapi_bridge.executors.processes import Processes
from esapi_bridge.node.choices import NodeTask

if TYPE_CHECKING:
    from esapi_bridge.tasks import Networks


@dataclass(frozen=True)
class Request:
    """One plan to be calculated.

    Parameters
    ----------
    task
        Which network.
    files, out
        The plan's objects; result folder to make.
    plan
        SOP Instance UID of the plan.
    model
        Name of the network; None for the task's own.
    """

    task: NodeTask
    files: tuple[Path, ...]
    out: Path
    plan: str
    model: str | None = None


class Calculation:
    """Calculates a plan at a time in another process, which is started when it is needed; a context manager."""

    def __init__(self) -> None:
        self._queue: deque[Request] = deque()
        self._ended = Processes(threads=0).completed(_Worker(), self._queue, lost=lambda _: _LOST)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.close()

    def run(self, request: Request) -> Outcome:
        """Calculate a plan, wait for it and return how it ended.

        A process that ends by itself is that plan's failure alone: the next request starts another one.
        """
        self._queue.append(request)
        _, outcome = next(self._ended)
        return outcome


_LOST = Outcome(End.FAILED, str(LostProcessError()))


@dataclass(frozen=True)
class _Worker:
    """What the process does with a request."""

    @cached_property
    def networks(self) -> Networks:
        """The networks of that process."""
        from esapi_bridge.tasks import Networks

        return Networks()

    def __call__(self, request: Request) -> Outcome:
        from esapi_bridge.batch.work import outcome_of
        from esapi_bridge.dicom import ExportFiles
        from esapi_bridge.tasks import run_dose, run_fluence

        chosen: dict[str, Any] = {} if request.model is None else {"model": request.model}
        run = run_dose if request.task is NodeTask.DOSE else run_fluence
        return outcome_of(
            lambda: run(ExportFiles(request.files), request.out, plan=request.plan, networks=self.networks, **chosen)
        )


def result_file(task: NodeTask) -> str:
    """Name of the object in a result folder that is sent back; imported late, as it brings torch."""
    from esapi_bridge.tasks.dose.export import PLAN_FILE as DOSE_FILE
    from esapi_bridge.tasks.fluence.export import PLAN_FILE as FLUENCE_FILE

    return DOSE_FILE if task is NodeTask.DOSE else FLUENCE_FILE
