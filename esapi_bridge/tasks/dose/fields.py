"""The doses of a case on their way through the network: turned, transformed one by one, summed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from esapi_bridge.case import Beam, Case, Dose, DoseKind, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.progress import Progress
from esapi_bridge.report.comparison import DoseSet
from esapi_bridge.tasks.dose.network import DoseNetwork


def doses_to_transform(case: Case, *, per_beam: bool) -> list[Dose]:
    """Pick the doses that go through the network; empty where they are not all there (a check says so)."""
    if per_beam:
        numbers = [beam.number for beam in case.plan.treatment_beams]
        return [case.beam_doses[n] for n in numbers] if set(numbers) <= set(case.beam_doses) else []
    return [] if case.plan_dose is None else [case.plan_dose]


def transform(
    case: Case, doses: Sequence[Dose], network: DoseNetwork, progress: Progress | None
) -> tuple[DoseSet, DoseSet]:
    """Run the network on every dose; return input and network doses, beams summed."""
    fine = []
    for position, dose in enumerate(doses, 1):
        step = "plan" if dose.beam_number is None else f"beam {dose.beam_number} ({position} of {len(doses)})"
        fine.append(network.transform(dose, case.ct, _source_mm(case, dose), progress and _told(progress, step)))
    if doses[0].kind is DoseKind.PLAN:
        return DoseSet("Input", doses[0]), DoseSet("DDN", fine[0])
    given_beams = {int(d.beam_number): d for d in doses if d.beam_number is not None}
    fine_beams = {int(d.beam_number): d for d in fine if d.beam_number is not None}
    given = case.plan_dose or _sum(doses)
    if given.algorithm is None:
        given = replace(given, algorithm=doses[0].algorithm)
    return DoseSet("Input", given, given_beams), DoseSet("DDN", _sum(fine), fine_beams)


def _source_mm(case: Case, dose: Dose) -> tuple[float, float, float] | None:
    """Say where the source of a beam's dose is; None where it moves, or the dose is of a whole plan."""
    for beam in case.plan.treatment_beams:
        if beam.number == dose.beam_number and not _moves(beam):
            x, y, z = beam_frame(beam, case.plan.patient_position).source_mm.tolist()
            return x, y, z
    return None


def _moves(beam: Beam) -> bool:
    return len({(point.gantry_deg, point.couch_deg) for point in beam.control_points}) > 1


def _told(progress: Progress, step: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(step, done, total)


def total_dose(case: Case) -> Dose | None:
    """Give the dose of the whole plan: as stored, or the sum of its beams' where all are there on one grid."""
    if case.plan_dose is not None:
        return case.plan_dose
    doses = doses_to_transform(case, per_beam=True)
    one_grid = doses and all(dose.grid.matches(doses[0].grid) for dose in doses)
    return _sum(doses) if one_grid else None


def _sum(doses: Sequence[Dose]) -> Dose:
    """Add beam doses of one grid."""
    total = np.zeros(doses[0].grid.shape, dtype=np.float64)
    for dose in doses:
        total += dose.gy
    volume = Volume(total.astype(np.float32), doses[0].grid, doses[0].volume.unit)
    return replace(doses[0], volume=volume, kind=DoseKind.PLAN, beam_number=None)
