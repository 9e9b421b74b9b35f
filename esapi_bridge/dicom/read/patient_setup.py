"""The patient position in which a plan is treated."""

from __future__ import annotations

from pydicom import Dataset

from esapi_bridge.case import PatientPosition
from esapi_bridge.dicom.read.elements import integer, items, optional_number, text
from esapi_bridge.dicom.read.plan_fields import fields_of, treatment_items
from esapi_bridge.errors import RefusedError


def patient_position(plan: Dataset) -> PatientPosition:
    """Read the position of the patient set-ups that the treatment fields refer to; spare set-ups count for nothing.

    Where no field refers to a set-up that is there, all set-ups count.

    Raises
    ------
    RefusedError
        If there is not exactly one position, or it is none of the eight.
    """
    setups = items(plan, "PatientSetupSequence")
    treated = treatment_items(fields_of(plan)).values()
    wanted = {optional_number(item, "ReferencedPatientSetupNumber") for item in treated}
    used = [item for item in setups if integer(item, "PatientSetupNumber") in wanted] if len(setups) > 1 else setups
    found = {text(item, "PatientPosition", "none") for item in used or setups} or {"none"}
    if len(found) != 1:
        raise RefusedError(f"all beams must have one patient position, found {' and '.join(sorted(found))}")
    position = found.pop()
    if position == "none":
        raise RefusedError("a plan must state the patient position of its set-up, found none")
    if position not in PatientPosition.__members__:
        raise RefusedError(f"the patient position must be one of {', '.join(PatientPosition)}, found {position}")
    return PatientPosition(position)
