"""Whose dose an RT Dose is, of which plan and of what part of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset

from esapi_bridge.case import Dose
from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.identity import KEY_BYTES, patient_key
from esapi_bridge.dicom.read.elements import items, text
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.rtdose import dose_from_dataset
from esapi_bridge.errors import RefusedError

_KEY = secrets.token_bytes(KEY_BYTES)
"""Of this process: who has its hashes only learns which doses are of one patient."""


@dataclass(frozen=True)
class DoseIdentity:
    """What a dose belongs to.

    Parameters
    ----------
    patient, issuer
        Keyed hashes of the patient's id and of who issued it, comparable within this process only; empty where not
        stated.
    frame_of_reference
        Frame of Reference UID; empty where not stated.
    plan_uids
        SOP Instance UIDs of the plans it refers to.
    summation
        Dose Summation Type (3004,000A).
    beam_number
        The beam of a BEAM dose, else None.
    """

    patient: str
    issuer: str
    frame_of_reference: str
    plan_uids: tuple[str, ...]
    summation: str
    beam_number: int | None


@dataclass(frozen=True)
class Owned:
    """A dose, and what it belongs to."""

    dose: Dose
    identity: DoseIdentity


def read_owned_dose(path: Path) -> Owned:
    """Read an RT Dose file with its identity; raises what `read_rtdose` does."""
    dataset = read_dataset(path)
    with bridge_errors_only("an RT Dose file"):
        dose = dose_from_dataset(dataset)
        return Owned(dose, identity_of(dataset, dose.beam_number))


def read_identity(path: Path) -> DoseIdentity:
    """Read what a file belongs to, as far as its kind states it."""
    with bridge_errors_only("a DICOM file"):
        return identity_of(read_dataset(path, pixels=False))


def identity_of(dataset: Dataset, beam_number: int | None = None) -> DoseIdentity:
    """Read the identity of a dose."""
    return DoseIdentity(
        patient=_hashed(dataset, "PatientID"),
        issuer=_hashed(dataset, "IssuerOfPatientID"),
        frame_of_reference=text(dataset, "FrameOfReferenceUID"),
        plan_uids=tuple(
            sorted({text(p, "ReferencedSOPInstanceUID") for p in items(dataset, "ReferencedRTPlanSequence")})
        ),
        summation=text(dataset, "DoseSummationType"),
        beam_number=beam_number,
    )


def require_comparable(one: DoseIdentity, other: DoseIdentity, *, other_sum: bool = False) -> tuple[str, ...]:
    """Refuse doses whose difference would say nothing, and return what a reader of it has to know.

    Parameters
    ----------
    one, other
        What the doses belong to.
    other_sum
        Whether doses of different parts of a delivery, such as a plan and a beam, shall be compared all the same.

    Raises
    ------
    RefusedError
        If they are of two patients, in two frames of reference or, unless told otherwise, of different parts.
    """
    notes = []
    require_one_patient(one, other)
    if not (one.patient and other.patient):
        notes.append("a dose states no patient, whether both are of one was not compared")
    if one.frame_of_reference != other.frame_of_reference:
        listed = " and ".join(identity.frame_of_reference or "none" for identity in (one, other))
        raise RefusedError(f"both doses must lie in one frame of reference, found {listed}")
    if not one.frame_of_reference:
        notes.append("no dose states a frame of reference, whether both lie in one was not compared")
    parts = [f"{i.summation}{'' if i.beam_number is None else f' {i.beam_number}'}" for i in (one, other)]
    if parts[0] != parts[1] and not other_sum:
        raise RefusedError(
            f"both doses must be of one part of the delivery, found {' and '.join(parts)}: "
            "say --other-sum where that is meant, as for a plan of one beam"
        )
    if parts[0] != parts[1]:
        notes.append(f"a dose of {parts[0]} and one of {parts[1]} are compared")
    if one.plan_uids != other.plan_uids:
        notes.append("the doses are of two plans of one patient")
    return tuple(notes)


def require_one_patient(one: DoseIdentity, other: DoseIdentity) -> None:
    """Refuse objects of two patients; what one of them does not state is not compared.

    Raises
    ------
    RefusedError
        Without naming either.
    """
    for first, second in ((one.patient, other.patient), (one.issuer, other.issuer)):
        if first and second and first != second:
            raise RefusedError("both must be of one patient, found two: their difference would say nothing")


def _hashed(dataset: Dataset, keyword: str) -> str:
    part = Dataset()
    setattr(part, keyword, text(dataset, keyword))
    return patient_key(part, _KEY) if text(dataset, keyword) else ""
