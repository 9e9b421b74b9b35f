"""Plans done on other machines: a plan's files go with it where they are not seen there, and its result comes back."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from esapi_bridge.batch.job import Job, files_of
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.work import PlanWorker, outcome_of
from esapi_bridge.dicom import ExportFiles
from esapi_bridge.executors.executor import Executor
from esapi_bridge.folders.parcel import Parcel
from esapi_bridge.folders.unfinished import sweep, unfinished_folder
from esapi_bridge.folders.whole import output_folder
from esapi_bridge.models.registry import network_used


@dataclass(frozen=True)
class Sent:
    """A plan to do.

    Parameters
    ----------
    job
        The plan.
    files
        Its files, where they are not seen; an outcome, where they could not be read.
    """

    job: Job
    files: Parcel | Outcome | None = None


@dataclass(frozen=True)
class Returned:
    """How a plan ended, and the files of its result."""

    outcome: Outcome
    result: Parcel = field(default_factory=Parcel)


def outcomes_elsewhere(
    executor: Executor, worker: PlanWorker, jobs: Sequence[Job], lost: Callable[[Job], Outcome]
) -> Generator[tuple[Job, Outcome], None, None]:
    """Do plans on other machines, and write each result here, whole or not at all.

    Parameters
    ----------
    executor
        Knows the machines.
    worker
        Does a plan where its files are.
    jobs
        The plans.
    lost
        Gives the outcome of a plan that was the end of several processes.

    Raises
    ------
    RefusedError
        If the machines differ in what decides a result, or do not see the tables of structure names or goals.
    """
    options = worker.options
    if options.tables:
        executor.require_shared(*options.tables.values())
        structures, goals = (path and path.absolute() for path in (options.structures, options.goals))
        options = replace(options, structures=structures, goals=goals)
    seen = bool(jobs) and executor.sees(files_of(jobs[0].source)[0])
    results = executor.completed(
        Elsewhere(replace(worker, options=options)),
        deque(jobs),
        pack=_named if seen else _packed,
        network=partial(network_used, options.model, options.task.value),
        lost=lambda job: Returned(lost(job)),
    )
    with closing(results):
        for job, returned in results:
            outcome = returned.outcome
            if outcome.end is End.DONE:
                written = outcome_of(partial(_write, returned.result, job.out))
                outcome = outcome if written.end is End.DONE else written
            yield job, outcome


@dataclass(frozen=True)
class Elsewhere:
    """Does plan after plan in folders that are there for that time only, on the machine of a cluster."""

    worker: PlanWorker

    def __call__(self, sent: Sent) -> Returned:
        """Do one plan."""
        if isinstance(sent.files, Outcome):
            return Returned(sent.files)
        place = Path(tempfile.gettempdir())
        sweep(place)  # what processes that were killed have left
        with unfinished_folder(place) as folder:
            job = replace(sent.job, out=folder / "result")
            if sent.files is not None:
                files = sent.files.unpack(folder / "plan")
                job = replace(job, source=folder / "plan" if isinstance(job.source, Path) else ExportFiles(files))
            outcome = self.worker(job)
            return Returned(outcome, Parcel.of_folder(job.out) if outcome.end is End.DONE else Parcel())


def _packed(job: Job) -> Sent:
    """Read the files of a plan; what keeps them from being read is the outcome of this plan alone."""
    read: list[Parcel] = []

    def reading() -> None:
        read.append(Parcel.of_folder(job.source) if isinstance(job.source, Path) else Parcel.of_files(job.source.files))

    outcome = outcome_of(reading)
    return Sent(job, read[0] if read else outcome)


def _named(job: Job) -> Sent:
    """Name the files of a plan so that a process with another working folder finds them."""
    if isinstance(job.source, Path):
        return Sent(replace(job, source=job.source.absolute()))
    return Sent(replace(job, source=ExportFiles(tuple(file.absolute() for file in job.source.files))))


def _write(result: Parcel, out: Path) -> None:
    with output_folder(out) as folder:
        result.unpack(folder)
