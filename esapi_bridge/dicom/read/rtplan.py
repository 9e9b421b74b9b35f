"""Read a photon RT Plan (DICOM PS3.3 A.20.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.datadict import dictionary_description
from pydicom.uid import RTIonPlanStorage, RTPlanStorage

from esapi_bridge.case import Approval, Beam, ControlPoint, FluenceMode, Jaws, PatientPosition, Plan, Technique
from esapi_bridge.dicom.read.accessories import read_accessories
from esapi_bridge.dicom.read.compensator import read_fluence
from esapi_bridge.dicom.read.elements import (
    integer,
    items,
    kind_name,
    number,
    numbers,
    optional_number,
    required_text,
    text,
)
from esapi_bridge.errors import BridgeError, RefusedError

X_JAWS, Y_JAWS, LEAVES = ("ASYMX", "X"), ("ASYMY", "Y"), ("MLCX",)

PRIVATE_FLUENCE_MODE = 0x32851000

ANGLE_TOLERANCE_DEG = 0.01
WEIGHT_TOLERANCE = 1e-4
POSITION_TOLERANCE_MM = 0.01
DOSE_TOLERANCE = 1e-3
"""Two stated doses that differ by less, relatively, are one dose that was rounded twice."""


@dataclass(frozen=True)
class PlanRecord:
    """A plan and what it refers to.

    Parameters
    ----------
    plan
        The plan.
    uid
        SOP Instance UID.
    geometry
        RT Plan Geometry (300A,000C): PATIENT, or TREATMENT_DEVICE for plans of no patient.
    frame_of_reference, structure_set_uid
        What it refers to; None where not stated.
    accessories
        Everything in the way of a beam besides jaws and leaves, by beam number (`read_accessories`); a `Plan` has no
        place for it.
    """

    plan: Plan
    uid: str
    geometry: str
    frame_of_reference: str | None
    structure_set_uid: str | None
    accessories: Mapping[int, tuple[str, ...]]


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
        raise BridgeError(f"an RT Plan was expected, found {kind_name(dataset)}")


def read_plan(dataset: Dataset) -> PlanRecord:
    """Read a photon plan with all its beams, set-up fields included.

    Control points that repeat nothing take over the values before them (PS3.3 C.8.8.14.5).

    Raises
    ------
    RefusedError
        If the plan is no photon plan, or has something a `Plan` cannot hold (several fraction groups, two MLCs,
        tilted couch top, moving isocentre ...).
    BridgeError
        If it cannot be read.
    """
    refuse_other_than_photon_plan(dataset)
    groups = items(dataset, "FractionGroupSequence")
    if len(groups) != 1:
        raise RefusedError(f"a plan must have one fraction group, found {len(groups)}")
    metersets = {
        integer(item, "ReferencedBeamNumber"): optional_number(item, "BeamMeterset")
        for item in items(groups[0], "ReferencedBeamSequence")
    }
    beam_items = items(dataset, "BeamSequence")
    if not beam_items:
        raise RefusedError("a plan must have beams, found none")
    beams = tuple(_beam(item, metersets) for item in beam_items)
    seen = [beam.number for beam in beams]
    if len(set(seen)) != len(seen):
        raise BridgeError(f"beam numbers must differ, found {seen}")
    fractions = optional_number(groups[0], "NumberOfFractionsPlanned")
    targets = _target_doses(dataset)
    plan = Plan(
        name=required_text(dataset, "RTPlanLabel"),
        beams=beams,
        patient_position=_patient_position(dataset),
        prescription_gy=targets[0] if len(targets) == 1 else None,
        target_doses_gy=targets,
        fractions=None if fractions is None else int(fractions),
        approval=Approval(text(dataset, "ApprovalStatus")),
    )
    structure_sets = {
        text(item, "ReferencedSOPInstanceUID") for item in items(dataset, "ReferencedStructureSetSequence")
    }
    if len(structure_sets) > 1:
        raise RefusedError(f"a plan must refer to one structure set, found {', '.join(sorted(structure_sets))}")
    return PlanRecord(
        plan=plan,
        uid=required_text(dataset, "SOPInstanceUID"),
        geometry=text(dataset, "RTPlanGeometry"),
        frame_of_reference=text(dataset, "FrameOfReferenceUID") or None,
        structure_set_uid=next(iter(structure_sets), "") or None,
        accessories={
            beam.number: names
            for beam, item in zip(beams, beam_items, strict=True)
            if (names := read_accessories(item))
        },
    )


def _patient_position(dataset: Dataset) -> PatientPosition:
    found = {text(item, "PatientPosition", "none") for item in items(dataset, "PatientSetupSequence")} or {"none"}
    if len(found) != 1:
        raise RefusedError(f"all beams must have one patient position, found {' and '.join(sorted(found))}")
    position = found.pop()
    if position == "none":
        raise RefusedError("a plan must state the patient position of its set-up, found none")
    if position not in PatientPosition.__members__:
        raise RefusedError(f"the patient position must be one of {', '.join(PatientPosition)}, found {position}")
    return PatientPosition(position)


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


def _beam(item: Dataset, metersets: Mapping[int, float | None]) -> Beam:
    beam_number = integer(item, "BeamNumber")
    name = f"beam {beam_number}"
    radiation = text(item, "RadiationType")
    if radiation != "PHOTON":
        raise RefusedError(f"{name} must be a photon beam, found {radiation or 'none'}")
    delivery = text(item, "TreatmentDeliveryType", "TREATMENT")
    if delivery not in ("TREATMENT", "SETUP"):
        raise RefusedError(f"{name} must be a treatment or set-up beam, found {delivery}")
    unit = text(item, "PrimaryDosimeterUnit", "MU")
    if unit != "MU":
        raise RefusedError(f"{name} must be in monitor units (MU), found {unit}")
    is_setup = delivery == "SETUP"
    fluence = read_fluence(item, name)
    meterset = metersets.get(beam_number)
    # A beam with an optimal fluence may still wait for its leaf motion and monitor units.
    if meterset is None and fluence is None and not is_setup:
        raise RefusedError(f"{name} must have a meterset in the fraction group, found none: calculate the plan first")
    point_items = items(item, "ControlPointSequence")
    if not point_items:
        raise BridgeError(f"{name} must have control points, found none")
    stated = integer(item, "NumberOfControlPoints")
    if stated != len(point_items):
        raise BridgeError(f"{name} must have the {stated} control points it states, found {len(point_items)}")
    points = _control_points(point_items, name)
    _check_weights(item, points, name, is_setup=is_setup)
    leaf_devices = [device for device in items(item, "BeamLimitingDeviceSequence") if _is_mlc(device)]
    if len(leaf_devices) > 1:
        raise RefusedError(f"{name} must have at most one MLC, found {len(leaf_devices)}")
    return Beam(
        number=beam_number,
        name=text(item, "BeamName", str(beam_number)),
        machine=text(item, "TreatmentMachineName"),
        energy_mv=_constant(point_items, "NominalBeamEnergy", name, tolerance=1e-6)[0],
        fluence_mode=_fluence_mode(item, name),
        technique=_technique(item, point_items, points),
        isocentre_mm=_three(_constant(point_items, "IsocenterPosition", name, tolerance=POSITION_TOLERANCE_MM)),
        sad_mm=number(item, "SourceAxisDistance"),
        meterset_mu=meterset or 0.0,
        control_points=points,
        is_setup=is_setup,
        fluence=fluence,
        mlc_boundaries_mm=_boundaries(leaf_devices[0], points, name) if leaf_devices else None,
    )


def _is_mlc(device: Dataset) -> bool:
    return text(device, "RTBeamLimitingDeviceType").startswith("MLC")


def _boundaries(device: Dataset, points: tuple[ControlPoint, ...], name: str) -> NDArray[np.float64]:
    boundaries = np.asarray(numbers(device, "LeafPositionBoundaries"))
    for point in points:
        if point.leaves_mm is not None and point.leaves_mm.shape[1] != len(boundaries) - 1:
            raise BridgeError(
                f"{name} must have as many leaf positions as leaf pairs, "
                f"found {point.leaves_mm.shape[1]} and {len(boundaries) - 1}"
            )
    return boundaries


def _fluence_mode(item: Dataset, name: str) -> FluenceMode:
    """Primary Fluence Mode Sequence (3002,0050), or its private forerunner; without either the beam is flattened."""
    modes = items(item, "PrimaryFluenceModeSequence")
    if modes:
        stated = {(text(item, "FluenceMode", "STANDARD"), text(item, "FluenceModeID")) for item in modes}
        if len(stated) > 1:
            listed = ", ".join(sorted(" ".join(one).strip() for one in stated))
            raise RefusedError(f"{name} must have one primary fluence mode, found {listed}")
        ((kind, mode),) = stated
        is_standard = kind == "STANDARD"
    else:
        is_standard, mode = _private_fluence_mode(item)
    if is_standard:
        return FluenceMode.STANDARD
    if mode.upper() != "FFF":
        raise RefusedError(
            f"{name} must be flattened or flattening-filter free (FFF), found fluence mode {mode or 'none'}"
        )
    return FluenceMode.FFF


def _private_fluence_mode(item: Dataset) -> tuple[bool, str]:
    """Whether standard, and the mode, of Varian's private (3285,1000) that came before the standard sequence."""
    if PRIVATE_FLUENCE_MODE not in item:
        return True, ""
    value = item[PRIVATE_FLUENCE_MODE].value
    content = value if isinstance(value, bytes) else str(value).encode()
    return b"NON_STANDARD" not in content, "FFF" if b"FFF" in content else ""


