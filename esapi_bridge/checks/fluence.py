"""Checks of a plan and its contours before a fluence network is given them.

Of the plan (`check_fluence_plan`), with energy, machine, site, accessories and approval of `plan`, frame_of_reference
and ct_trained of `geometry`, those of `field`, source_distance, angles and isocentre of `on_beam`, overrides (noted):

- standing_gantry: the gantry stands still during every treatment beam; arcs (VMAT) are refused.
- fields: as many treatment beams as in training; else refused.
- setup_fields: set-up fields are left out, noted.
- arrangement: gantry angles within 5 degrees of training, no couch turn, a position of training; else a warning.
- prescription: one dose and the number of fractions are stated; else refused.
- fraction_dose: prescribed dose of a fraction within a factor of two of training; else a warning.
- wanted_dose: there is a dose of the whole plan; else refused.

Of the contours (`check_fluence_scene`), once they are on a lattice:

- contours_on_ct: body and PTV lie within the CT, and what they enclose is tissue there; else refused: they belong to
  another CT.
- ct_covers_dose of `geometry`, of the wanted dose.
- dose_covers_ptv: the dose grid holds the whole PTV; else refused.
- dose_level: mean dose of the PTV near the prescription; > 15 % off warns, > 50 % off refuses (another unit).
- reference_dose_covers_ptv, reference_dose_level: the same of the dose of a reference plan, where one is given.
- ptv_in_field: the PTV's shadow lies within the jaws of every beam, 2.5 mm allowed; else refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Case, Dose, Grid
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.resample import sample
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.checks import field, geometry, on_beam, overrides, plan
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import FluenceCard, WantedDoseCard

GANTRY_WARN_DEG = 5.0
COUCH_WARN_DEG = 0.5

TISSUE_HU = -500.0
TISSUE_SHARE = {"Body": 0.75, "PTV": 0.80}
"""Least share of tissue within a contour; gas is in the bowel, and a balloon full of air may reach into the PTV."""

TISSUE_SAMPLES = 20_000
"""Voxels sampled, evenly spaced: the standard error of a share of 80 % is then below half a per cent."""

OUTSIDE_CT_MM = 5.0
"""How far a contour may reach beyond the outermost voxel centres of the CT: half a slice, rounded up."""

LEVEL_WARN, LEVEL_REFUSE = 0.15, 0.50
FRACTION_WARN = 2.0

JAW_TOLERANCE_MM = 2.5
"""One fluence pixel."""


@dataclass(frozen=True)
class Contoured:
    """Structures on a lattice.

    Parameters
    ----------
    grid
        Lattice of the labels.
    masks
        Body and PTV ``(z, y, x)`` on it, by label.
    """

    grid: Grid
    masks: Mapping[str, NDArray[np.bool_]]

    def points_mm(self, label: str) -> NDArray[np.float64]:
        """LPS positions ``(n, 3)`` of a label's voxels, mm."""
        return self.grid.to_patient(np.argwhere(self.masks[label])[:, ::-1])


@dataclass(frozen=True)
class StructureDose(Contoured):
    """A dose, and the structures in which it is judged.

    Parameters
    ----------
    dose
        Dose of all fractions, wanted or reference.
    """

    dose: Dose

    @property
    def ptv_mean_gy(self) -> float:
        """Mean dose of the PTV, Gy."""
        return float(sample(self.dose.volume, self.points_mm("PTV")).mean(dtype=np.float64))


def check_fluence_plan(
    case: Case,
    card: FluenceCard,
    dose: Dose | None,
    accessories: Mapping[int, Sequence[str]],
    *,
    predicted: bool = False,
) -> tuple[Verdict, ...]:
    """Check a plan against a fluence network's card.

    Parameters
    ----------
    case
        The case.
    card
        The model's card.
    dose
        The wanted dose; None where there is none.
    accessories
        Wedges, blocks and the like by beam number.
    predicted
        Whether a network is to predict the wanted dose: then none is asked for, see `wanted_dose.check_prediction`.
    """
    return (
        standing_gantry(case),
        fields(case, card),
        setup_fields(case),
        plan.energy(case, card),
        plan.machine(case, card),
        plan.site(card),
        plan.accessories(accessories, card),
        field.kind(case, card),
        field.aperture(case, card),
        field.leaf_width(case, card),
        field.field_size(case, card),
        overrides.noted(case),
        arrangement(case, card),
        prescription(case),
        fraction_dose(case, card),
        *(() if predicted else (wanted_dose(dose),)),
        plan.approval(case),
        geometry.frame_of_reference(case),
        geometry.ct_trained(case, [dose] if dose else [], card),
        on_beam.source_distance(case),
        on_beam.angles(case),
        on_beam.isocentre(case),
    )


