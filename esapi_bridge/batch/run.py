"""Does the plans of a batch in several processes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing

from esapi_bridge.batch.elsewhere import outcomes_elsewhere
from esapi_bridge.batch.find import Batch
from esapi_bridge.batch.job import Job
from esapi_bridge.batch.memory import free_memory_bytes, how_many_fit
from esapi_bridge.batch.need import memory_needed_bytes
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.steps import Steps
from esapi_bridge.batch.work import PlanWorker
from esapi_bridge.checks import require
from esapi_bridge.checks.commissioned import commissioned
from esapi_bridge.executors.executor import Executor
from esapi_bridge.executors.processes import Processes
from esapi_bridge.models import find_model
from esapi_bridge.tasks.fluence.plan import Deliver

PROCESS_ENDED = "its process ended by itself"
WORKERS_ENDED = (
    "every process that had it ended by itself: perhaps memory ran out, give the workers of the cluster more, then run "
    "the batch again"
)

Told = Callable[[str, Outcome], None]
"""Called with the key of every plan that ends, and how it ended."""


def local_executor(batch: Batch, jobs: int | None = None) -> Processes:
    """Make processes of this machine: as many as there are plans and processors, and as fit into memory.

    Parameters
    ----------
    batch
        From `find_batch`.
    jobs
        Plans side by side at most. Default: as many as there are processors.
    """
    processors = _processors()
    needs = [memory_needed_bytes(batch.plans[key]) for key in batch.waiting]
    workers = max(1, min(jobs or processors, how_many_fit(needs, free_memory_bytes()), len(needs)))
    return Processes(workers, threads=max(1, processors // workers))


def run_batch(batch: Batch, executor: Executor, *, deliver: Deliver | None = None, told: Told | None = None) -> None:
    """Do every plan that has not ended.

    Parameters
    ----------
    batch
        From `find_batch`.
    executor
        Does the work; see `local_executor`. What is no process of this machine gets files and gives results as bytes.
    deliver
        Plans leaf motions and dose of predicted fluences.
    told
        Called with every plan that ends.

    Raises
    ------
    RefusedError
        If the site requires a network that is approved here, and this one is not: no plan is at fault then.
    """
    require([commissioned(find_model(batch.options.model, batch.options.task.value))])
    steps = Steps(batch.place.steps)
    worker = PlanWorker(batch.options, steps, deliver)
    alone: list[Job] = []

    def end(job: Job, outcome: Outcome) -> None:
        ended = batch.end(job.key, outcome)
        if told is not None:
            told(job.key, ended)

    with _outcomes(executor, worker, [_job(batch, key) for key in batch.waiting]) as outcomes:
        for job, outcome in outcomes:
            if outcome.lost:
                steps.ended(job.key)
                alone.append(job)
            else:
                end(job, outcome)
    for one in alone:
        with _outcomes(executor, worker, [one]) as outcomes:
            for job, outcome in outcomes:
                end(job, _twice(outcome) if outcome.lost else outcome)


def _outcomes(
    executor: Executor, worker: PlanWorker, jobs: Sequence[Job]
) -> closing[Generator[tuple[Job, Outcome], None, None]]:
    if not isinstance(executor, Processes):
        return closing(outcomes_elsewhere(executor, worker, jobs, lambda _: Outcome(End.FAILED, WORKERS_ENDED)))
    ended = lambda _: Outcome(End.FAILED, PROCESS_ENDED, lost=True)
    return closing(executor.completed(worker, deque(jobs), lost=ended))


def _twice(outcome: Outcome) -> Outcome:
    found = f"{outcome.reason} twice, the second time with no other plan at work"
    return Outcome(End.FAILED, f"{found}: free memory, then run the batch again", seconds=outcome.seconds)


def _job(batch: Batch, key: str) -> Job:
    plan = batch.plans[key]
    return Job(key, plan.source, plan.uid, batch.place.fresh(key, batch.identities[key]))


def _processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
