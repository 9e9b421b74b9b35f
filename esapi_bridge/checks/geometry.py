"""Checks of the grids and of the CT numbers.

- frame_of_reference: the case names the frame its parts share (the reader has compared them); else refused.
- orientation: the patient position is in the card and the slices are transverse; else refused.
- one_grid: all input doses lie on one grid; else refused.
- dose_grid: dose spacing as in training; > 2 % off warns, > 30 % off refuses.
- ct_range: the CT numbers are HU: air below -900 HU and nothing above the card's range, else a warning; no negative
  value at all is refused.
- ct_trained: where there is dose, no CT number above those of the card, else a warning; over 0.5 cm3 above 3000 HU, as
  no tissue has, refuses a network that reads the CT.
- ct_covers_dose: the CT covers the dose grid, else a warning; and every voxel of 10 % of the maximum dose or more, else
  refused.
- ct_goes_on: the CT goes on, or shows air, beside every voxel of 10 % of the maximum dose or more; a patient who is cut
  off there warns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Case, Dose, Grid
from esapi_bridge.case.grid import PARALLEL_WITHIN
from esapi_bridge.case.resample import sample
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import DoseCard, ModelCard

SPACING_WARN, SPACING_REFUSE = 0.02, 0.30
AIR_AT_MOST_HU = -900.0
"""A CT in HU has voxels below this: air around the patient, -1000 HU but for noise."""

RELEVANT_DOSE = 0.10
ROUNDING = 1e-6
"""Voxels by which the faces of dose and CT may differ and still be one."""

BESIDE_MM = 7.5
"""A dose grid of 5 mm ends less than a voxel before the CT."""

UNSEEN_WARN_CM3, METAL_REFUSE_CM3 = 0.05, 0.5
METAL_HU = 3000.0
"""Enamel, the densest tissue, stays below; metal ends at 3071 HU on scales of 12 bits and goes on beyond on others."""


def frame_of_reference(case: Case) -> Verdict:
    """Check that the case states its frame of reference."""
    outcome = Outcome.PASS if case.uids.frame_of_reference else Outcome.REFUSE
    return Verdict(
        "frame_of_reference", outcome, "one frame of reference", "one" if outcome is Outcome.PASS else "none"
    )


def orientation(case: Case, doses: Sequence[Dose], card: ModelCard) -> Verdict:
    """Compare the patient position with the card, and check that the slices are transverse."""
    allowed = card.valid_for.patient_positions
    expected = f"{' or '.join(allowed) or 'any position'}, transverse slices"
    tilted = not all(_is_transverse(grid) for grid in (case.ct.grid, *(dose.grid for dose in doses)))
    found = case.plan.patient_position + (", tilted slices" if tilted else "")
    refused = tilted or bool(allowed and case.plan.patient_position not in allowed)
    return Verdict("orientation", Outcome.REFUSE if refused else Outcome.PASS, expected, found)


def one_grid(doses: Sequence[Dose]) -> Verdict:
    """Check that all doses have the same voxels, as their sum requires."""
    same = all(dose.grid.matches(doses[0].grid) for dose in doses)
    outcome = Outcome.PASS if same else Outcome.REFUSE
    return Verdict("one_grid", outcome, "one grid for all doses", "one" if same else "several")


def dose_grid(doses: Sequence[Dose], card: DoseCard) -> Verdict:
    """Compare the spacing of the input dose with that in training."""
    wanted = np.asarray(card.inputs.dose.spacing_mm)
    worst = max((dose.grid.spacing_mm for dose in doses), key=lambda s: float(np.abs(np.asarray(s) / wanted - 1).max()))
    error = float(np.abs(np.asarray(worst) / wanted - 1).max())
    outcome = Outcome.REFUSE if error > SPACING_REFUSE else Outcome.WARN if error > SPACING_WARN else Outcome.PASS
    return Verdict("dose_grid", outcome, _spacing(tuple(wanted)), _spacing(worst))


def ct_range(case: Case, card: DoseCard) -> Verdict:
    """Check that the CT numbers are HU within the network's range."""
    low, high = float(case.ct.values.min()), float(case.ct.values.max())
    top = card.inputs.ct.range[1]
    outcome = Outcome.REFUSE if low >= 0 else Outcome.WARN if low > AIR_AT_MOST_HU or high > top else Outcome.PASS
    return Verdict(
        "ct_range", outcome, f"HU with air below {AIR_AT_MOST_HU:g}, nothing above {top:g}", f"{low:.0f} to {high:.0f}"
    )


