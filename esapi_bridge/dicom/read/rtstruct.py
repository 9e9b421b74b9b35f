"""Read an RT Structure Set (DICOM PS3.3 A.19.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import RawDataElement

from esapi_bridge.case import Structure
from esapi_bridge.dicom.read.elements import integer, items, numbers, required_text, text
from esapi_bridge.dicom.read.roi_physics import read_overrides
from esapi_bridge.errors import BridgeError

AREA_CONTOURS = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
"""Contour types that enclose an area; points and open lines are left out."""

NO_COLOUR = (255, 255, 0)


@dataclass(frozen=True)
class StructureSet:
    """A structure set and what it refers to.

    Parameters
    ----------
    uid, label
        SOP Instance UID and label.
    frames_of_reference
        All frames of reference that its regions are drawn in.
    ct_series
        Series Instance UIDs it refers to.
    ct_instances
        SOP Instance UIDs of the images it refers to.
    structures
        Its regions.
    """

    uid: str
    label: str
    frames_of_reference: frozenset[str]
    ct_series: frozenset[str]
    ct_instances: frozenset[str]
    structures: tuple[Structure, ...]


def read_structure_set(dataset: Dataset) -> StructureSet:
    """Read all regions with their closed planar contours, LPS mm.

    Raises
    ------
    BridgeError
        If a region cannot be read.
    """
    contours = {integer(item, "ReferencedROINumber"): item for item in items(dataset, "ROIContourSequence")}
    types = {
        integer(item, "ReferencedROINumber"): text(item, "RTROIInterpretedType")
        for item in items(dataset, "RTROIObservationsSequence")
    }
    overrides = read_overrides(dataset)
    structures = []
    frames = set()
    for roi in items(dataset, "StructureSetROISequence"):
        roi_number = integer(roi, "ROINumber")
        frame = text(roi, "ReferencedFrameOfReferenceUID")
        if frame:
            frames.add(frame)
        drawn = contours.get(roi_number)
        structures.append(
            Structure(
                number=roi_number,
                name=text(roi, "ROIName"),
                dicom_type=types.get(roi_number, ""),
                colour=_colour(drawn),
                contours_mm=tuple(_points(item) for item in _area_contours(drawn)),
                override=overrides.get(roi_number),
            )
        )
    seen = [item.number for item in structures]
    if len(set(seen)) != len(seen):
        raise BridgeError(f"ROI numbers of a structure set must differ, found {len(seen) - len(set(seen))} repeated")
    series = [
        item
        for frame_item in items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in items(frame_item, "RTReferencedStudySequence")
        for item in items(study, "RTReferencedSeriesSequence")
    ]
    return StructureSet(
        uid=required_text(dataset, "SOPInstanceUID"),
        label=text(dataset, "StructureSetLabel"),
        frames_of_reference=frozenset(frames),
        ct_series=frozenset(text(item, "SeriesInstanceUID") for item in series),
        ct_instances=frozenset(
            text(image, "ReferencedSOPInstanceUID") for item in series for image in items(item, "ContourImageSequence")
        ),
        structures=tuple(structures),
    )


def _colour(drawn: Dataset | None) -> tuple[int, int, int]:
    if drawn is None or not drawn.get("ROIDisplayColor"):
        return NO_COLOUR
    red, green, blue = (min(255, max(0, int(value))) for value in numbers(drawn, "ROIDisplayColor", 3))
    return red, green, blue


def _area_contours(drawn: Dataset | None) -> list[Dataset]:
    if drawn is None:
        return []
    return [
        item
        for item in items(drawn, "ContourSequence")
        if text(item, "ContourGeometricType") in AREA_CONTOURS and "ContourData" in item
    ]


def _points(contour: Dataset) -> NDArray[np.float64]:
    raw: object = contour.get_item("ContourData")
    if isinstance(raw, RawDataElement) and isinstance(raw.value, bytes):
        # Structure sets hold a million coordinates: pydicom would make an object of each.
        flat = np.array(raw.value.rstrip(b" \0").split(b"\\"), dtype=np.float64)
    else:
        flat = np.asarray(numbers(contour, "ContourData"))
    if not np.isfinite(flat).all():
        raise BridgeError("contour coordinates must be finite, found others")
    stated = integer(contour, "NumberOfContourPoints")
    if len(flat) != 3 * stated:
        raise BridgeError(f"a contour of {stated} points must hold {3 * stated} coordinates, found {len(flat)}")
    return flat.reshape(-1, 3)
