"""Read a photon RT Plan (DICOM PS3.3 A.20.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydicom import Dataset
from pydicom.uid import RTIonPlanStorage, RTPlanStorage

from esapi_bridge.case import Approval, Beam, Plan
from esapi_bridge.dicom.guard import named
from esapi_bridge.dicom.read.accessories import read_accessories
from esapi_bridge.dicom.read.beam import read_beam, tilts
from esapi_bridge.dicom.read.compensator import has_fluence
from esapi_bridge.dicom.read.elements import (
    integer,
    items,
    kind_name,
    optional_number,
    required_text,
    text,
)
from esapi_bridge.dicom.read.patient_setup import patient_position
from esapi_bridge.dicom.read.plan_fields import PlanField, Purpose, fields_of, fraction_group, treatment_items
from esapi_bridge.errors import BridgeError, DamagedError, RefusedError

DOSE_TOLERANCE = 1e-3
"""Two stated doses that differ by less, relatively, are one dose that was rounded twice."""


@dataclass(frozen=True)
class PlanOutline:
    """What must be known of a plan to choose what belongs to it.

    Parameters
    ----------
    uid
        SOP Instance UID.
    geometry
        RT Plan Geometry (300A,000C): PATIENT, or TREATMENT_DEVICE for plans of no patient.
    frame_of_reference, structure_set_uid
        What it refers to; None where not stated.
    fractions
        Number of fractions; None where not stated.
    beams, treated
        Numbers of all beams, and of those that treat.
    assumed_setup
        Numbers of the fields that were taken as set-up fields without saying so.
    untreated
        Numbers of the fields that say of themselves that they do not treat: set-up and imaging fields.
    """

    uid: str
    geometry: str
    frame_of_reference: str | None
    structure_set_uid: str | None
    fractions: int | None
    beams: tuple[int, ...]
    treated: tuple[int, ...]
    assumed_setup: tuple[int, ...] = ()
    untreated: tuple[int, ...] = ()


@dataclass(frozen=True)
class PlanRecord:
    """A plan and what it refers to.

    Parameters
    ----------
    plan
        The plan.
    outline
        What it refers to.
    accessories
        By treatment beam number what a `Plan` has no place for: everything in the way of a beam besides jaws and leaves
        (`read_accessories`), and a tilted couch top or gantry.
    remarks
        What was not read, or taken otherwise than it says of itself, in words.
    """

    plan: Plan
    outline: PlanOutline
    accessories: Mapping[int, tuple[str, ...]]
    remarks: tuple[str, ...] = ()


def refuse_other_than_photon_plan(dataset: Dataset) -> None:
    """Refuse everything but RT Plan Storage, by SOP class.

    Raises
    ------
    RefusedError
        If the plan is an ion plan.
    BridgeError
        If the object is no plan at all.
    """
    if dataset.get("SOPClassUID") == RTIonPlanStorage:
        raise RefusedError("the plan must be a photon plan (RT Plan), found an ion plan (RT Ion Plan)")
    if dataset.get("SOPClassUID") != RTPlanStorage:
        raise DamagedError(f"an RT Plan was expected, found {kind_name(dataset)}")


def read_plan(dataset: Dataset) -> PlanRecord:
    """Read a photon plan with its treatment beams, and those set-up fields that are described as fully.

    What else there is, such as bare set-up fields, port films and spare fraction groups, is left aside and named.

    Raises
    ------
    RefusedError
        If the plan is no photon plan, or has something a `Plan` cannot hold (several fraction groups, two MLCs,
        moving isocentre ...).
    BridgeError
        If it cannot be read.
    """
    refuse_other_than_photon_plan(dataset)
    fields = fields_of(dataset)
    if not fields:
        raise RefusedError("a plan must have beams, found none")
    fraction_gy = prescribed_fraction_gy(dataset)
    beams: list[Beam] = []
    remarks = [field.remark for field in fields if field.remark]
    for field in fields:
        if field.purpose is Purpose.TREATMENT:
            with named(f"beam {field.number}"):
                beams.append(read_beam(field, fraction_gy))
        elif field.purpose is Purpose.SETUP:
            beams += _setup_field(field, remarks)
    if not beams:
        raise RefusedError(f"a plan must have treatment beams, found none ({'; '.join(remarks)})")
    treated = treatment_items(fields)
    remarks += [
        f"fluence of beam {beam.number}, left aside: its unit is one prescribed dose, which the plan does not state"
        for beam in beams
        if beam.number in treated and has_fluence(treated[beam.number]) and beam.fluence is None
    ]
    spare = len(items(dataset, "FractionGroupSequence")) - 1
    remarks += [f"fraction groups without monitor units: {spare}"] if spare else []
    plan = Plan(
        name=required_text(dataset, "RTPlanLabel"),
        beams=tuple(beams),
        patient_position=patient_position(dataset),
        prescription_gy=_prescription(dataset),
        target_doses_gy=_target_doses(dataset),
        fractions=_fractions(dataset),
        approval=Approval(text(dataset, "ApprovalStatus")),
    )
    return PlanRecord(
        plan=plan,
        outline=PlanOutline(
            uid=required_text(dataset, "SOPInstanceUID"),
            geometry=text(dataset, "RTPlanGeometry"),
            frame_of_reference=text(dataset, "FrameOfReferenceUID") or None,
            structure_set_uid=_structure_set(dataset),
            fractions=plan.fractions,
            beams=tuple(beam.number for beam in plan.beams),
            treated=tuple(beam.number for beam in plan.treatment_beams),
            assumed_setup=tuple(field.number for field in fields if field.is_assumed),
            untreated=tuple(
                field.number for field in fields if field.purpose is not Purpose.TREATMENT and not field.is_assumed
            ),
        ),
        accessories={
            number: names for number, item in treated.items() if (names := (*read_accessories(item), *tilts(item)))
        },
        remarks=tuple(remarks),
    )


def _setup_field(field: PlanField, remarks: list[str]) -> list[Beam]:
    """Read a set-up field; nothing in it can stop a run, as it delivers nothing."""
    try:
        with named(f"beam {field.number}"):
            return [read_beam(field, None)]
    except BridgeError:
        remarks.append(f"set-up field {field.number} left aside, as it is not described like a treatment field")
        return []


def _structure_set(dataset: Dataset) -> str | None:
    found = {text(item, "ReferencedSOPInstanceUID") for item in items(dataset, "ReferencedStructureSetSequence")} - {""}
    if len(found) > 1:
        raise RefusedError(f"a plan must refer to one structure set, found {', '.join(sorted(found))}")
    return next(iter(found), None)


def prescribed_fraction_gy(dataset: Dataset) -> float | None:
    """Read the prescribed dose of one fraction, Gy; None where the plan states no prescription or fractions."""
    prescription_gy, fractions = _prescription(dataset), _fractions(dataset)
    return prescription_gy / fractions if prescription_gy and fractions else None


def _prescription(dataset: Dataset) -> float | None:
    """Prescribed dose of all fractions, Gy; None where the plan states none, or several that differ."""
    targets = _target_doses(dataset)
    return targets[0] if len(targets) == 1 else None


def _fractions(dataset: Dataset) -> int | None:
    group = fraction_group(dataset)
    if optional_number(group, "NumberOfFractionsPlanned") is None:
        return None
    fractions = integer(group, "NumberOfFractionsPlanned")
    if fractions < 0:
        raise RefusedError(f"a plan must have 0 or more fractions, found {fractions}")
    return fractions


def _target_doses(dataset: Dataset) -> tuple[float, ...]:
    """Different prescribed doses of all fractions, Gy: of the targets that are a volume or site, else of the points."""
    doses: dict[bool, list[float]] = {False: [], True: []}
    for item in items(dataset, "DoseReferenceSequence"):
        dose = optional_number(item, "TargetPrescriptionDose") or 0.0
        if text(item, "DoseReferenceType") == "TARGET" and dose > 0:
            is_point = text(item, "DoseReferenceStructureType") in ("COORDINATES", "POINT")
            if not any(abs(dose - other) <= DOSE_TOLERANCE * other for other in doses[is_point]):
                doses[is_point].append(dose)
    return tuple(doses[False] or doses[True])
