"""Doses given beside the plan: the reference dose to compare with, and the wanted dose of a fluence."""

from __future__ import annotations

from pathlib import Path

from esapi_bridge.case import Case, Dose, DoseKind
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.orientation import dose_along_patient_axes
from esapi_bridge.dicom import find_doses, read_identity, read_rtdose, require_one_patient
from esapi_bridge.errors import RefusedError


def read_reference(
    path: Path, frame_of_reference: str, what: str = "reference", plan_file: Path | None = None
) -> tuple[DoseSet, tuple[Path, ...]]:
    """Read a reference dose.

    Parameters
    ----------
    path
        An RT Dose file of the plan, or a folder with exactly one such file and, optionally, one for each beam.
    frame_of_reference
        Frame of Reference UID of the case.
    what
        What the dose is, for messages.
    plan_file
        RT Plan whose patient it must be of; a case by itself names none.

    Returns
    -------
    DoseSet, tuple of Path
        The doses on grids along the patient axes, and the files.

    Raises
    ------
    RefusedError
        If there is not exactly one plan dose, or a dose lies in another frame of reference, is of another patient, or
        one of several for a beam.
    """
    if not path.exists():
        raise RefusedError(f"the {what} must be an RT Dose file or a folder with one, found neither")
    files = find_doses(path)
    patient = None if plan_file is None else read_identity(plan_file)
    for identity in (file.identity for file in files):
        if identity.frame_of_reference != frame_of_reference:
            raise RefusedError(
                f"the {what} must lie in the plan's frame of reference {frame_of_reference}, "
                f"found {identity.frame_of_reference or 'none'}"
            )
        if patient is not None:
            require_one_patient(patient, identity)
    doses = [dose_along_patient_axes(read_rtdose(file.path)) for file in files]
    plans = [dose for dose in doses if dose.kind is DoseKind.PLAN]
    if len(plans) != 1:
        raise RefusedError(f"the {what} must hold exactly one dose of the whole plan, found {len(plans)}")
    numbers = [dose.beam_number for dose in doses if dose.beam_number is not None]
    if len(set(numbers)) != len(numbers):
        raise RefusedError(f"the {what} must hold one dose of each beam, found several: beams {sorted(numbers)}")
    beams = {dose.beam_number: dose for dose in doses if dose.beam_number is not None}
    return DoseSet("Reference", plans[0], beams), tuple(file.path for file in files)


def read_wanted_dose(
    path: Path, case: Case, what: str = "wanted dose", plan_file: Path | None = None
) -> tuple[Dose, tuple[Path, ...]]:
    """Read a dose given beside the plan: one RT Dose of a whole plan, in the frame of reference of the case.

    Raises
    ------
    RefusedError
        If there is not exactly one, or it lies in another frame of reference, or is of another patient than
        `plan_file`.
    """
    found, files = read_reference(path, case.uids.frame_of_reference, what, plan_file)
    return found.plan, files
