"""The doses of a plan: of the whole and of its beams, summed and brought onto one grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.plan import Case
from esapi_bridge.case.resample import resample
from esapi_bridge.case.volume import Dose, DoseKind


@dataclass(frozen=True)
class DoseSet:
    """One calculation of a plan.

    Parameters
    ----------
    name
        What it is called in a report: ``Input``, ``DDN``, ``Reference``.
    plan
        Dose of the whole plan.
    beams
        Dose of each beam by number; may be empty.
    """

    name: str
    plan: Dose
    beams: Mapping[int, Dose] = field(default_factory=dict)


def sum_doses(doses: Iterable[Dose]) -> Dose:
    """Add beam doses of one grid in double precision; the sum is a plan dose by the first one's algorithm."""
    rest = iter(doses)
    first = next(rest)
    total = first.gy.astype(np.float64)
    for dose in rest:
        total += dose.gy
    volume = replace(first.volume, values=total.astype(np.float32))
    return replace(first, volume=volume, kind=DoseKind.PLAN, beam_number=None)


def treatment_doses(case: Case) -> list[Dose]:
    """Return the dose of every treatment beam in plan order; empty where one is missing."""
    numbers = [beam.number for beam in case.plan.treatment_beams]
    return [case.beam_doses[n] for n in numbers] if set(numbers) <= set(case.beam_doses) else []


def total_dose(case: Case) -> Dose | None:
    """Return the dose of the whole plan: as stored, or the sum of its beams' where all are there on one grid."""
    if case.plan_dose is not None:
        return case.plan_dose
    doses = treatment_doses(case)
    one_grid = doses and all(dose.grid.matches(doses[0].grid) for dose in doses)
    return sum_doses(doses) if one_grid else None


def covered_by(dose: Dose, like: Dose) -> NDArray[np.bool_]:
    """Find the voxels of another dose's grid that a dose reaches, where `on_grid` is not zero for want of data."""
    everywhere = replace(dose.volume, values=np.ones(dose.grid.shape, np.float32))
    return np.asarray(resample(everywhere, like.grid, 0.0).values > 0.5)


def on_grid(dose: Dose, like: Dose) -> NDArray[np.float32]:
    """Interpolate a dose linearly on the grid of another, zero outside its own, Gy."""
    return resample(dose.volume, like.grid, 0.0).values
