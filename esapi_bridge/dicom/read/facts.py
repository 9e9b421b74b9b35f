"""What an export says around a plan: when, on which scanner, at which points; nothing of who the patient is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import SpatialRegistrationStorage

from esapi_bridge.dicom.guard import named
from esapi_bridge.dicom.read.elements import items, numbers, optional_number, text
from esapi_bridge.dicom.read.export import Export
from esapi_bridge.dicom.read.files import HEAD_BYTES, looks_like_dicom, read_dataset, storage_class
from esapi_bridge.dicom.read.scan import META_BYTES, files_below


@dataclass(frozen=True)
class ReferencePoint:
    """An item of a plan's Dose Reference Sequence.

    Parameters
    ----------
    uid
        Dose Reference UID; empty where not stated.
    name
        Dose Reference Description, or that it has none.
    limit_gy
        Delivery Maximum Dose, Gy; None where not stated.
    location_mm
        LPS, mm; None for what is no point.
    """

    uid: str
    name: str
    limit_gy: float | None
    location_mm: tuple[float, ...] | None


@dataclass(frozen=True)
class Registration:
    """A rigid Spatial Registration.

    Parameters
    ----------
    uid
        SOP Instance UID.
    source, registered
        Frame of reference that the matrix starts from, and the one that it leads to: the registered coordinates of
        DICOM PS3.3 C.20.2.
    matrix
        4x4, row-major, mm.
    created
        When; None where not stated.
    """

    uid: str
    source: str
    registered: str
    matrix: tuple[float, ...]
    created: datetime | None


@dataclass(frozen=True)
class PlanFacts:
    """Facts of a plan and its CT; None or empty where the files do not state them.

    Parameters
    ----------
    created, approved
        When the plan was made, and reviewed.
    intent
        Plan Intent.
    sex
        Patient's Sex: M, F or O.
    study, study_id, study_created, ct_created, serial_number
        Of the CT; maker, model and station are `Export.scanner`.
    points
        The plan's dose references.
    """

    created: datetime | None
    approved: datetime | None
    intent: str
    sex: str
    study: str
    study_id: str
    study_created: datetime | None
    ct_created: datetime | None
    serial_number: str
    points: tuple[ReferencePoint, ...]


def read_plan_facts(export: Export) -> PlanFacts:
    """Read the facts of an export that has been read.

    Raises
    ------
    RefusedError
        If a number of a dose reference is none.
    """
    plan, image = read_dataset(export.plan_file, pixels=False), read_dataset(export.ct_files[0], pixels=False)
    with named("RT Plan"):
        points = tuple(_point(item) for item in items(plan, "DoseReferenceSequence"))
    return PlanFacts(
        created=_time(plan, "RTPlan"),
        approved=_time(plan, "Review"),
        intent=text(plan, "PlanIntent"),
        sex=text(plan, "PatientSex"),
        study=text(image, "StudyInstanceUID"),
        study_id=text(image, "StudyID"),
        study_created=_time(image, "Study"),
        ct_created=_time(image, "Acquisition") or _time(image, "Series"),
        serial_number=text(image, "DeviceSerialNumber"),
        points=points,
    )


def read_registrations(folder: Path) -> tuple[Registration, ...]:
    """Read the rigid registrations below a folder; those of one frame of reference to itself are left out.

    Raises
    ------
    RefusedError
        If one cannot be read.
    """
    found = []
    for path in files_below(folder):
        with path.open("rb") as stream:
            head = stream.read(META_BYTES)
        if looks_like_dicom(head[:HEAD_BYTES]) and storage_class(head) == SpatialRegistrationStorage:
            with named("Spatial Registration"):
                found.extend(_registrations(read_dataset(path, pixels=False)))
    return tuple(found)


def _registrations(dataset: Dataset) -> list[Registration]:
    registered = text(dataset, "FrameOfReferenceUID")
    found = []
    for item in items(dataset, "RegistrationSequence"):
        source = text(item, "FrameOfReferenceUID")
        steps = [step for way in items(item, "MatrixRegistrationSequence") for step in items(way, "MatrixSequence")]
        kind = text(steps[0], "FrameOfReferenceTransformationMatrixType") if len(steps) == 1 else ""
        if source == registered or kind != "RIGID":
            continue
        matrix = numbers(steps[0], "FrameOfReferenceTransformationMatrix", 16)
        uid, created = text(dataset, "SOPInstanceUID"), _time(dataset, "Content")
        found.append(Registration(uid, source, registered, matrix, created))
    return found


def _point(item: Dataset) -> ReferencePoint:
    return ReferencePoint(
        uid=text(item, "DoseReferenceUID"),
        name=text(item, "DoseReferenceDescription"),
        limit_gy=optional_number(item, "DeliveryMaximumDose"),
        location_mm=(
            numbers(item, "DoseReferencePointCoordinates", 3) if text(item, "DoseReferencePointCoordinates") else None
        ),
    )


def _time(dataset: Dataset, stem: str) -> datetime | None:
    """Date and time of an element's stem; midnight without a time, None for what is none."""
    day, clock = text(dataset, f"{stem}Date"), text(dataset, f"{stem}Time").partition(".")[0]
    try:
        return datetime.strptime(f"{day}{clock:0<6}", "%Y%m%d%H%M%S")  # noqa: DTZ007 -- DICOM's times are local
    except ValueError:
        return None
