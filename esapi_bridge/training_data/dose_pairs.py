"""Make training data for the dose network: random fields and plans, each calculated twice (Dong & Xing 2020, 2.1).

Fills a Zarr store (see `dosenet.store`). It can be stopped at any moment and continues where it was. Needs no DICOM and
no SimpleITK, unless CTs are read from files.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosenet.store import PairWriter, read_patients
from esapi_bridge.case import Beam, FieldKind, Grid, Volume
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.executors.executor import Executor
from esapi_bridge.executors.processes import HERE, Processes
from esapi_bridge.planning.arcs import OF_TRAINING
from esapi_bridge.planning.engines import (
    RATIO,
    DoseGrids,
    Engine,
    Engines,
    dose_grids,
    dose_in_body,
    physics_engines,
)
from esapi_bridge.planning.outline import inside
from esapi_bridge.planning.random_plans import POSITION
from esapi_bridge.planning.subject import Subject
from esapi_bridge.progress import Progress
from esapi_bridge.training_data.described_field import beam_opening, describe_beam, describe_plan
from esapi_bridge.training_data.field_mix import Mix
from esapi_bridge.training_data.pair_patients import PatientPlan

log = logging.getLogger(__name__)

KEPT_SHARE = 0.05
"""Planes are kept whose coarse dose reaches this share of its maximum; half of what training asks for."""

KEPT_MARGIN = 1
"""Coarse planes kept beyond those, at either end."""

SUBJECTS_AHEAD = 2
"""Patients made in other processes while the fields of one are calculated."""

LONGEST = (FieldKind.ARC, FieldKind.PLAN)
"""Kinds that take longest to calculate."""


@dataclass(frozen=True)
class Doses:
    """A field, or the sum of a plan, calculated by both engines; Gy.

    `fine` starts at plane `z_start` of the patient's fine grid; `beam` is None for a sum.
    """

    beam: Beam | None
    coarse: NDArray[np.float32]
    fine: NDArray[np.float32]
    z_start: int
    coarse_at_fine: NDArray[np.float32] | None


def resample_hu(ct: Volume, grid: Grid) -> NDArray[np.int16]:
    """Interpolate CT numbers linearly onto a grid, both with axes along LPS; outside the CT is air."""
    scale = np.asarray(grid.spacing_mm[::-1]) / np.asarray(ct.grid.spacing_mm[::-1])
    offset = ct.grid.to_index(grid.origin_mm)[::-1]
    hu = ndimage.affine_transform(ct.values, scale, offset, grid.shape, order=1, mode="grid-constant", cval=AIR_HU)
    rounded: NDArray[np.int16] = np.rint(hu).astype(np.int16)
    return rounded


def calculate(
    subject: Subject,
    grids: DoseGrids,
    beams: Sequence[Beam],
    engines: Engines,
    *,
    coarse_at_fine: bool = False,
) -> list[Doses]:
    """Calculate a field on the whole coarse grid, and finely on the planes that its dose reaches.

    Several beams are those of a plan: all of them are kept on the planes that any of them reaches, and their sum is the
    last of the answer.
    """

    def dose(engine: Engine, beam: Beam, grid: Grid) -> NDArray[np.float32]:
        ct, body = subject.ct, subject.body
        return dose_in_body(engine, ct, body, beam, grid, POSITION, part_width=OF_TRAINING).gy

    coarse = [dose(engines.coarse, beam, grids.coarse) for beam in beams]
    highest = [gy.max(axis=(1, 2)) for gy in (*coarse, np.sum(coarse, axis=0))]
    reached = np.flatnonzero(np.any([planes >= KEPT_SHARE * planes.max() for planes in highest], axis=0))
    last_plane = grids.coarse.size[2] - 1
    first, last = max(int(reached[0]) - KEPT_MARGIN, 0), min(int(reached[-1]) + KEPT_MARGIN, last_plane)
    kept = grids.planes(first, last).fine
    found = []
    for beam, coarse_gy in zip(beams, coarse, strict=True):
        fine = dose(engines.fine, beam, kept)
        pencil = dose(engines.coarse, beam, kept) if coarse_at_fine else None
        found.append(Doses(beam, coarse_gy, fine, RATIO * first, pencil))
    return found if len(found) == 1 else [*found, _sum(found)]


def _sum(fields: Sequence[Doses]) -> Doses:
    pencils = [field.coarse_at_fine for field in fields if field.coarse_at_fine is not None]
    return Doses(
        None,
        np.sum([field.coarse for field in fields], axis=0),
        np.sum([field.fine for field in fields], axis=0),
        fields[0].z_start,
        np.sum(pencils, axis=0) if pencils else None,
    )


@dataclass(frozen=True)
class PairsMade:
    """What a call of `make_pairs` did.

    Parameters
    ----------
    calculated, there
        Fields that were calculated now, and fields that were in the store.
    left_alone
        Patients whose CT in the store was made by another version of the phantoms; no field was added to them.
    """

    calculated: int
    there: int
    left_alone: tuple[str, ...]


def make_pairs(
    store: Path,
    patients: Sequence[PatientPlan],
    fields: int,
    mix: Mix,
    *,
    executor: Executor = HERE,
    coarse_at_fine: bool = False,
    engines: Engines | None = None,
    progress: Progress | None = None,
) -> PairsMade:
    """Fill a store with `fields` random fields or plans on every patient; skips what is there.

    Parameters
    ----------
    store
        Zarr store, made if missing.
    patients
        Patients to calculate on.
    fields
        Fields per patient; a plan, whose fields are stored as well, counts as one.
    mix
        Kinds, energies and seed of the fields.
    executor
        Where fields are calculated.
    coarse_at_fine
        Also store the pencil beam at 1.25 mm for fields of the test split.
    engines
        Dose engines for all energies, which other processes must be able to import; the physics engines of each energy
        when None.
    progress
        Called after every field or plan: its name, how many are done, how many are to be calculated.

    Raises
    ------
    ValueError
        If the folder holds a store of another schema.
    """
    writer = PairWriter(store)
    parts = [part for patient in patients for part in patient.parts()]
    to_do = [(p, n) for p in parts for n in range(fields) if not writer.has_field(p.name, mix.name(n))]
    log.info("%d of %d fields to calculate", len(to_do), len(parts) * fields)
    stored = {patient.name: patient for patient in read_patients(store)}
    calculated, left_alone = 0, []
    for task in _tasks(to_do, mix, coarse_at_fine=coarse_at_fine, engines=engines):
        patient, hu, grid = task.patient, resample_hu(task.subject.ct, task.grids.fine), task.grids.fine
        there = stored.get(patient.name)
        if there is not None and not np.array_equal(there.ct_hu(), hu):
            log.warning("%s is skipped: its CT in the store was made by another version of the phantoms", patient.name)
            left_alone.append(patient.name)
            continue
        if there is None:
            body = inside(task.subject.ct, task.subject.body, grid)
            writer.add_patient(
                patient.name, hu, grid.origin_mm, split=patient.split, site=patient.site, body=body,
                attributes={"anatomy": patient.anatomy},
            )  # fmt: skip
        # What takes longest comes first, so that no process is left with it alone at the end.
        numbers = deque(sorted((n for p, n in to_do if p == patient), key=lambda n: mix.kind(n) not in LONGEST))
        with closing(executor.completed(task.doses, numbers)) as results:
            for number, (seconds, doses) in results:
                _write(writer, patient.name, mix.name(number), doses)
                calculated += 1
                log.info("%s %s, %s: %.1f s", patient.name, mix.name(number), mix.kind(number), seconds)
                if progress:
                    progress(f"{patient.name} {mix.name(number)}", calculated, len(to_do))
    return PairsMade(calculated, len(parts) * fields - len(to_do), tuple(left_alone))


def _write(writer: PairWriter, patient: str, name: str, doses: Sequence[Doses]) -> None:
    """Write a field, or the fields of a plan and then their sum."""
    beams = [found.beam for found in doses if found.beam]
    names = [f"{name}-{n}" for n in range(1, len(beams) + 1)] if len(doses) > 1 else [name]
    for pair, found in zip([*names, name] if len(doses) > 1 else names, doses, strict=True):
        writer.add_field(
            patient,
            pair,
            found.coarse,
            found.fine,
            z_start=found.z_start,
            coarse_at_fine_gy=found.coarse_at_fine,
            opening=beam_opening(found.beam) if found.beam else None,
            attributes=describe_beam(found.beam, POSITION) if found.beam else describe_plan(beams, names),
        )


def _tasks(
    to_do: Sequence[tuple[PatientPlan, int]], mix: Mix, *, coarse_at_fine: bool, engines: Engines | None
) -> Iterator[_Task]:
    """Make the patients, the next ones in other processes while the fields of one are calculated."""
    patients = deque(dict.fromkeys(p for p, _ in to_do))
    ahead = HERE if engines else Processes(SUBJECTS_AHEAD)
    for patient, subject in ahead.completed(PatientPlan.subject, patients):
        grids = dose_grids(subject.ct, subject.body)
        yield _Task(patient, subject, grids, mix, coarse_at_fine and patient.split == "test", engines)


@dataclass(frozen=True)
class _Task:
    """One patient's fields and plans, calculated one by one."""

    patient: PatientPlan
    subject: Subject
    grids: DoseGrids
    mix: Mix
    coarse_at_fine: bool
    engines: Engines | None

    def doses(self, number: int) -> tuple[float, list[Doses]]:
        """Seconds it took, and what was calculated."""
        started = time.perf_counter()
        beams = self.mix.beams(self.patient.name, number, self.subject)
        engines = self.engines or _physics(self.mix.energy(self.patient.name, number))
        found = calculate(self.subject, self.grids, beams, engines, coarse_at_fine=self.coarse_at_fine)
        return time.perf_counter() - started, found


@lru_cache
def _physics(energy: str) -> Engines:
    return physics_engines(energy)
