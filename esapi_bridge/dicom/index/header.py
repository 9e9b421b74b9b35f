"""The elements of a header that tell what belongs to a plan: taken from a data set without identity, and given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydicom import DataElement, Dataset, Sequence
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, RTDoseStorage, RTIonPlanStorage, RTPlanStorage, RTStructureSetStorage

from esapi_bridge.dicom.identity import keyed_hash
from esapi_bridge.dicom.read.elements import PLAIN_TEXTS, items, stored_text

KeptHeader = dict[str, Any]
"""Elements by keyword: text as it is stored, or a list of items."""

Wanted = Mapping[str, "Wanted | None"]
"""Keywords of the elements to keep, with those of a sequence's items."""

IDENTITY = ("PatientID", "IssuerOfPatientID")
"""Kept as keyed hashes."""

OF_ANY: Wanted = dict.fromkeys(("SOPClassUID", "SOPInstanceUID", *IDENTITY, "FrameOfReferenceUID"))

OF_PLAN: Wanted = {**OF_ANY, "RTPlanLabel": None}

OF_DOSE: Wanted = {
    **OF_ANY,
    **dict.fromkeys(
        (
            "DoseSummationType", "DoseType", "DoseUnits", "Rows", "Columns", "NumberOfFrames", "PixelSpacing",
            "GridFrameOffsetVector",
        )
    ),
    "ReferencedRTPlanSequence": {
        "ReferencedSOPClassUID": None,
        "ReferencedSOPInstanceUID": None,
        "ReferencedFractionGroupSequence": {"ReferencedBeamSequence": {"ReferencedBeamNumber": None}},
    },
    "RTDoseROISequence": {},
    "ROIContourSequence": {},
    "DVHSequence": {},
}  # fmt: skip
"""Of the last three only whether they have items is asked."""

OF_CT: Wanted = {
    **OF_ANY,
    **dict.fromkeys(
        (
            "SeriesInstanceUID", "ImageType", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
            "Rows", "Columns",
        )
    ),
}  # fmt: skip

WANTED: Mapping[str, Wanted] = {
    CTImageStorage: OF_CT,
    RTDoseStorage: OF_DOSE,
    RTPlanStorage: OF_PLAN,
    RTIonPlanStorage: OF_PLAN,
    RTStructureSetStorage: OF_ANY,
}
"""What is kept of each SOP class."""


def keep(dataset: Dataset, key: bytes) -> KeptHeader:
    """Take the elements that are kept of an object of its kind; patient and issuer as keyed hashes."""
    kept = _take(dataset, WANTED[dataset.SOPClassUID])
    for keyword in IDENTITY:
        if keyword in kept:
            kept[keyword] = keyed_hash(key, kept[keyword])
    return kept


def restore(kept: KeptHeader) -> Dataset:
    """Give back a data set that has the elements kept."""
    elements: dict[Any, Any] = {}
    for keyword, value in kept.items():
        tag, vr = Tag(keyword), dictionary_VR(keyword)
        if isinstance(value, list):
            elements[tag] = DataElement(tag, "SQ", Sequence([restore(item) for item in value]))
        elif vr in PLAIN_TEXTS:
            data = value.encode("latin-1")
            elements[tag] = RawDataElement(tag, vr, len(data), data, 0, False, True)
        else:
            elements[tag] = DataElement(tag, vr, int(value) if vr == "US" else value)
    return Dataset(elements)


def _take(dataset: Dataset, wanted: Wanted) -> KeptHeader:
    kept: KeptHeader = {}
    for keyword, inside in wanted.items():
        if keyword not in dataset:
            continue
        if inside is None:
            value = stored_text(dataset, keyword)
            if value:
                kept[keyword] = value
        else:
            found = items(dataset, keyword)
            kept[keyword] = [_take(item, inside) for item in (found if inside else found[:1])]
    return kept
