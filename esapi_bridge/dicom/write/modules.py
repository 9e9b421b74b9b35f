"""DICOM modules shared by everything we write (PS3.3 C.7 and C.12)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydicom import Dataset, Sequence
from pydicom.valuerep import DSfloat

import esapi_bridge
from esapi_bridge.dicom.results import MANUFACTURER

PATIENT_MODULE = (
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
)
"""Attributes that say whose the object is (C.7.1.1)."""

STUDY_MODULE = (
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""Attributes that say to which study the object belongs (C.7.2.1)."""

REQUIRED_EVEN_IF_EMPTY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""Type 2 attributes of both modules."""


def ds(value: float) -> DSfloat:
    """Format a number as a decimal string of at most 16 characters (PS3.5 6.2)."""
    return DSfloat(float(value), auto_format=True)


def long_string(text: str) -> str:
    """Cut a text to what a Long String element holds, plain ASCII, so that any character set of the source fits."""
    return text.encode("ascii", "replace").decode().replace("\\", "/")[:64].strip()


def copy_patient_and_study(source: Dataset, target: Dataset) -> None:
    """Copy the Patient and Study modules, so that the new object files itself beside its source."""
    if "SpecificCharacterSet" in source:
        target.SpecificCharacterSet = source.SpecificCharacterSet
    for keyword in PATIENT_MODULE + STUDY_MODULE:
        if keyword in source:
            setattr(target, keyword, source[keyword].value)
    for keyword in REQUIRED_EVEN_IF_EMPTY:
        if keyword not in target:
            setattr(target, keyword, None)


class Series(NamedTuple):
    """What an object says of its series; the research-only text is put before the description."""

    modality: str
    uid: str
    description: str
    number: int


def add_series_and_equipment(target: Dataset, series: Series) -> None:
    """Add the General Series, General Equipment and creation-time attributes, with the research-only text."""
    now = datetime.now().astimezone()
    target.Modality = series.modality
    target.SeriesInstanceUID = series.uid
    target.SeriesNumber = series.number
    target.SeriesDescription = long_string(f"{esapi_bridge.INTENDED_USE} {series.description}")
    target.OperatorsName = None
    target.Manufacturer = MANUFACTURER
    target.ManufacturerModelName = MANUFACTURER
    target.SoftwareVersions = esapi_bridge.__version__
    target.InstanceCreationDate = now.strftime("%Y%m%d")
    target.InstanceCreationTime = now.strftime("%H%M%S")


def new_object(source: Dataset, sop_class: str, instance_uid: str, series: Series, number: int = 1) -> Dataset:
    """Begin an object of a SOP class, the `number`-th of a series, that files itself beside its source."""
    target = Dataset()
    copy_patient_and_study(source, target)
    target.SOPClassUID = sop_class
    target.SOPInstanceUID = instance_uid
    add_series_and_equipment(target, series)
    target.InstanceNumber = number
    return target


def contributing_equipment(model: str, version: str, description: str) -> Sequence:
    """Name what made the content: Contributing Equipment Sequence (0018,A001), purpose Processing Equipment."""
    purpose = Dataset()
    purpose.CodeValue = "109102"
    purpose.CodingSchemeDesignator = "DCM"
    purpose.CodeMeaning = "Processing Equipment"
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = Sequence([purpose])
    item.Manufacturer = MANUFACTURER
    item.ManufacturerModelName = long_string(model)
    item.SoftwareVersions = long_string(version)
    text = f"{esapi_bridge.INTENDED_USE} {description}"
    item.ContributionDescription = text.encode("ascii", "replace").decode()[:1024]
    return Sequence([item])


def reference(sop_class: str, sop_instance: str) -> Dataset:
    """Make a sequence item that points to another object."""
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class
    item.ReferencedSOPInstanceUID = sop_instance
    return item
