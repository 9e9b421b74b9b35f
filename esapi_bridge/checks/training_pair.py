"""Checks of a field calculated twice, before it becomes training data.

With those of `on_beam` for both doses:

- coarse_grid: spacing of 5 mm as a dose network reads it; over 30 % off is refused.
- fine_grid: voxels of at most 1.6 mm across and 2.6 mm along the patient, to be taken for 1.25 mm; else refused.
- meterset: monitor units above zero; else refused.
- not_negative: no dose below zero but for noise of 1e-5 of the maximum, and some above; else refused.
- isocentre_in_body: the isocentre lies within the body; else refused.
- dose_in_body: at least 75 % of the voxels of half the maximum lie in body, couch or bolus; else refused.
- one_field: both doses have the same dose, summed over what one of them has 10 % of its maximum in, within 30 %;
  else refused: doses of two fields, or in two units.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from esapi_bridge.case import Case, Dose
from esapi_bridge.case.dose_region import DoseRegion
from esapi_bridge.case.paired_field import PairedField
from esapi_bridge.case.resample import sample
from esapi_bridge.checks.geometry import SPACING_REFUSE
from esapi_bridge.checks.on_beam import HIGH_DOSE, check_on_beam
from esapi_bridge.checks.verdict import Outcome, Verdict

COARSE_MM = 5.0
FINE_ACROSS_MM, FINE_ALONG_MM = 1.6, 2.6
"""Planning systems lay the planes of a dose as the CT has its own."""

NOISE_SHARE = 1e-5
IN_BODY = 0.75
"""The build-up on a slanting skin is half outside coarse voxels."""

COMPARED_DOSE = 0.1
ONE_FIELD = 0.3
"""Algorithms differ by a tenth in lung, coarse and fine voxels by as much in small fields."""


def check_training_pair(case: Case, field: PairedField, region: DoseRegion) -> tuple[Verdict, ...]:
    """Check a field calculated twice.

    Parameters
    ----------
    case
        The image; its plan does not count.
    field
        The field, its doses along the patient axes.
    region
        Where dose is calculated.
    """
    coarse, fine = field.coarse.dose, field.fine.dose
    own = (
        coarse_grid(coarse),
        fine_grid(fine),
        meterset(field),
        not_negative("coarse", coarse),
        not_negative("fine", fine),
        isocentre_in_body(field, region),
    )
    if any(verdict.outcome is Outcome.REFUSE for verdict in own):
        return own
    return (
        *own,
        dose_in_body(coarse, region),
        one_field(coarse, fine),
        *(verdict for dose in (coarse, fine) for verdict in _on_beam(case, field, dose)),
    )


def coarse_grid(dose: Dose) -> Verdict:
    """Check that the coarse dose can be brought to 5 mm."""
    error = float(np.abs(np.asarray(dose.grid.spacing_mm) / COARSE_MM - 1).max())
    return _judged("coarse_grid", f"a coarse dose at {COARSE_MM:g} mm", error > SPACING_REFUSE, _spacing(dose))


def fine_grid(dose: Dose) -> Verdict:
    """Check that the fine dose can be brought to 1.25 mm."""
    x, y, z = dose.grid.spacing_mm
    expected = (
        f"a fine dose at 1.25 mm, at most {FINE_ACROSS_MM:g} mm across and {FINE_ALONG_MM:g} mm along the patient"
    )
    return _judged("fine_grid", expected, max(x, y) > FINE_ACROSS_MM or z > FINE_ALONG_MM, _spacing(dose))


def meterset(field: PairedField) -> Verdict:
    """Check that every beam states its monitor units."""
    least = min(beam.meterset_mu for beam in field.beams)
    return _judged("meterset", "monitor units above 0", not least > 0, f"{least:g} MU")


def not_negative(which: str, dose: Dose) -> Verdict:
    """Check that a dose is not below zero and is somewhere above it."""
    low, high = float(dose.gy.min()), float(dose.gy.max())
    wrong = high <= 0 or low < -NOISE_SHARE * high
    return _judged(
        "not_negative", f"a {which} dose from 0 Gy on, somewhere above", wrong, f"{low:.3g} to {high:.3g} Gy"
    )


def isocentre_in_body(field: PairedField, region: DoseRegion) -> Verdict:
    """Check that the isocentres lie within the body."""
    points = np.array([beam.isocentre_mm for beam in field.beams])
    outside = int((~region.holds(points)).sum())
    return _judged(
        "isocentre_in_body", "isocentres in the body", outside > 0, f"{outside} outside" if outside else "in it"
    )


def dose_in_body(dose: Dose, region: DoseRegion) -> Verdict:
    """Check that the high dose lies in the body."""
    high = dose.gy >= HIGH_DOSE * dose.gy.max()
    share = float(region.on(dose.grid)[high].mean())
    return _judged("dose_in_body", "the high dose in the body", share < IN_BODY, f"{share:.0%} of it")


def one_field(coarse: Dose, fine: Dose) -> Verdict:
    """Check that both doses are of the same field, by their sums at the coarse voxels."""
    where = np.argwhere(coarse.gy >= COMPARED_DOSE * coarse.gy.max())
    points = coarse.grid.to_patient(where[:, ::-1])
    known = fine.grid.holds(points)
    before = float(coarse.gy[tuple(where[known].T)].sum(dtype=np.float64))
    after = float(sample(fine.volume, points[known]).sum(dtype=np.float64))
    change = after / before - 1 if before > 0 else -1.0
    expected = f"a fine dose within {ONE_FIELD:.0%} of the coarse one where that has dose"
    return _judged("one_field", expected, abs(change) > ONE_FIELD, f"{change:+.0%}")


def _on_beam(case: Case, field: PairedField, dose: Dose) -> tuple[Verdict, ...]:
    """Check a dose of a single beam against the beam; a sum says nothing of one of its beams."""
    plan = replace(
        case.plan,
        beams=field.beams,
        patient_position=field.patient_position,
        fractions=1,
        prescription_gy=None,
        target_doses_gy=(),
    )
    of_beam = {field.beams[0].number: dose} if len(field.beams) == 1 else {}
    return check_on_beam(replace(case, plan=plan, plan_dose=None, beam_doses=of_beam))


def _judged(check: str, expected: str, wrong: bool, found: str) -> Verdict:
    return Verdict(check, Outcome.REFUSE if wrong else Outcome.PASS, expected, found)


def _spacing(dose: Dose) -> str:
    return " x ".join(f"{s:g}" for s in dose.grid.spacing_mm) + " mm"
