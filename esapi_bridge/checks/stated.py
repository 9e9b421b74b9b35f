"""Checks of the doses against what the source states of them besides.

- stated_beam_doses: dose that the plan states of a beam at a point, and the dose there: over 10 % apart warns, over
  50 % refuses. Where no point is stated it can be no more than the maximum: over 1.5 times warns, over 10 times
  refuses.
- stated_means: mean doses of structures by the source's own histograms, and those of its dose: over 3 % of the maximum
  apart warns, over 10 % refuses.
"""

from __future__ import annotations

import numpy as np

from esapi_bridge.case import Case, Structure
from esapi_bridge.case.dose_set import total_dose
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.case.resample import sample
from esapi_bridge.case.stated import Stated
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.errors import RefusedError

POINT_WARN, POINT_REFUSE = 0.10, 0.50
ABOVE_WARN, ABOVE_REFUSE = 1.5, 10.0
MEAN_WARN, MEAN_REFUSE = 0.03, 0.10
LEAST_CM3 = 2.0
"""Means of smaller structures depend on how their voxels are chosen."""


def check_stated(case: Case, stated: Stated) -> tuple[Verdict, ...]:
    """Check a case, its volumes along the patient axes, against what its source stated."""
    return stated_beam_doses(case, stated), stated_means(case, stated)


def stated_beam_doses(case: Case, stated: Stated) -> Verdict:
    """Compare the dose stated of each beam with its dose."""
    expected = "beams with the dose that the plan states of them"
    fractions = case.plan.fractions or 1
    outcome, told, count = Outcome.PASS, "", 0
    for number, point in sorted(stated.beam_doses.items()):
        dose = case.beam_doses.get(number)
        if dose is None:
            continue
        count += 1
        there = dose.gy.max() if point.point_mm is None else sample(dose.volume, np.array([point.point_mm]))[0]
        ratio = point.gy * fractions / max(float(there), 1e-9)
        warn, refuse = ratio > ABOVE_WARN, ratio > ABOVE_REFUSE
        if point.point_mm is not None:
            warn, refuse = abs(ratio - 1) > POINT_WARN, abs(ratio - 1) > POINT_REFUSE
        if (warn and outcome is Outcome.PASS) or refuse:
            outcome = Outcome.REFUSE if refuse else Outcome.WARN
            told = f"beam {number}: {point.gy:.3g} Gy a fraction stated, {float(there) / fractions:.3g} Gy found"
    return Verdict("stated_beam_doses", outcome, expected, told or (f"{count} beams" if count else "none stated"))


def stated_means(case: Case, stated: Stated) -> Verdict:
    """Compare mean doses by the source's histograms with those of its dose."""
    expected = "structures with the mean dose that the source's histograms have"
    dose = total_dose(case)
    apart: dict[str, tuple[float, float]] = {}
    for structure in case.structures:
        if dose is None or structure.number not in stated.mean_gy:
            continue
        mean = _mean_gy(case, structure)
        if mean is not None:
            apart[structure.name] = (stated.mean_gy[structure.number], mean)
    if dose is None or not apart:
        return Verdict("stated_means", Outcome.PASS, expected, "none to compare")
    name = max(apart, key=lambda n: abs(apart[n][0] - apart[n][1]))
    error = abs(apart[name][0] - apart[name][1]) / max(float(dose.gy.max()), 1e-9)
    outcome = Outcome.REFUSE if error > MEAN_REFUSE else Outcome.WARN if error > MEAN_WARN else Outcome.PASS
    found = f"{apart[name][1]:.2f} Gy in {name}, stated {apart[name][0]:.2f} Gy"
    return Verdict("stated_means", outcome, expected, found)


def _mean_gy(case: Case, structure: Structure) -> float | None:
    """Mean dose of a structure; None where it is small, not wholly in the dose grid, or cannot be filled."""
    dose = total_dose(case)
    if dose is None or not structure.contours_mm:
        return None
    if not dose.grid.holds(np.concatenate(structure.contours_mm)).all():
        return None
    try:
        mask = rasterise(structure, dose.grid, case.slice_mm)
    except RefusedError:
        return None
    if mask.sum() * dose.grid.voxel_volume_mm3 < LEAST_CM3 * 1000:
        return None
    return float(dose.gy[mask].mean(dtype=np.float64))
