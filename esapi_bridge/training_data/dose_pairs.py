"""Make training data for the dose network: random fields on phantoms, each calculated twice (Dong & Xing 2020, 2.1).

Fills a Zarr store (see `dosenet.store`). It can be stopped at any moment and continues where it was. Needs no DICOM and
no SimpleITK, unless CTs are read from files.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosenet.store import PairWriter, read_patients
from esapi_bridge.case import Beam, Grid, PatientPosition, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.executors.executor import Executor
from esapi_bridge.executors.processes import HERE, Processes
from esapi_bridge.planning.engines import (
    COARSE_MM,
    RATIO,
    DoseGrids,
    Engines,
    dose_grids,
    dose_in_body,
    physics_engines,
)
from esapi_bridge.planning.fields import random_field
from esapi_bridge.planning.phantoms import SITES
from esapi_bridge.planning.subject import Subject, ct_subject, phantom_subject
from esapi_bridge.progress import Progress

log = logging.getLogger(__name__)

KEPT_SHARE = 0.05
"""Planes are kept whose coarse dose reaches this share of its maximum; half of what training asks for."""

KEPT_MARGIN = 1
"""Coarse planes kept beyond those, at either end."""

POSITION = PatientPosition.HFS
"""Phantoms and CTs from outside are taken to lie supine, head first. Another position would only turn the same fields
about the same anatomy: a dose network sees the anatomy along patient axes and where the beam comes from."""

SUBJECTS_AHEAD = 2
"""Patients made in other processes while the fields of one are calculated."""

FINE_MARGIN_MM = 20.0
"""How far beyond the kept planes the fine dose is calculated, so that scatter from there is in."""


@dataclass(frozen=True)
class PatientPlan:
    """A patient of the data set: its source and its split."""

    name: str
    split: str
    site: str
    seed: int = 0
    ct_file: Path | None = None

    def subject(self) -> Subject:
        """Make the patient; of a phantom only CT, body and target are kept, to be handed to other processes."""
        if self.ct_file:
            return ct_subject(self.ct_file)
        return replace(phantom_subject(self.site, self.seed), masks={})


@dataclass(frozen=True)
class FieldDoses:
    """One field calculated by both engines; Gy. `fine` starts at plane `z_start` of the patient's fine grid."""

    beam: Beam
    coarse: NDArray[np.float32]
    fine: NDArray[np.float32]
    z_start: int
    coarse_at_fine: NDArray[np.float32] | None
    seconds: float


def plan_phantoms(count: int, seed: int, validation: int, test: int) -> list[PatientPlan]:
    """Cycle through the sites; the last phantoms are for validation and test, so that no patient is in two splits."""
    plans, sites = [], list(SITES)
    for index in range(count):
        site = sites[index % len(sites)]
        held = index - (count - validation - test)
        split = "train" if held < 0 else "validation" if held < validation else "test"
        plans.append(PatientPlan(f"{site}-{seed * 1000 + index:05d}", split, site, seed * 1000 + index))
    return plans


def resample_hu(ct: Volume, grid: Grid) -> NDArray[np.int16]:
    """Interpolate CT numbers linearly onto a grid, both with axes along LPS; outside the CT is air."""
    scale = np.asarray(grid.spacing_mm[::-1]) / np.asarray(ct.grid.spacing_mm[::-1])
    offset = ct.grid.to_index(grid.origin_mm)[::-1]
    hu = ndimage.affine_transform(ct.values, scale, offset, grid.shape, order=1, mode="grid-constant", cval=AIR_HU)
    rounded: NDArray[np.int16] = np.rint(hu).astype(np.int16)
    return rounded