def _technique(item: Dataset, point_items: list[Dataset], points: tuple[ControlPoint, ...]) -> Technique:
    turns = {text(point, "GantryRotationDirection", "NONE") for point in point_items} - {"NONE"}
    if turns or len({round(point.gantry_deg, 3) for point in points}) > 1:
        return Technique.ARC
    return Technique.STATIC if text(item, "BeamType", "STATIC") == "STATIC" else Technique.DYNAMIC


def _control_points(point_items: list[Dataset], name: str) -> tuple[ControlPoint, ...]:
    angles: dict[str, float] = {}
    devices: dict[str, tuple[float, ...]] = {}
    points = []
    for item in point_items:
        for keyword in ("GantryAngle", "BeamLimitingDeviceAngle", "PatientSupportAngle"):
            value = optional_number(item, keyword)
            if value is not None:
                angles[keyword] = value
            elif keyword not in angles:
                raise BridgeError(
                    f"{name} must state its {dictionary_description(keyword)} at the first control point, found none"
                )
        for keyword in ("TableTopPitchAngle", "TableTopRollAngle", "TableTopEccentricAngle", "GantryPitchAngle"):
            tilt = optional_number(item, keyword) or 0.0
            if min(tilt % 360, -tilt % 360) > ANGLE_TOLERANCE_DEG:
                raise RefusedError(f"{name} must have {dictionary_description(keyword)} 0 degrees, found {tilt:g}")
        for device in items(item, "BeamLimitingDevicePositionSequence"):
            devices[required_text(device, "RTBeamLimitingDeviceType")] = numbers(device, "LeafJawPositions")
        points.append(
            ControlPoint(
                meterset_weight=optional_number(item, "CumulativeMetersetWeight") or 0.0,
                gantry_deg=angles["GantryAngle"],
                collimator_deg=angles["BeamLimitingDeviceAngle"],
                couch_deg=angles["PatientSupportAngle"],
                jaws=_jaws(devices, name),
                leaves_mm=_leaves(devices, name),
            )
        )
    return tuple(points)


