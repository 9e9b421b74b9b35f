"""The reference dose to compare with: one RT Dose file, or a folder of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from esapi_bridge.case import Dose, DoseKind
from esapi_bridge.dicom import read_rtdose, to_lps
from esapi_bridge.dicom.read.elements import text
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.scan import scan
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.report.comparison import DoseSet


def read_reference(path: Path, frame_of_reference: str, what: str = "reference") -> tuple[DoseSet, tuple[Path, ...]]:
    """Read a reference dose.

    Parameters
    ----------
    path
        An RT Dose file of the plan, or a folder with exactly one such file and, optionally, one for each beam.
    frame_of_reference
        Frame of Reference UID of the case.
    what
        What the dose is, for messages.

    Returns
    -------
    DoseSet, tuple of Path
        The doses on grids along the patient axes, and the files.

    Raises
    ------
    BridgeError
        If there is not exactly one plan dose.
    RefusedError
        If a dose lies in another frame of reference.
    """
    if not path.exists():
        raise BridgeError(f"the {what} must be an RT Dose file or a folder with one, found neither")
    headers = [(e.path, e.header) for e in scan(path).doses] if path.is_dir() else [(path, read_dataset(path))]
    for _, header in headers:
        frame = text(header, "FrameOfReferenceUID")
        if frame != frame_of_reference:
            raise RefusedError(
                f"the {what} must lie in the plan's frame of reference {frame_of_reference}, found {frame or 'none'}"
            )
    doses = [_along_patient_axes(read_rtdose(file)) for file, _ in headers]
    plans = [dose for dose in doses if dose.kind is DoseKind.PLAN]
    if len(plans) != 1:
        raise BridgeError(f"the {what} must hold exactly one dose of the whole plan, found {len(plans)}")
    beams = {dose.beam_number: dose for dose in doses if dose.beam_number is not None}
    return DoseSet("Reference", plans[0], beams), tuple(file for file, _ in headers)


def _along_patient_axes(dose: Dose) -> Dose:
    return replace(dose, volume=to_lps(dose.volume))
