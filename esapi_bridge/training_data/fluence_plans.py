"""Make the plans that a fluence network learns from.

Fills a store (see `fluencenet.store`). It can be stopped at any moment and continues where it was. A plan that misses
a goal of `quality.missed` is not kept: its seed and what it missed are written to ``*.skipped.jsonl`` beside the
store, and the next seed takes its place.
"""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from esapi_bridge.errors import BridgeError
from esapi_bridge.executors.executor import Executor
from esapi_bridge.executors.processes import HERE
from esapi_bridge.folders.durable import append_to_disk
from esapi_bridge.planning.vocabulary import Energy
from esapi_bridge.progress import Progress

if TYPE_CHECKING:
    from esapi_bridge.planning.imrt.beams import Arrangement

log = logging.getLogger(__name__)

SPACING_MM = (2.5, 2.5, 2.5)
"""Voxels of the patients: those of dose and labels."""

SEEDS_OF_A_SPLIT = 10_000
"""Each split draws its patients from a range of seeds of its own, so that no patient is in two."""

SPLITS = ("train", "validation", "test")

MOST_SKIPPED = 0.25
"""Share of plans that may miss a goal before something is taken to be wrong."""

LEAST_SKIPPED = 3
"""That many may miss them in any case, so that a few plans can be made too."""


ENERGIES = (Energy.X15.value, Energy.X6.value)
"""Energies of the plans, in turn."""


@dataclass(frozen=True)
class PlanJob:
    """A plan to make: its place in the store, the seed of patient and set-up, and the energy."""

    store: Path
    name: str
    split: str
    seed: int
    turned: bool
    energy: str


@dataclass(frozen=True)
class PlanOutcome:
    """Result of a plan: the goals it missed (none: it is stored), and the time it took, s."""

    missed: tuple[str, ...]
    seconds: float


Maker = Callable[[PlanJob], PlanOutcome]


def make_plan(job: PlanJob) -> PlanOutcome:
    """Make one plan and store it, unless it misses a goal."""
    from esapi_bridge.planning.imrt.anatomy import prostate_patient
    from esapi_bridge.planning.imrt.beams import Arrangement
    from esapi_bridge.planning.imrt.plan import plan_patient
    from esapi_bridge.planning.imrt.quality import missed
    from esapi_bridge.training_data.fluence_case import fluence_case
    from fluencenet.store import FluenceStore

    started = time.perf_counter()
    arrangement = replace(turned_arrangement(job.seed) if job.turned else Arrangement(), energy=job.energy)
    try:
        plan = plan_patient(prostate_patient(job.seed, SPACING_MM, arrangement.patient_position), arrangement)
    except (BridgeError, ValueError) as error:
        return PlanOutcome((f"{type(error).__name__}: {error}",), time.perf_counter() - started)
    broken = missed(plan.dose, plan.masks, plan.prescription_gy)
    if not broken:
        FluenceStore(job.store).add(fluence_case(plan, job.name, job.split, seed=job.seed, site="pelvis"))
    return PlanOutcome(broken, time.perf_counter() - started)


def turned_arrangement(seed: int) -> Arrangement:
    """Draw a set-up unlike the usual one: any of eight patient positions, collimator up to 90 degrees either way."""
    import numpy as np

    from esapi_bridge.case import PatientPosition
    from esapi_bridge.planning.imrt.beams import Arrangement

    rng = np.random.default_rng([seed, 61217])
    position = PatientPosition(rng.choice(sorted(PatientPosition)))
    return Arrangement(collimator_deg=round(float(rng.uniform(-90, 90))) % 360.0, patient_position=position)


@dataclass(frozen=True)
class PlansMade:
    """What a call of `make_plans` did: plans made now, plans that were there, and names of plans that were replaced."""

    made: int
    there: int
    replaced: tuple[str, ...]


def make_plans(
    store: Path,
    wanted: Mapping[str, int],
    seed: int,
    *,
    energies: Sequence[str] = ENERGIES,
    turned: float = 0.0,
    executor: Executor = HERE,
    maker: Maker = make_plan,
    progress: Progress | None = None,
) -> PlansMade:
    """Fill a store; skips what is there.

    Parameters
    ----------
    store
        Zarr store, made if missing.
    wanted
        Number of plans by split.
    seed
        Chooses the patients.
    energies
        Energies of the plans of a split, in turn.
    turned
        Share of the training plans with another patient position and collimator angle, spread evenly.
    executor
        Where plans are made; its processes write the store.
    maker
        Makes one plan.
    progress
        Called after every plan: its name, plans done, plans to make.

    Raises
    ------
    BridgeError
        If more than `MOST_SKIPPED` of the plans miss the limits.
    ValueError
        If the folder holds a store of another schema.
    """
    from fluencenet.store import FluenceStore

    store = store.absolute()
    executor.require_shared(store.parent)
    skipped = _read_skipped(store)
    there = set(FluenceStore(store).names())
    candidates = {split: _jobs(store, split, seed, energies, turned, skipped) for split in wanted}
    to_do: list[tuple[float, PlanJob]] = []
    for split, count in wanted.items():
        first = [next(candidates[split]) for _ in range(count)]
        # All splits grow together, so that a part of the data set is one too.
        to_do += [(n / max(count, 1), job) for n, job in enumerate(first) if job.name not in there]
    queue = deque(job for _, job in sorted(to_do, key=lambda item: (item[0], item[1].name)))
    total = sum(wanted.values())
    log.info("%d of %d plans to make", len(queue), total)
    made, replaced = 0, []
    with closing(executor.completed(maker, queue)) as outcomes:
        for job, outcome in outcomes:
            if not outcome.missed:
                made += 1
                log.info("%s stored, %.1f s", job.name, outcome.seconds)
                if progress:
                    progress(job.name, made, len(to_do))
                continue
            replaced.append(job.name)
            _note_skipped(store, job, outcome)
            log.warning("%s is not kept: %s", job.name, "; ".join(outcome.missed))
            if len(replaced) > max(LEAST_SKIPPED, MOST_SKIPPED * total):
                raise BridgeError(
                    f"at most {MOST_SKIPPED:.0%} of the plans may miss the limits, found {len(replaced)} that did "
                    f"for {total} wanted: the list beside the store says which limits"
                )
            queue.appendleft(next(job for job in candidates[job.split] if job.name not in there))
    return PlansMade(made, total - len(to_do), tuple(replaced))


def _jobs(
    store: Path, split: str, seed: int, energies: Sequence[str], turned: float, skipped: set[str]
) -> Iterator[PlanJob]:
    """Candidates of a split in their fixed order, without those that are known to miss the limits."""
    base = (seed * len(SPLITS) + SPLITS.index(split)) * SEEDS_OF_A_SPLIT
    for number in range(SEEDS_OF_A_SPLIT):
        name = f"prostate-{base + number:06d}"
        share = turned if split == "train" else 0.0
        if name not in skipped:
            is_turned = int((number + 1) * share) > int(number * share)
            yield PlanJob(store, name, split, base + number, is_turned, energies[number % len(energies)])


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


def _note_skipped(store: Path, job: PlanJob, outcome: PlanOutcome) -> None:
    store.parent.mkdir(parents=True, exist_ok=True)
    entry = {"name": job.name, "split": job.split, "missed": list(outcome.missed)}
    append_to_disk(_skipped_file(store), json.dumps(entry))
