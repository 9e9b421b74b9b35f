"""What the parts of an exported set must agree in; each check names the two values that disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from esapi_bridge.case import Dose, Plan
from esapi_bridge.dicom.read.elements import described, kind_name, text
from esapi_bridge.dicom.read.rtdose import DoseReference
from esapi_bridge.dicom.read.rtplan import PlanOutline
from esapi_bridge.dicom.read.scan import Entry
from esapi_bridge.errors import RefusedError

SUM_TOLERANCE = 0.05
"""Largest relative difference between the plan dose and the sum of its beams, over the high-dose region."""


def require_one_patient(headers: Sequence[Dataset]) -> None:
    """Refuse objects of several patients, without naming any.

    An issuer that only some objects state (some systems write it into one kind of object) makes no second patient.
    """
    for keyword in ("PatientID", "IssuerOfPatientID"):
        compared = [h for h in headers if keyword == "PatientID" or text(h, keyword)]
        for other in compared[1:]:
            if text(other, keyword) != text(compared[0], keyword):
                raise RefusedError(
                    f"all objects of a plan must belong to one patient, found another {described(keyword)} in "
                    f"{kind_name(other)} than in {kind_name(compared[0])}"
                )


def require_distinct(entries: Sequence[Entry]) -> None:
    """Refuse two different objects of one UID."""
    seen: set[str] = set()
    for entry in entries:
        if not entry.uid or entry.uid in seen:
            raise RefusedError(
                f"each object must be there once, found {kind_name(entry.header)} {entry.uid or 'without UID'} twice "
                "with different content"
            )
        seen.add(entry.uid)


def require_patient_geometry(plan: PlanOutline) -> None:
    """Refuse plans that are not drawn in a patient's images."""
    if plan.geometry != "PATIENT":
        raise RefusedError(f"RT Plan Geometry must be PATIENT, found {plan.geometry or 'none'}")


def require_one_frame(ct_frame: str, plan: PlanOutline) -> None:
    """Refuse parts in different coordinate systems; a plan need not state its own."""
    if not ct_frame:
        raise RefusedError("the CT must state its Frame of Reference UID (0020,0052), found none")
    if plan.frame_of_reference not in (None, ct_frame):
        raise RefusedError(
            f"plan and CT must share one frame of reference, found {plan.frame_of_reference} and {ct_frame}"
        )


def require_frame_of_dose(reference: DoseReference, ct_frame: str) -> None:
    """Refuse a dose in another coordinate system than the CT."""
    if reference.frame_of_reference != ct_frame:
        raise RefusedError(
            "dose and CT must share one frame of reference, "
            f"found {reference.frame_of_reference or 'none'} and {ct_frame}"
        )


def require_all_named_slices(named: frozenset[str], ct_entries: Sequence[Entry]) -> None:
    """Refuse a CT that lacks slices which the structure set refers to (this finds missing end slices)."""
    missing = named - {entry.uid for entry in ct_entries}
    if missing:
        raise RefusedError(
            f"the structure set refers to {len(named)} CT slices, found {len(ct_entries)} "
            f"and {len(missing)} of those referred to missing"
        )


def require_no_dose_of_setup(beams_with_dose: set[int], plan: PlanOutline) -> None:
    """Refuse the dose of a field that was taken as a set-up field only because it has no monitor units."""
    treated = sorted(beams_with_dose.intersection(plan.assumed_setup))
    if treated:
        raise RefusedError(
            f"beam {treated[0]} must have a meterset in the plan, as there is a dose of it, found none: "
            "export the plan and its doses again"
        )


def require_dose(has_plan_dose: bool, beams_with_dose: set[int], plan: PlanOutline, left_aside: str) -> None:
    """Refuse a plan without dose, and doses of beams it does not have; `left_aside` ends the message."""
    expected = set(plan.treated)
    unknown = beams_with_dose - set(plan.beams)
    if unknown:
        raise RefusedError(f"beam doses must be of beams {sorted(expected)}, found one of beam {min(unknown)}")
    if not has_plan_dose and not beams_with_dose:
        raise RefusedError(
            f"the export must hold the dose of the plan (RT Dose), found none: export it with the plan{left_aside}"
        )
    if not has_plan_dose and beams_with_dose != expected:
        raise RefusedError(
            f"without a plan dose every beam must have one: beams {sorted(expected)}, found {sorted(beams_with_dose)}"
            f"{left_aside}"
        )


def require_one_reference_dose(dose: Dataset, plan: Plan) -> None:
    """Refuse a relative dose where the plan prescribes several doses: each would be another dose in Gy."""
    if text(dose, "DoseUnits") == "RELATIVE" and len(plan.target_doses_gy) > 1:
        listed = ", ".join(f"{value:g}" for value in plan.target_doses_gy)
        raise RefusedError(
            "a RELATIVE dose needs one prescribed dose that it is relative to, "
            f"found {len(plan.target_doses_gy)}: {listed} Gy; export the dose in Gy"
        )


def require_beams_sum_to_plan(plan_dose: Dose, beam_doses: Mapping[int, Dose], plan: Plan) -> None:
    """Refuse beam doses that do not add up to the plan dose, as when they are of one fraction only."""
    if set(beam_doses) != {beam.number for beam in plan.treatment_beams}:
        return
    if not all(dose.grid.matches(plan_dose.grid) for dose in beam_doses.values()):
        return
    total: NDArray[np.float64] = np.asarray(sum(dose.gy.astype(np.float64) for dose in beam_doses.values()))
    high = plan_dose.gy >= 0.5 * plan_dose.gy.max()
    plan_mean, beams_mean = float(plan_dose.gy[high].mean()), float(total[high].mean())
    if abs(beams_mean - plan_mean) > SUM_TOLERANCE * plan_mean:
        raise RefusedError(
            f"the doses of all beams must add up to the plan dose, found {beams_mean:.3f} Gy and {plan_mean:.3f} Gy "
            f"on average in the high-dose region ({plan.fractions or 'unknown number of'} fractions)"
        )