def check_fluence_scene(case: Case, judged: StructureDose) -> tuple[Verdict, ...]:
    """Check contours and dose against each other, the CT and the fields.

    Parameters
    ----------
    case
        The case; its prescription is stated.
    judged
        Contours on a lattice, and the wanted dose.
    """
    return (
        contours_on_ct(case, judged),
        geometry.ct_covers_dose(case, [judged.dose]),
        *_dose_in_ptv(case, judged),
        ptv_in_field(case, judged),
    )


def check_reference_dose(case: Case, judged: StructureDose) -> tuple[Verdict, ...]:
    """Check the dose of a reference plan, whose mean in the PTV another plan is scaled to.

    The arguments are those of `check_fluence_scene`, with the reference dose for the wanted one.
    """
    return tuple(replace(verdict, check=f"reference_{verdict.check}") for verdict in _dose_in_ptv(case, judged))


def _dose_in_ptv(case: Case, judged: StructureDose) -> tuple[Verdict, ...]:
    """Check that a dose covers the PTV and, if it does, its mean there."""
    covered = dose_covers_ptv(judged)
    return (covered,) if covered.outcome is Outcome.REFUSE else (covered, dose_level(case, judged))


def standing_gantry(case: Case) -> Verdict:
    """Check that no treatment beam is an arc."""
    moving = [b for b in case.plan.treatment_beams if b.is_arc]
    found = ", ".join(f"ARC (VMAT or conformal arc) in beam {b.number}" for b in moving)
    techniques = ", ".join(sorted({b.technique for b in case.plan.treatment_beams}))
    return Verdict(
        "standing_gantry", Outcome.REFUSE if moving else Outcome.PASS, "fields with a standing gantry",
        found or techniques or "no treatment beam",
    )  # fmt: skip


def fields(case: Case, card: FluenceCard | WantedDoseCard) -> Verdict:
    """Compare the number of treatment beams with that in training."""
    count, allowed = len(case.plan.treatment_beams), card.use.fields
    refused = count == 0 or bool(allowed and count not in allowed)
    expected = f"{' or '.join(map(str, allowed))} treatment beams" if allowed else "treatment beams"
    return Verdict("fields", Outcome.REFUSE if refused else Outcome.PASS, expected, str(count))


def setup_fields(case: Case) -> Verdict:
    """Note the set-up fields, which get no fluence."""
    count = len(case.plan.beams) - len(case.plan.treatment_beams)
    return Verdict("setup_fields", Outcome.PASS, "left out", f"{count} left out" if count else "none")


def arrangement(case: Case, card: FluenceCard | WantedDoseCard) -> Verdict:
    """Compare angles and patient position with those in training."""
    allowed, angles = card.valid_for.patient_positions, card.use.gantry_deg
    expected = "as in training: " + ", ".join(
        [" or ".join(allowed) or "any position", f"gantry {_degrees(angles)}" if angles else "any gantry", "couch 0"]
    )
    points = [beam.control_points[0] for beam in case.plan.treatment_beams]
    unlike: list[str] = []
    if allowed and case.plan.patient_position not in allowed:
        unlike.append(case.plan.patient_position)
    if angles:
        far = [p.gantry_deg for p in points if min(_apart(p.gantry_deg, a) for a in angles) > GANTRY_WARN_DEG]
        unlike += [f"gantry {_degrees(far)}"] if far else []
    turned = [p.couch_deg for p in points if _apart(p.couch_deg, 0.0) > COUCH_WARN_DEG]
    unlike += [f"couch {_degrees(turned)}"] if turned else []
    return Verdict("arrangement", Outcome.WARN if unlike else Outcome.PASS, expected, ", ".join(unlike) or "alike")


def prescription(case: Case) -> Verdict:
    """Check that dose and number of fractions are prescribed."""
    dose, fractions = case.plan.prescription_gy, case.plan.fractions
    several = " or ".join(f"{value:g}" for value in case.plan.target_doses_gy if not dose)
    stated = f"{dose:g} Gy" if dose else f"{several} Gy, by target" if several else "no dose"
    found = f"{stated} in {fractions or 'an unknown number of'} fractions"
    return Verdict(
        "prescription", Outcome.PASS if case.plan.prescription else Outcome.REFUSE, "dose and fractions stated", found
    )