def calculate_field(
    subject: Subject, grids: DoseGrids, beam: Beam, engines: Engines, *, coarse_at_fine: bool = False
) -> FieldDoses:
    """Calculate a field on the whole coarse grid, and finely on the planes that its dose reaches."""
    started = time.perf_counter()
    ct, body = subject.ct, subject.body
    coarse = dose_in_body(engines.coarse, ct, body, beam, grids.coarse, POSITION).gy
    reached = np.flatnonzero(coarse.max(axis=(1, 2)) >= KEPT_SHARE * coarse.max())
    last_plane = grids.coarse.size[2] - 1
    first, last = max(reached[0] - KEPT_MARGIN, 0), min(reached[-1] + KEPT_MARGIN, last_plane)
    beyond = round(FINE_MARGIN_MM / COARSE_MM)
    begin, end = max(first - beyond, 0), min(last + beyond, last_plane)
    fine = dose_in_body(engines.fine, ct, body, beam, grids.planes(int(begin), int(end)).fine, POSITION).gy
    fine = fine[RATIO * (first - begin) : RATIO * (last + 1 - begin)]
    pencil = None
    if coarse_at_fine:
        pencil = dose_in_body(engines.coarse, ct, body, beam, grids.planes(int(first), int(last)).fine, POSITION).gy
    return FieldDoses(beam, coarse, fine, int(RATIO * first), pencil, time.perf_counter() - started)


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
    seed: int,
    *,
    executor: Executor = HERE,
    coarse_at_fine: bool = False,
    engines: Engines | None = None,
    progress: Progress | None = None,
) -> PairsMade:
    """Fill a store with `fields` random fields on every patient; skips what is there.

    Parameters
    ----------
    store
        Zarr store, made if missing.
    patients
        Patients to calculate on.
    fields
        Fields per patient.
    seed
        Chooses the fields.
    executor
        Where fields are calculated.
    coarse_at_fine
        Also store the pencil beam at 1.25 mm for fields of the test split.
    engines
        Dose engines, which other processes must be able to import; the physics engines when None.
    progress
        Called after every field: its name, fields done, fields to calculate.

    Raises
    ------
    ValueError
        If the folder holds a store of another schema.
    """
    writer = PairWriter(store)
    to_do = [(p, n) for p in patients for n in range(fields) if not writer.has_field(p.name, _field_name(n))]
    log.info("%d of %d fields to calculate", len(to_do), len(patients) * fields)
    stored = {patient.name: patient for patient in read_patients(store)}
    calculated, left_alone = 0, []
    for task in _tasks(to_do, seed, coarse_at_fine=coarse_at_fine, engines=engines):
        patient, hu, grid = task.patient, resample_hu(task.subject.ct, task.grids.fine), task.grids.fine
        there = stored.get(patient.name)
        if there is not None and not np.array_equal(there.ct_hu(), hu):
            log.warning("%s is skipped: its CT in the store was made by another version of the phantoms", patient.name)
            left_alone.append(patient.name)
            continue
        if there is None:
            writer.add_patient(patient.name, hu, grid.origin_mm, split=patient.split, site=patient.site)
        numbers = deque(number for p, number in to_do if p == patient)
        with closing(executor.completed(task.field, numbers)) as results:
            for number, doses in results:
                writer.add_field(
                    patient.name,
                    _field_name(number),
                    doses.coarse,
                    doses.fine,
                    z_start=doses.z_start,
                    coarse_at_fine_gy=doses.coarse_at_fine,
                    attributes=_describe(doses.beam),
                )
                calculated += 1
                log.info("%s %s, %s: %.1f s", patient.name, _field_name(number), patient.split, doses.seconds)
                if progress:
                    progress(f"{patient.name} {_field_name(number)}", calculated, len(to_do))
    return PairsMade(calculated, len(patients) * fields - len(to_do), tuple(left_alone))


def _tasks(
    to_do: Sequence[tuple[PatientPlan, int]], seed: int, *, coarse_at_fine: bool, engines: Engines | None
) -> Iterator[_Task]:
    """Make the patients, the next ones in other processes while the fields of one are calculated."""
    patients = deque(dict.fromkeys(p for p, _ in to_do))
    ahead = HERE if engines else Processes(SUBJECTS_AHEAD)
    for patient, subject in ahead.completed(PatientPlan.subject, patients):
        grids = dose_grids(subject.ct, subject.body)
        yield _Task(patient, subject, grids, seed, coarse_at_fine and patient.split == "test", engines)


@dataclass(frozen=True)
class _Task:
    """One patient's fields, calculated one by one."""

    patient: PatientPlan
    subject: Subject
    grids: DoseGrids
    seed: int
    coarse_at_fine: bool
    engines: Engines | None

    def field(self, number: int) -> FieldDoses:
        rng = np.random.default_rng([self.seed, zlib.crc32(self.patient.name.encode()), number])
        beam = random_field(self.subject.ct, self.subject.body, rng, number + 1)
        engines = self.engines or _physics()
        return calculate_field(self.subject, self.grids, beam, engines, coarse_at_fine=self.coarse_at_fine)


@lru_cache(maxsize=1)
def _physics() -> Engines:
    return physics_engines()


def _field_name(number: int) -> str:
    return f"field-{number + 1:03d}"


def _describe(beam: Beam) -> dict[str, object]:
    point = beam.control_points[0]
    jaws = point.jaws
    return {
        "gantry_deg": point.gantry_deg,
        "collimator_deg": point.collimator_deg,
        "jaws_mm": [jaws.x1_mm, jaws.x2_mm, jaws.y1_mm, jaws.y2_mm],
        "isocentre_mm": list(beam.isocentre_mm),
        "source_mm": beam_frame(beam, POSITION).source_mm.tolist(),
        "energy": beam.energy_label,
        "meterset_mu": beam.meterset_mu,
    }
