"""Make the plans that a fluence network learns from.

``python -m esapi_bridge.training_data.fluence_plans -o data/fluence.zarr --train 220 --validation 20 --test 45`` fills
a store (see `fluencenet.store`). It can be stopped at any moment and continues where it was. A plan that misses
the limits of `quality.LIMITS` is not kept: its seed and what it missed are written to ``*.skipped.jsonl`` beside the
store, and the next seed takes its place.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esapi_bridge.planning.imrt.beams import Arrangement

log = logging.getLogger(__name__)

SPACING_MM = (2.5, 2.5, 2.5)
"""Voxels of the patients: those of dose and labels."""

SEEDS_OF_A_SPLIT = 10_000
"""Each split draws its patients from a range of seeds of its own, so that no patient is in two."""

SPLITS = ("train", "validation", "test")

MOST_SKIPPED = 0.25
"""Share of plans that may miss the limits before something is taken to be wrong."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Each worker is one thread; small matrices only lose time to more."""


@dataclass(frozen=True)
class Job:
    """A plan to make: where it goes, and the seed of patient and set-up."""

    store: Path
    name: str
    split: str
    seed: int
    turned: bool


@dataclass(frozen=True)
class Outcome:
    """What became of a job: nothing missed means stored."""

    job: Job
    missed: tuple[str, ...]
    seconds: float


Maker = Callable[[Job], Outcome]


def make_plan(job: Job) -> Outcome:
    """Make one plan and store it, unless it misses the limits."""
    from esapi_bridge.errors import BridgeError
    from esapi_bridge.planning.imrt.anatomy import prostate_patient
    from esapi_bridge.planning.imrt.plan import plan_patient
    from esapi_bridge.planning.imrt.quality import missed
    from esapi_bridge.training_data.fluence_case import fluence_case
    from fluencenet.store import FluenceStore

    started = time.perf_counter()
    arrangement = turned_arrangement(job.seed) if job.turned else None
    try:
        position = arrangement.patient_position if arrangement else "HFS"
        plan = plan_patient(prostate_patient(job.seed, SPACING_MM, position), arrangement)
    except (BridgeError, ValueError) as error:
        return Outcome(job, (f"{type(error).__name__}: {error}",), time.perf_counter() - started)
    broken = missed(plan.quality)
    if not broken:
        FluenceStore(job.store).add(fluence_case(plan, job.name, job.split, seed=job.seed, site="pelvis"))
    return Outcome(job, broken, time.perf_counter() - started)


def turned_arrangement(seed: int) -> Arrangement:
    """Draw a set-up unlike the usual one: any of eight patient positions, collimator up to 90 degrees either way."""
    import numpy as np

    from esapi_bridge.case.beam_frame import SUPPORT_TO_PATIENT
    from esapi_bridge.planning.imrt.beams import Arrangement

    rng = np.random.default_rng([seed, 61217])
    position = str(rng.choice(sorted(SUPPORT_TO_PATIENT)))
    return Arrangement(collimator_deg=round(float(rng.uniform(-90, 90))) % 360.0, patient_position=position)


def make_dataset(
    store: Path,
    wanted: dict[str, int],
    seed: int,
    *,
    turned: float = 0.0,
    workers: int = 1,
    maker: Maker = make_plan,
) -> int:
    """Fill a store; skips what is there.

    Parameters
    ----------
    store
        Zarr store, made if missing.
    wanted
        Number of plans of each split.
    seed
        Chooses the patients.
    turned
        Share of the training plans with another patient position and collimator angle, spread evenly.
    workers
        Processes; with 1 everything happens in this one.
    maker
        Makes one plan.

    Returns
    -------
    int
        Number of plans that missed the limits and were replaced.

    Raises
    ------
    RuntimeError
        If more than `MOST_SKIPPED` of the plans miss the limits.
    """
    from fluencenet.store import FluenceStore

    skipped = _read_skipped(store)
    there = set(FluenceStore(store).names())
    queues = {split: _jobs(store, split, seed, turned, skipped) for split in wanted}
    to_do: list[tuple[float, Job]] = []
    for split, count in wanted.items():
        first = [next(queues[split]) for _ in range(count)]
        # All splits grow together, so that a part of the data set is one too.
        to_do += [(n / max(count, 1), job) for n, job in enumerate(first) if job.name not in there]
    jobs = [job for _, job in sorted(to_do, key=lambda item: (item[0], item[1].name))]
    total = sum(wanted.values())
    log.info("%d of %d plans to make", len(jobs), total)
    made, replaced, started, left = 0, 0, time.perf_counter(), len(jobs)
    for outcome, submit in _run(jobs, maker, workers):
        if outcome.missed:
            replaced += 1
            _note_skipped(store, outcome)
            log.warning("%s is not kept: %s", outcome.job.name, "; ".join(outcome.missed))
            if replaced > max(3, MOST_SKIPPED * total):
                raise RuntimeError(f"{replaced} plans missed the limits, expected at most {MOST_SKIPPED:.0%} to")
            job = next(queues[outcome.job.split])
            while job.name in there:
                job = next(queues[outcome.job.split])
            submit(job)
            continue
        made, left = made + 1, left - 1
        minutes = (time.perf_counter() - started) / made * left / 60
        log.info("%s stored, %.1f s; %d left, %.0f min", outcome.job.name, outcome.seconds, left, minutes)
    return replaced


