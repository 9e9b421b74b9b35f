"""Checks of beams, doses and metersets against each other: what a set says twice must agree.

- source_distance: the source is 900 to 1100 mm from the axis; else refused.
- angles: gantry, collimator and couch angles are within a turn; else refused.
- isocentre: over 50 mm outside the CT warns, over 200 mm refuses.
- dose_in_field: the high dose of a beam lies in its field: under 95 % of the voxels of half its maximum warns, under
  75 % refuses: another beam's dose, or another gantry angle or isocentre.
- dose_from_source: in the middle of a field dose falls away from the source: a nearer half with less dose than the
  farther one warns, with less than 80 % of it refuses.
- dose_per_mu: the maximum of a beam is between 0.2 and 2.5 cGy per monitor unit; outside warns, ten times outside
  refuses: doses of one fraction, or of another unit. Moving leaves may give less.
- plan_level: the maximum of the plan is 0.5 to 2.5 times the prescription; outside warns. Under a tenth or over ten
  times it refuses, as does a dose that is right for one of several fractions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import AIR_HU, Beam, Case, Dose, Technique
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.dose_set import total_dose
from esapi_bridge.case.resample import sample
from esapi_bridge.checks.on_ct import TISSUE_HU
from esapi_bridge.checks.verdict import Outcome, Verdict

DISTANCE_MM = (900.0, 1100.0)
FULL_TURN_DEG = 360.0
ISOCENTRE_WARN_MM, ISOCENTRE_REFUSE_MM = 50.0, 200.0

HIGH_DOSE = 0.5
FIELD_MARGIN_MM = 10.0
"""Penumbra and half a voxel of a coarse dose."""

IN_FIELD_WARN, IN_FIELD_REFUSE = 0.95, 0.75
MIDDLE = 0.5
"""Part of the opening that counts as the middle of a field."""

NEAR_OVER_FAR_WARN, NEAR_OVER_FAR_REFUSE = 1.0, 0.8
GY_PER_MU = (0.002, 0.025)
TEN_TIMES = 10.0
LEVEL = (0.5, 2.5)
POINTS = 20_000
"""Voxels looked at, evenly spaced."""

LEAST_POINTS = 50
"""Fewer are not judged."""


def check_on_beam(case: Case) -> tuple[Verdict, ...]:
    """Check a case, its volumes along the patient axes."""
    sound = source_distance(case), angles(case), isocentre(case)
    levels = dose_per_mu(case), plan_level(case)
    if any(verdict.outcome is Outcome.REFUSE for verdict in sound):
        return (*sound, *levels)
    return (*sound, dose_in_field(case), dose_from_source(case), *levels)


def source_distance(case: Case) -> Verdict:
    """Check the distance of source and axis."""
    low, high = DISTANCE_MM
    found = sorted({beam.sad_mm for beam in case.plan.treatment_beams})
    wrong = [value for value in found if not low <= value <= high]
    expected = f"source {low:g} to {high:g} mm from the axis"
    return _judged("source_distance", expected, wrong, ", ".join(f"{v:g} mm" for v in wrong or found) or "no beam")


def angles(case: Case) -> Verdict:
    """Check that no angle is beyond a turn."""
    wrong = [
        f"{value:g} degrees in beam {beam.number}"
        for beam in case.plan.treatment_beams
        for point in beam.control_points
        for value in (point.gantry_deg, point.collimator_deg, point.couch_deg)
        if not abs(value) <= FULL_TURN_DEG
    ]
    return _judged("angles", "angles within a turn", wrong, wrong[0] if wrong else "all")


def isocentre(case: Case) -> Verdict:
    """Check that the isocentres lie in or near the CT."""
    grid = case.ct.grid
    centres = np.array([beam.isocentre_mm for beam in case.plan.treatment_beams]).reshape(-1, 3)
    index = grid.to_index(centres)
    beyond = np.maximum(-index, index - np.asarray(grid.size) + 1) * grid.spacing_mm
    worst = float(beyond.max(initial=0.0))
    # Written so that NaN, which compares as false, is refused too.
    outcome = Outcome.REFUSE if not worst <= ISOCENTRE_REFUSE_MM else Outcome.PASS
    if outcome is Outcome.PASS and worst > ISOCENTRE_WARN_MM:
        outcome = Outcome.WARN
    found = f"{worst:.0f} mm outside it" if worst > 0 else "in it"
    return Verdict("isocentre", outcome, "isocentres in the CT", found)


def dose_in_field(case: Case) -> Verdict:
    """Check that every beam's high dose lies within its jaws as seen from its source."""
    expected = "the high dose of every beam within its jaws"
    shares = {}
    for beam, dose in _standing_beams(case):
        points, _ = _points_above(dose, HIGH_DOSE)
        if len(points) >= LEAST_POINTS:
            shares[beam.number] = float(_within_jaws(beam, case, points, 1.0, FIELD_MARGIN_MM).mean())
    if not shares:
        return Verdict("dose_in_field", Outcome.PASS, expected, "no beam dose to look at")
    number = min(shares, key=lambda n: shares[n])
    worst = shares[number]
    outcome = Outcome.REFUSE if worst < IN_FIELD_REFUSE else Outcome.WARN if worst < IN_FIELD_WARN else Outcome.PASS
    return Verdict("dose_in_field", outcome, expected, f"{worst:.0%} of it in beam {number}")