def fraction_dose(case: Case, card: FluenceCard) -> Verdict:
    """Compare the prescribed dose of a fraction with that in training; the network divides by it."""
    trained, prescribed = card.valid_for.prescription_gy, case.plan.prescription
    if trained is None or prescribed is None:
        return Verdict("fraction_dose", Outcome.PASS, f"{trained:g} Gy" if trained else "any", "not compared")
    far = not 1 / FRACTION_WARN <= prescribed.fraction_gy / trained <= FRACTION_WARN
    expected = f"within a factor {FRACTION_WARN:g} of the {trained:g} Gy a fraction of training"
    return Verdict("fraction_dose", Outcome.WARN if far else Outcome.PASS, expected, f"{prescribed.fraction_gy:g} Gy")


def wanted_dose(dose: Dose | None) -> Verdict:
    """Check that there is a wanted dose."""
    there = dose is not None and float(dose.gy.max()) > 0
    found = "none" if dose is None else f"up to {float(dose.gy.max()):.4g} Gy"
    return Verdict("wanted_dose", Outcome.PASS if there else Outcome.REFUSE, "a dose of the whole plan", found)


def contours_on_ct(case: Case, judged: Contoured) -> Verdict:
    """Check that body and PTV were contoured on this CT."""
    expected = "body and PTV drawn on this CT"
    for label, least in TISSUE_SHARE.items():
        points = judged.points_mm(label)
        if label == "PTV":
            index = case.ct.grid.to_index(points)
            beyond = np.maximum(-index, index - np.asarray(case.ct.grid.size) + 1) * case.ct.grid.spacing_mm
            if beyond.max() > OUTSIDE_CT_MM:
                return Verdict("contours_on_ct", Outcome.REFUSE, expected, f"PTV {beyond.max():.0f} mm outside the CT")
        some = points[:: max(1, len(points) // TISSUE_SAMPLES)]
        tissue = float((sample(case.ct, some, outside=AIR_HU) > TISSUE_HU).mean())
        if tissue < least:
            found = f"{tissue:.0%} tissue within {label} (at least {least:.0%} expected): contours of another CT?"
            return Verdict("contours_on_ct", Outcome.REFUSE, expected, found)
    return Verdict("contours_on_ct", Outcome.PASS, expected, "both")


def dose_covers_ptv(judged: StructureDose) -> Verdict:
    """Check that the dose grid covers the PTV."""
    covered = judged.dose.grid.holds(judged.points_mm("PTV"))
    outside = int((~covered).sum())
    found = f"{outside} of {len(covered)} voxels outside it" if outside else "all of it"
    return Verdict("dose_covers_ptv", Outcome.REFUSE if outside else Outcome.PASS, "the PTV in the dose grid", found)


def dose_level(case: Case, judged: StructureDose) -> Verdict:
    """Compare the mean dose of the PTV with the prescription."""
    prescribed = case.plan.prescription.dose_gy if case.plan.prescription else np.nan
    mean = judged.ptv_mean_gy
    error = abs(mean / prescribed - 1)
    outcome = Outcome.REFUSE if not error <= LEVEL_REFUSE else Outcome.WARN if error > LEVEL_WARN else Outcome.PASS
    expected = f"PTV mean dose within {LEVEL_WARN:.0%} of the prescribed {prescribed:g} Gy"
    return Verdict("dose_level", outcome, expected, f"{mean:.2f} Gy")


def ptv_in_field(case: Case, judged: StructureDose) -> Verdict:
    """Check that the PTV lies within the jaws of every beam."""
    points = judged.points_mm("PTV")
    worst = max((_behind_jaws(beam, case, points) for beam in case.plan.treatment_beams), default=(0.0, ""))
    outcome = Outcome.REFUSE if worst[0] > JAW_TOLERANCE_MM else Outcome.PASS
    found = f"{worst[0]:.0f} mm of it {worst[1]}" if outcome is Outcome.REFUSE else "all of it"
    return Verdict("ptv_in_field", outcome, "the PTV within the jaws of every beam", found)


def _behind_jaws(beam: Beam, case: Case, points_mm: NDArray[np.float64]) -> tuple[float, str]:
    """Distance by which points project beyond the widest opening of the jaws, mm, and behind which jaw."""
    seen = beam_frame(beam, case.plan.patient_position).project(points_mm)
    widest = beam.widest_jaws
    (x1, y1), (x2, y2) = seen.min(axis=0), seen.max(axis=0)
    beyond = {"X1": widest.x1_mm - x1, "X2": x2 - widest.x2_mm, "Y1": widest.y1_mm - y1, "Y2": y2 - widest.y2_mm}
    jaw = max(beyond, key=lambda name: float(beyond[name]))
    return float(beyond[jaw]), f"behind {jaw} of beam {beam.number} ({beam.name})"


def _apart(one_deg: float, other_deg: float) -> float:
    return abs((one_deg - other_deg + 180) % 360 - 180)


def _degrees(angles: Sequence[float]) -> str:
    return ", ".join(f"{angle:g}" for angle in angles)
