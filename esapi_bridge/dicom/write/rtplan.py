"""Write a photon plan as RT Plan (DICOM PS3.3 A.20.3)."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from pydicom import Dataset, Sequence
from pydicom.uid import RTPlanStorage, RTStructureSetStorage

import esapi_bridge
from esapi_bridge.case import Beam, ControlPoint, FluenceMode, Plan, Technique
from esapi_bridge.dicom.fluence_form import FluenceForm
from esapi_bridge.dicom.uids import derived_uid
from esapi_bridge.dicom.write.compensator import fluence_compensator
from esapi_bridge.dicom.write.files import save
from esapi_bridge.dicom.write.modules import Series, ds, new_object, reference
from esapi_bridge.errors import BridgeError


def write_rtplan(
    plan: Plan,
    patient: Dataset,
    path: Path,
    *,
    frame_of_reference: str,
    series_uid: str,
    instance_uid: str,
    structure_set_uid: str | None,
) -> Dataset:
    """Write a plan, always unapproved, as Eclipse writes them.

    Control points repeat only what changes, but for leaves that move: those are stated at every one. A beam that rests
    while it is on, its leaves moving in between, is of type STATIC.

    Parameters
    ----------
    plan
        Photon plan with at least one beam.
    patient
        Data set whose Patient and Study modules are copied.
    path
        File to be written; must not exist.
    frame_of_reference, series_uid, instance_uid, structure_set_uid
        Identifiers.

    Raises
    ------
    BridgeError
        If a beam has an MLC without leaf boundaries, or a fluence without a prescription, or the file exists.
    """
    target = new_object(patient, RTPlanStorage, instance_uid, Series("RTPLAN", series_uid, "plan", 4))
    target.FrameOfReferenceUID = frame_of_reference
    target.PositionReferenceIndicator = None
    target.RTPlanLabel = plan.name[:16]
    target.RTPlanDescription = esapi_bridge.INTENDED_USE
    target.RTPlanDate, target.RTPlanTime = target.InstanceCreationDate, target.InstanceCreationTime
    target.RTPlanGeometry = "PATIENT" if structure_set_uid else "TREATMENT_DEVICE"
    if structure_set_uid:
        target.ReferencedStructureSetSequence = Sequence([reference(RTStructureSetStorage, structure_set_uid)])
    if plan.prescription_gy is not None:
        target.DoseReferenceSequence = Sequence([_prescription(plan.prescription_gy, instance_uid)])
    target.FractionGroupSequence = Sequence([_fraction_group(plan)])
    target.BeamSequence = Sequence([_beam(beam, plan) for beam in plan.beams])
    setup = Dataset()
    setup.PatientSetupNumber = 1
    setup.PatientPosition = plan.patient_position.value
    setup.SetupTechnique = "ISOCENTRIC"
    target.PatientSetupSequence = Sequence([setup])
    target.ApprovalStatus = "UNAPPROVED"
    save(target, path)
    return target


def _prescription(prescription_gy: float, plan_uid: str) -> Dataset:
    item = Dataset()
    item.DoseReferenceNumber = 1
    item.DoseReferenceUID = derived_uid(plan_uid, "prescription")
    item.DoseReferenceStructureType = "SITE"
    item.DoseReferenceDescription = "Target"
    item.DoseReferenceType = "TARGET"
    item.TargetPrescriptionDose = ds(prescription_gy)
    return item


def _fraction_group(plan: Plan) -> Dataset:
    group = Dataset()
    group.FractionGroupNumber = 1
    group.NumberOfFractionsPlanned = plan.fractions
    group.NumberOfBeams = len(plan.treatment_beams)
    group.NumberOfBrachyApplicationSetups = 0
    group.ReferencedBeamSequence = Sequence()
    for beam in plan.treatment_beams:
        item = Dataset()
        item.BeamMeterset = ds(beam.meterset_mu)
        item.ReferencedBeamNumber = beam.number
        group.ReferencedBeamSequence.append(item)
    return group


def _beam(beam: Beam, plan: Plan) -> Dataset:
    item = Dataset()
    mode = Dataset()
    mode.FluenceMode = "STANDARD" if beam.fluence_mode is FluenceMode.STANDARD else "NON_STANDARD"
    if beam.fluence_mode is FluenceMode.FFF:
        mode.FluenceModeID = "FFF"
    item.PrimaryFluenceModeSequence = Sequence([mode])
    item.TreatmentMachineName = beam.machine
    item.PrimaryDosimeterUnit = "MU"
    item.SourceAxisDistance = ds(beam.sad_mm)
    item.BeamLimitingDeviceSequence = Sequence(_devices(beam))
    item.BeamNumber = beam.number
    item.BeamName = beam.name
    item.BeamType = "STATIC" if beam.technique is Technique.STATIC or _is_step_and_shoot(beam) else "DYNAMIC"
    item.RadiationType = "PHOTON"
    item.TreatmentDeliveryType = "SETUP" if beam.is_setup else "TREATMENT"
    item.NumberOfWedges = item.NumberOfCompensators = item.NumberOfBoli = item.NumberOfBlocks = 0
    if beam.fluence is not None:
        item.NumberOfCompensators = 1
        fraction_gy = plan.prescription.fraction_gy if plan.prescription else None
        item.CompensatorSequence = Sequence([fluence_compensator(beam.fluence, FluenceForm.OPTIMAL, fraction_gy)])
    points = _at_least_two(beam.control_points)
    item.FinalCumulativeMetersetWeight = ds(points[-1].meterset_weight)
    item.NumberOfControlPoints = len(points)
    item.ControlPointSequence = Sequence([_first_control_point(beam, points)])
    for index in range(1, len(points)):
        item.ControlPointSequence.append(_later_control_point(index, points))
    item.ReferencedPatientSetupNumber = 1
    return item


def _is_step_and_shoot(beam: Beam) -> bool:
    """Whether the aperture changes, but only while the beam is off: what Beam Type (300A,00C4) calls STATIC, too."""
    changes = [
        after.meterset_weight - before.meterset_weight
        for before, after in pairwise(beam.control_points)
        if _positions(before) != _positions(after)
    ]
    return beam.technique is Technique.DYNAMIC and bool(changes) and not any(changes)


def _devices(beam: Beam) -> list[Dataset]:
    devices = []
    for kind in ("ASYMX", "ASYMY"):
        device = Dataset()
        device.RTBeamLimitingDeviceType = kind
        device.NumberOfLeafJawPairs = 1
        devices.append(device)
    if beam.control_points[0].leaves_mm is not None:
        if beam.mlc_boundaries_mm is None:
            raise BridgeError(f"beam {beam.number} has leaf positions, so it must have leaf boundaries, found none")
        device = Dataset()
        device.RTBeamLimitingDeviceType = "MLCX"
        device.NumberOfLeafJawPairs = len(beam.mlc_boundaries_mm) - 1
        device.LeafPositionBoundaries = [ds(value) for value in beam.mlc_boundaries_mm]
        devices.append(device)
    return devices


def _at_least_two(points: tuple[ControlPoint, ...]) -> tuple[ControlPoint, ...]:
    """Repeat the control point of an open static field: DICOM wants the start and the end of delivery."""
    if len(points) > 1:
        return points
    only = points[0]
    start, end = (
        ControlPoint(weight, only.gantry_deg, only.collimator_deg, only.couch_deg, only.jaws, only.leaves_mm)
        for weight in (0.0, 1.0)
    )
    return start, end


def _positions(point: ControlPoint) -> dict[str, list[float]]:
    positions = {
        "ASYMX": [point.jaws.x1_mm, point.jaws.x2_mm],
        "ASYMY": [point.jaws.y1_mm, point.jaws.y2_mm],
    }
    if point.leaves_mm is not None:
        positions["MLCX"] = [float(value) for value in np.asarray(point.leaves_mm).ravel()]
    return positions


def _position_items(positions: dict[str, list[float]]) -> Sequence:
    items = Sequence()
    for kind, values in positions.items():
        item = Dataset()
        item.RTBeamLimitingDeviceType = kind
        item.LeafJawPositions = [ds(value) for value in values]
        items.append(item)
    return items


def _angles(point: ControlPoint) -> dict[str, float]:
    """Angles of gantry, collimator and couch, by the start of their keywords."""
    return {"Gantry": point.gantry_deg, "BeamLimitingDevice": point.collimator_deg, "PatientSupport": point.couch_deg}


def _rotation(points: tuple[ControlPoint, ...], index: int, what: str) -> str:
    """Sense of rotation from this control point to the next, by the shorter way."""
    if index + 1 >= len(points):
        return "NONE"
    turn = (_angles(points[index + 1])[what] - _angles(points[index])[what] + 180) % 360 - 180
    return "NONE" if turn == 0 else "CW" if turn > 0 else "CC"


def _add_angle(item: Dataset, points: tuple[ControlPoint, ...], index: int, what: str) -> None:
    setattr(item, f"{what}Angle", ds(_angles(points[index])[what]))
    setattr(item, f"{what}RotationDirection", _rotation(points, index, what))


def _first_control_point(beam: Beam, points: tuple[ControlPoint, ...]) -> Dataset:
    point = points[0]
    item = Dataset()
    item.ControlPointIndex = 0
    item.NominalBeamEnergy = ds(beam.energy_mv)
    item.BeamLimitingDevicePositionSequence = _position_items(_positions(point))
    for what in _angles(point):
        _add_angle(item, points, 0, what)
    item.TableTopEccentricAngle = ds(0)
    item.TableTopEccentricRotationDirection = "NONE"
    item.TableTopVerticalPosition = item.TableTopLongitudinalPosition = item.TableTopLateralPosition = None
    item.IsocenterPosition = [ds(value) for value in beam.isocentre_mm]
    item.CumulativeMetersetWeight = ds(point.meterset_weight)
    item.TableTopPitchAngle = item.TableTopRollAngle = 0.0
    item.TableTopPitchRotationDirection = item.TableTopRollRotationDirection = "NONE"
    return item


def _later_control_point(index: int, points: tuple[ControlPoint, ...]) -> Dataset:
    before, point = points[index - 1], points[index]
    item = Dataset()
    item.ControlPointIndex = index
    old = _positions(before)
    leaves_move = any(_positions(other).get("MLCX") != old.get("MLCX") for other in points)
    stated = {
        kind: values
        for kind, values in _positions(point).items()
        if values != old.get(kind) or (kind == "MLCX" and leaves_move)
    }
    if stated:
        item.BeamLimitingDevicePositionSequence = _position_items(stated)
    for what, angle in _angles(point).items():
        if angle != _angles(before)[what] or _rotation(points, index, what) != _rotation(points, index - 1, what):
            _add_angle(item, points, index, what)
    item.CumulativeMetersetWeight = ds(point.meterset_weight)
    return item