def _jobs(store: Path, split: str, seed: int, turned: float, skipped: set[str]) -> Iterator[Job]:
    """Candidates of a split in their fixed order, without those that are known to miss the limits."""
    base = (seed * len(SPLITS) + SPLITS.index(split)) * SEEDS_OF_A_SPLIT
    for number in range(SEEDS_OF_A_SPLIT):
        name = f"prostate-{base + number:06d}"
        share = turned if split == "train" else 0.0
        if name not in skipped:
            yield Job(store, name, split, base + number, int((number + 1) * share) > int(number * share))


def _run(jobs: Sequence[Job], maker: Maker, workers: int) -> Iterator[tuple[Outcome, Callable[[Job], None]]]:
    """Do jobs, in order or as processes are free; with each outcome comes a way to add another job."""
    if workers == 1:
        line = list(jobs)
        while line:
            yield maker(line.pop(0)), lambda job: line.insert(0, job)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting: set[Future[Outcome]] = set()

        def submit(job: Job) -> None:
            waiting.add(pool.submit(maker, job))

        for job in jobs:
            submit(job)
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            waiting -= done
            for future in done:
                yield future.result(), submit


def _skipped_file(store: Path) -> Path:
    return store.with_name(f"{store.name}.skipped.jsonl")


def _read_skipped(store: Path) -> set[str]:
    file = _skipped_file(store)
    if not file.is_file():
        return set()
    # A line cut short by a crash is not JSON: its plan is simply tried again.
    found = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            found.add(str(json.loads(line)["name"]))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _note_skipped(store: Path, outcome: Outcome) -> None:
    store.parent.mkdir(parents=True, exist_ok=True)
    with _skipped_file(store).open("a", encoding="utf-8") as file:
        entry = {"name": outcome.job.name, "split": outcome.job.split, "missed": list(outcome.missed)}
        file.write(json.dumps(entry) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m esapi_bridge.training_data.fluence_plans",
        description="Make prostate IMRT plans to learn fluence from.",
    )
    parser.add_argument("-o", "--out", type=Path, required=True, help="Zarr store, continued if it exists")
    parser.add_argument("--train", type=int, default=220, help="plans to train with (default 220)")
    parser.add_argument("--validation", type=int, default=20, help="plans to validate with (default 20)")
    parser.add_argument("--test", type=int, default=45, help="plans to test with (default 45)")
    parser.add_argument("--seed", type=int, default=1, help="chooses the patients (default 1)")
    parser.add_argument("--workers", type=int, default=1, help="processes, one thread each (default 1)")
    parser.add_argument(
        "--turned", type=float, default=0.0,
        help="share of training plans with another patient position and collimator angle (default 0)",
    )  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run as a program."""
    given = _arguments(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for name in ONE_THREAD:  # before the workers import what reads them
        os.environ.setdefault(name, "1")
    wanted = {"train": given.train, "validation": given.validation, "test": given.test}
    replaced = make_dataset(given.out, wanted, given.seed, turned=given.turned, workers=given.workers)
    log.info("done, %d plans missed the limits and were replaced", replaced)


if __name__ == "__main__":
    main()
