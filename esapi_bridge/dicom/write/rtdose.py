"""Write a dose distribution as RT Dose (DICOM PS3.3 A.18.3)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom import Dataset, Sequence
from pydicom.uid import RTDoseStorage, RTPlanStorage

import esapi_bridge
from esapi_bridge.case import Dose, DoseKind
from esapi_bridge.case.orientation import axes_of_orientation, axes_of_position, reindex
from esapi_bridge.case.position import PatientPosition
from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.elements import integer, items, required_text
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.patient_setup import patient_position
from esapi_bridge.dicom.read.plan_fields import fraction_group
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.dicom.write.files import save
from esapi_bridge.dicom.write.modules import (
    Series,
    contributing_equipment,
    ds,
    long_string,
    new_object,
    reference,
)
from esapi_bridge.errors import BridgeError, RefusedError

LARGEST_COUNT = 4_000_000_000
"""Stored value of the largest dose; leaves room for rounding below 2**32."""

ECLIPSE_COUNT = 1_000_000
"""What Eclipse stores for the dose of 100 %, whatever the largest dose."""


def write_rtdose(
    dose: Dose,
    source_plan: Dataset | Path,
    path: Path,
    *,
    description: str,
    frame_of_reference: str | None = None,
    hundred_percent_gy: float | None = None,
    series_uid: str | None = None,
    instance_uid: str | None = None,
) -> Path:
    """Write a dose as RT Dose in Gy (32 bit) that belongs to the patient, study and plan of an RT Plan.

    The grid is stored with the image orientation of the plan's patient position, planes in ascending order along
    the plane normal, offsets relative to the first plane.

    Parameters
    ----------
    dose
        Dose of the plan or of one beam, Gy, for all fractions.
    source_plan
        The RT Plan (file or data set) the dose was calculated for.
    path
        File to be written; must not exist.
    description
        What made the dose; goes to the series description and the dose comment after the research-only text.
    frame_of_reference
        Frame of Reference UID, for plans that state none.
    hundred_percent_gy
        Dose of 100 % of the plan, Gy, whose millionth is then a stored unit, as in Eclipse's doses. Without it the
        largest dose takes the whole range of 32 bits.
    series_uid, instance_uid
        Identifiers of the new object; new ones by default.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    BridgeError
        If the dose is negative, the beam is not in the plan, or the plan cannot be referred to.
    """
    plan = read_dataset(source_plan) if isinstance(source_plan, Path) else source_plan
    with bridge_errors_only("the RT Dose", "written"):
        if plan.get("SOPClassUID") != RTPlanStorage:
            raise BridgeError(f"a dose is written for an RT Plan, found {plan.get('Modality', 'no modality')}")
        frame = plan.get("FrameOfReferenceUID") or frame_of_reference
        if not frame:
            raise BridgeError(
                "the source plan must state a Frame of Reference UID, found none: give `frame_of_reference`"
            )

        for keyword in ("SOPInstanceUID", "StudyInstanceUID"):
            required_text(plan, keyword)
        series = Series("RTDOSE", series_uid or new_uid(), description, 1)
        target = new_object(plan, RTDoseStorage, instance_uid or new_uid(), series)
        target.FrameOfReferenceUID = frame
        target.PositionReferenceIndicator = plan.get("PositionReferenceIndicator")
        target.ContentDate, target.ContentTime = target.InstanceCreationDate, target.InstanceCreationTime
        target.ContributingEquipmentSequence = contributing_equipment(
            dose.algorithm or "not stated",
            esapi_bridge.__version__,
            f"{description}; {dose.medium.value}" if dose.medium else description,
        )
        _add_voxels(dose, _patient_position(plan), hundred_percent_gy, target)
        target.DoseUnits = "GY"
        target.DoseType = "PHYSICAL"
        target.DoseComment = long_string(f"{esapi_bridge.INTENDED_USE} {description}")
        target.DoseSummationType = dose.kind.value
        target.TissueHeterogeneityCorrection = "IMAGE"
        target.ReferencedRTPlanSequence = Sequence([_plan_reference(plan, dose)])
        return save(target, path)


def _patient_position(plan: Dataset) -> PatientPosition | None:
    """Patient position of the plan; None where it states none of the eight."""
    try:
        return patient_position(plan)
    except RefusedError:
        return None


def _scaling(largest_gy: float, hundred_percent_gy: float | None) -> float:
    """Gy of a stored unit."""
    least = max(largest_gy, 1e-6) / LARGEST_COUNT
    return max(hundred_percent_gy / ECLIPSE_COUNT, least) if hundred_percent_gy else least


def _add_voxels(
    dose: Dose, position: PatientPosition | None, hundred_percent_gy: float | None, target: Dataset
) -> None:
    """Add the Image Plane, Multi-frame, Image Pixel and scaling attributes."""
    volume = dose.volume
    own_axes = axes_of_orientation(tuple(volume.grid.axes.T.ravel()[:6]))
    try:
        volume = reindex(volume, axes_of_position(position) if position else own_axes)
    except BridgeError:  # an oblique grid keeps its own rows and columns
        volume = reindex(volume, own_axes)
    grid, gy = volume.grid, volume.values.astype(np.float64)
    if gy.min() < 0:
        raise BridgeError(
            f"a dose to be written must not be negative, found {gy.min():g} Gy: set negative voxels to zero"
        )
    scaling = ds(float(f"{_scaling(float(gy.max()), hundred_percent_gy):.9e}"))
    counts = np.rint(gy / float(scaling)).astype("<u4")

    target.ImagePositionPatient = [ds(value) for value in grid.origin_mm]
    target.ImageOrientationPatient = [ds(value) for value in grid.axes.T.ravel()[:6]]
    target.PixelSpacing = [ds(grid.spacing_mm[1]), ds(grid.spacing_mm[0])]
    target.SliceThickness = None  # as Eclipse leaves it; the offsets say where the planes lie
    target.NumberOfFrames = grid.size[2]
    target.FrameIncrementPointer = 0x3004000C
    target.GridFrameOffsetVector = [ds(k * grid.spacing_mm[2]) for k in range(grid.size[2])]
    target.Rows, target.Columns = grid.size[1], grid.size[0]
    target.SamplesPerPixel = 1
    target.PhotometricInterpretation = "MONOCHROME2"
    target.BitsAllocated = target.BitsStored = 32
    target.HighBit = 31
    target.PixelRepresentation = 0
    target.DoseGridScaling = scaling
    target.PixelData = counts.tobytes()
    target["PixelData"].VR = "OW"


def _plan_reference(plan: Dataset, dose: Dose) -> Dataset:
    """Point to the plan and, for the dose of one beam, to its fraction group and beam."""
    item = reference(RTPlanStorage, plan.SOPInstanceUID)
    if dose.kind is DoseKind.BEAM:
        chosen = fraction_group(plan)
        referred = items(chosen, "ReferencedBeamSequence")
        if dose.beam_number not in {integer(beam, "ReferencedBeamNumber") for beam in referred}:
            raise BridgeError(f"beam {dose.beam_number} must belong to a fraction group of the plan, found none")
        beam = Dataset()
        beam.ReferencedBeamNumber = dose.beam_number
        group = Dataset()
        group.ReferencedFractionGroupNumber = integer(chosen, "FractionGroupNumber")
        group.ReferencedBeamSequence = Sequence([beam])
        item.ReferencedFractionGroupSequence = Sequence([group])
    return item