def dose_from_source(case: Case) -> Verdict:
    """Check that dose falls away from the source in the middle of every field."""
    expected = "dose that falls away from the source in every field"
    ratios = {}
    for beam, dose in _standing_beams(case):
        points, gy = _points_above(dose, 1e-3)
        middle = _within_jaws(beam, case, points, MIDDLE, 0.0)
        middle[middle] = sample(case.ct, points[middle], outside=AIR_HU) > TISSUE_HU
        if int(middle.sum()) < LEAST_POINTS:
            continue
        frame = beam_frame(beam, case.plan.patient_position)
        away_mm = (points[middle] - frame.source_mm) @ frame.axes[2]
        near = away_mm <= np.median(away_mm)
        if near.all():
            continue
        ratios[beam.number] = float(gy[middle][near].mean() / gy[middle][~near].mean())
    if not ratios:
        return Verdict("dose_from_source", Outcome.PASS, expected, "no beam dose to look at")
    number = min(ratios, key=lambda n: ratios[n])
    worst = ratios[number]
    refuse, warn = worst < NEAR_OVER_FAR_REFUSE, worst < NEAR_OVER_FAR_WARN
    outcome = Outcome.REFUSE if refuse else Outcome.WARN if warn else Outcome.PASS
    found = f"the nearer half with {worst:.2f} times the dose of the farther one in beam {number}"
    return Verdict("dose_from_source", outcome, expected, found)


def dose_per_mu(case: Case) -> Verdict:
    """Compare dose and monitor units of every beam."""
    low, high = GY_PER_MU
    expected = f"{low * 100:g} to {high * 100:g} cGy at the maximum per monitor unit"
    fractions = case.plan.fractions or 1
    ratios: dict[int, float] = {}
    outcome = Outcome.PASS
    for beam in case.plan.treatment_beams:
        dose = case.beam_doses.get(beam.number)
        if dose is None or beam.meterset_mu <= 0 or float(dose.gy.max()) <= 0:
            continue
        ratio = float(dose.gy.max()) / fractions / beam.meterset_mu
        least = low if beam.technique is Technique.STATIC else low / TEN_TIMES
        if not least / TEN_TIMES <= ratio <= high * TEN_TIMES:
            return Verdict("dose_per_mu", Outcome.REFUSE, expected, f"{ratio * 100:.3g} cGy in beam {beam.number}")
        if not least <= ratio <= high:
            outcome = Outcome.WARN
        ratios[beam.number] = ratio
    found = f"{min(ratios.values()) * 100:.3g} to {max(ratios.values()) * 100:.3g} cGy" if ratios else "not both stated"
    return Verdict("dose_per_mu", outcome, expected, found)


def plan_level(case: Case) -> Verdict:
    """Compare the maximum of the plan dose with the prescription."""
    low, high = LEVEL
    dose, prescribed = total_dose(case), case.plan.prescription_gy
    expected = f"a maximum of {low:g} to {high:g} times the prescription"
    if dose is None or not prescribed or prescribed <= 0:
        several = " or ".join(f"{value:g}" for value in case.plan.target_doses_gy)
        return Verdict("plan_level", Outcome.PASS, expected, f"{several or 'none'} Gy prescribed, not compared")
    ratio = float(dose.gy.max()) / prescribed
    found = f"{ratio:.3g} times the {prescribed:g} Gy"
    fractions = case.plan.fractions or 1
    of_one = fractions > 1 and not low <= ratio and low <= ratio * fractions <= high
    if of_one:
        found += f": the dose of one of the {fractions} fractions"
    refused = of_one or not 1 / TEN_TIMES <= ratio <= TEN_TIMES
    outcome = Outcome.REFUSE if refused else Outcome.PASS if low <= ratio <= high else Outcome.WARN
    return Verdict("plan_level", outcome, expected, found)


def _standing_beams(case: Case) -> list[tuple[Beam, Dose]]:
    """Treatment beams that have a dose and do not turn."""
    beams = [beam for beam in case.plan.treatment_beams if beam.number in case.beam_doses and not beam.is_arc]
    return [(beam, case.beam_doses[beam.number]) for beam in beams]


def _points_above(dose: Dose, share: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """LPS positions and values of voxels above a share of the maximum, some thousand of them at most."""
    flat = dose.gy.ravel()
    maximum = float(flat.max())
    found = np.flatnonzero(flat >= share * maximum) if maximum > 0 else np.zeros(0, dtype=np.intp)
    found = found[:: max(1, len(found) // POINTS)]
    k, j, i = np.unravel_index(found, dose.gy.shape)
    return dose.grid.to_patient(np.stack([i, j, k], axis=-1)), flat[found]


def _within_jaws(
    beam: Beam, case: Case, points_mm: NDArray[np.float64], part: float, margin_mm: float
) -> NDArray[np.bool_]:
    """Whether points project into the widest opening of the jaws, or into a `part` of it around its middle."""
    frame = beam_frame(beam, case.plan.patient_position)
    ahead = (points_mm - frame.source_mm) @ frame.axes[2] > 0
    inside = np.zeros(len(points_mm), dtype=np.bool_)
    if not ahead.any():
        return inside
    seen = frame.project(points_mm[ahead])
    widest = beam.widest_jaws
    low, high = np.array([widest.x1_mm, widest.y1_mm]), np.array([widest.x2_mm, widest.y2_mm])
    half = part * (high - low) / 2 + margin_mm
    inside[ahead] = (np.abs(seen - (low + high) / 2) <= half).all(axis=1)
    return inside


def _judged(check: str, expected: str, wrong: list[float] | list[str], found: str) -> Verdict:
    return Verdict(check, Outcome.REFUSE if wrong else Outcome.PASS, expected, found)