def _jaws(devices: Mapping[str, tuple[float, ...]], name: str) -> Jaws:
    pairs = []
    for kinds in (X_JAWS, Y_JAWS):
        found = [devices[kind] for kind in kinds if kind in devices]
        if len(found) != 1 or len(found[0]) != 2:
            raise RefusedError(f"{name} must have one pair of {kinds[1]} jaws, found {len(found)}")
        pairs.append(found[0])
    (x1, x2), (y1, y2) = pairs
    if not (x1 < x2 and y1 < y2):
        raise RefusedError(f"the jaws of {name} must open, found x {x1:g} to {x2:g} mm and y {y1:g} to {y2:g} mm")
    return Jaws(x1, x2, y1, y2)


def _leaves(devices: Mapping[str, tuple[float, ...]], name: str) -> NDArray[np.float64] | None:
    mlcs = [kind for kind in devices if kind.startswith("MLC")]
    if not mlcs:
        return None
    if mlcs != list(LEAVES):
        raise RefusedError(f"the MLC of {name} must move along X (MLCX), found {' and '.join(mlcs)}")
    positions = devices[mlcs[0]]
    if len(positions) % 2:
        raise BridgeError(f"{name} must have an even number of leaf positions, found {len(positions)}")
    return np.asarray(positions).reshape(2, -1)


def _check_weights(item: Dataset, points: tuple[ControlPoint, ...], name: str, *, is_setup: bool) -> None:
    weights = [point.meterset_weight for point in points]
    if any(later < earlier for earlier, later in pairwise(weights)) or weights[0] < 0:
        raise BridgeError(f"meterset weights of {name} must not fall, found {weights}")
    final = optional_number(item, "FinalCumulativeMetersetWeight")
    if not is_setup and final is not None and abs(final - weights[-1]) > WEIGHT_TOLERANCE * max(final, 1):
        raise BridgeError(f"{name} must end with its final meterset weight {final:g}, found {weights[-1]:g}")


def _constant(point_items: list[Dataset], keyword: str, name: str, *, tolerance: float) -> tuple[float, ...]:
    """Values of an element that must not change during a beam."""
    stated = [numbers(item, keyword) for item in point_items if item.get(keyword) not in (None, "")]
    if not stated:
        raise RefusedError(f"{name} must state its {dictionary_description(keyword)}, found none")
    for values in stated[1:]:
        if len(values) != len(stated[0]) or np.abs(np.subtract(values, stated[0])).max() > tolerance:
            raise RefusedError(
                f"{dictionary_description(keyword)} of {name} must not change, found {stated[0]} and {values}"
            )
    return stated[0]


def _three(values: tuple[float, ...]) -> tuple[float, float, float]:
    x, y, z = values
    return x, y, z