def ct_trained(case: Case, doses: Sequence[Dose], card: ModelCard) -> Verdict:
    """Measure the volume, where there is dose, whose CT numbers were never seen in training."""
    if card.valid_for.ct_hu is None:
        return Verdict("ct_trained", Outcome.PASS, "any", "not compared")
    low, high = card.valid_for.ct_hu
    expected = f"{low:g} to {high:g} HU, as in training, where dose is {RELEVANT_DOSE:.0%} of its maximum or more"
    # Air has any number below: what lies under the range is clipped, as in training.
    beyond = case.ct.values > high
    dosed = np.zeros(int(beyond.sum()), dtype=np.bool_)
    if dosed.size:
        points = case.ct.grid.to_patient(np.argwhere(beyond)[:, ::-1])
        for dose in doses:
            dosed |= sample(dose.volume, points) >= RELEVANT_DOSE * dose.gy.max()
    seen = case.ct.values[beyond][dosed]
    voxel_cm3 = case.ct.grid.voxel_volume_mm3 / 1000
    outcome = Outcome.WARN if seen.size * voxel_cm3 > UNSEEN_WARN_CM3 else Outcome.PASS
    if (seen > METAL_HU).sum() * voxel_cm3 > METAL_REFUSE_CM3 and isinstance(card, DoseCard):
        outcome = Outcome.REFUSE
    found = f"{seen.size * voxel_cm3:.1f} cm3 above, up to {seen.max():.0f} HU" if seen.size else "none above"
    return Verdict("ct_trained", outcome, expected, found)


def ct_covers_dose(case: Case, doses: Sequence[Dose]) -> Verdict:
    """Check that the CT covers the dose."""
    expected = f"CT over the whole dose grid, at least where dose is {RELEVANT_DOSE:.0%} of its maximum or more"
    if all(case.ct.grid.holds(dose.grid.corners_mm(), ROUNDING).all() for dose in doses):
        return Verdict("ct_covers_dose", Outcome.PASS, expected, "the whole grid")
    uncovered = 0
    for dose in doses:
        where = np.argwhere(dose.gy >= RELEVANT_DOSE * dose.gy.max())[:, ::-1]
        uncovered += int((~case.ct.grid.holds(dose.grid.to_patient(where), ROUNDING)).sum())
    outcome = Outcome.REFUSE if uncovered else Outcome.WARN
    found = f"{uncovered} such voxels outside the CT" if uncovered else "only low-dose parts outside the CT"
    return Verdict("ct_covers_dose", outcome, expected, found)


def ct_goes_on(case: Case, doses: Sequence[Dose]) -> Verdict:
    """Check that the patient is not cut off where there is dose: what lies beyond attenuates and scatters."""
    expected = f"CT or air beside dose of {RELEVANT_DOSE:.0%} of its maximum or more"
    ct, last = case.ct.grid, np.asarray(case.ct.grid.size) - 1
    sides = set()
    for dose in doses:
        points = dose.grid.to_patient(np.argwhere(dose.gy >= RELEVANT_DOSE * dose.gy.max())[:, ::-1])
        index = ct.to_index(points[ct.holds(points, ROUNDING)])
        for axis, spacing_mm in enumerate(ct.spacing_mm):
            for end in (0, last[axis]):
                near = index[(np.abs(index[:, axis] - end) + 0.5) * spacing_mm < BESIDE_MM]
                outermost = near.copy()
                outermost[:, axis] = end
                if (sample(case.ct, ct.to_patient(outermost)) > AIR_AT_MOST_HU).any():
                    sides.add(_side(ct.axes[:, axis] * (1 if end else -1)))
    found = f"the patient cut off beside such dose: {', '.join(sorted(sides))}" if sides else "nowhere cut off"
    return Verdict("ct_goes_on", Outcome.WARN if sides else Outcome.PASS, expected, found)


def _side(outwards: NDArray[np.float64]) -> str:
    """Which side of the patient a direction points to."""
    axis = int(np.abs(outwards).argmax())
    return (("right", "left"), ("anterior", "posterior"), ("inferior", "superior"))[axis][int(outwards[axis] > 0)]


def _is_transverse(grid: Grid) -> bool:
    """Whether the grid axes lie along L, P and S, in either sense."""
    axes = np.abs(grid.axes)
    return bool(np.abs(axes - np.eye(3)).max() <= PARALLEL_WITHIN)


def _spacing(spacing_mm: Sequence[float]) -> str:
    return " x ".join(f"{s:g}" for s in spacing_mm) + " mm"
