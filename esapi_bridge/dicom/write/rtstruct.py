"""Write structures as RT Structure Set (DICOM PS3.3 A.19.3)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, Sequence
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, RTStructureSetStorage

import esapi_bridge
from esapi_bridge.case import Structure
from esapi_bridge.case.overrides import CT_NUMBER
from esapi_bridge.dicom.write.files import save
from esapi_bridge.dicom.write.modules import Series, ds, new_object, reference

CONTOUR_DATA = Tag("ContourData")

STUDY_COMPONENT = "1.2.840.10008.3.1.2.3.1"
"""Detached Study Management, the (retired) class by which a structure set still refers to its study."""


def write_rtstruct(
    structures: tuple[Structure, ...],
    ct_slices: list[Dataset],
    path: Path,
    *,
    series_uid: str,
    instance_uid: str,
    label: str = "Structures",
) -> Dataset:
    """Write contours (LPS mm) drawn on a CT series; each contour points to its nearest slice.

    Parameters
    ----------
    structures
        What to write; structures without contours are kept as names.
    ct_slices
        The slices as returned by `write_ct_series`, whose patient, study and frame of reference are taken over.
    path
        File to be written; must not exist.
    series_uid, instance_uid, label
        Attributes of the new object.
    """
    first = ct_slices[0]
    target = new_object(first, RTStructureSetStorage, instance_uid, Series("RTSTRUCT", series_uid, "structures", 3))
    target.FrameOfReferenceUID = first.FrameOfReferenceUID
    target.PositionReferenceIndicator = None
    target.StructureSetLabel = label[:16]
    target.StructureSetDescription = esapi_bridge.INTENDED_USE
    target.StructureSetDate, target.StructureSetTime = target.InstanceCreationDate, target.InstanceCreationTime
    target.ReferencedFrameOfReferenceSequence = Sequence([_image_references(ct_slices)])
    target.StructureSetROISequence = Sequence([_roi(item, first.FrameOfReferenceUID) for item in structures])
    target.ROIContourSequence = Sequence([_contours(item, ct_slices) for item in structures])
    target.RTROIObservationsSequence = Sequence([_observation(item) for item in structures])
    target.ApprovalStatus = "UNAPPROVED"
    save(target, path)
    return target


def _image_references(ct_slices: list[Dataset]) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = ct_slices[0].SeriesInstanceUID
    series.ContourImageSequence = Sequence([reference(CTImageStorage, item.SOPInstanceUID) for item in ct_slices])
    study = reference(STUDY_COMPONENT, ct_slices[0].StudyInstanceUID)
    study.RTReferencedSeriesSequence = Sequence([series])
    frame = Dataset()
    frame.FrameOfReferenceUID = ct_slices[0].FrameOfReferenceUID
    frame.RTReferencedStudySequence = Sequence([study])
    return frame


def _roi(structure: Structure, frame_of_reference: str) -> Dataset:
    item = Dataset()
    item.ROINumber = structure.number
    item.ReferencedFrameOfReferenceUID = frame_of_reference
    item.ROIName = structure.name
    item.ROIGenerationAlgorithm = None
    return item


def _contours(structure: Structure, ct_slices: list[Dataset]) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = list(structure.colour)
    item.ReferencedROINumber = structure.number
    if structure.contours_mm:
        orientation = np.asarray(ct_slices[0].ImageOrientationPatient, dtype=float)
        normal = np.cross(orientation[:3], orientation[3:])
        heights = np.asarray([slice_.ImagePositionPatient for slice_ in ct_slices], dtype=float) @ normal
        item.ContourSequence = Sequence()
        for number, points in enumerate(structure.contours_mm, start=1):
            nearest = ct_slices[int(np.abs(heights - points[0] @ normal).argmin())]
            contour = Dataset()
            contour.ContourNumber = number
            contour.ContourImageSequence = Sequence([reference(CTImageStorage, nearest.SOPInstanceUID)])
            contour.ContourGeometricType = "CLOSED_PLANAR"
            contour.NumberOfContourPoints = len(points)
            contour.add_new(CONTOUR_DATA, "OB", _coordinates(points))
            item.ContourSequence.append(contour)
    return item


def _coordinates(points: NDArray[np.float64]) -> bytes:
    """Encode points as decimal strings in one go.

    A structure set holds a million coordinates, and pydicom makes a checked object of each. Files are written with
    implicit VR, where plain bytes (OB) stand exactly as decimal strings would.
    """
    content = "\\".join(f"{value:.4f}" for value in points.ravel().tolist()).encode("ascii")
    return content + b" " * (len(content) % 2)


def _observation(structure: Structure) -> Dataset:
    item = Dataset()
    item.ObservationNumber = structure.number
    item.ReferencedROINumber = structure.number
    item.RTROIInterpretedType = structure.dicom_type
    item.ROIInterpreter = None
    override = structure.override
    if override is not None and override.quantity != CT_NUMBER:  # DICOM has no place for a CT number
        assigned = Dataset()
        assigned.ROIPhysicalProperty = override.quantity
        assigned.ROIPhysicalPropertyValue = None if override.value is None else ds(override.value)
        item.ROIPhysicalPropertiesSequence = Sequence([assigned])
    return item
