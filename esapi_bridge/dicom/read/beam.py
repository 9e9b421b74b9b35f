"""Read one field of an RT Plan (DICOM PS3.3 C.8.8.14)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.datadict import dictionary_description

from esapi_bridge.case import Beam, ControlPoint, FluenceMode, Jaws, Technique
from esapi_bridge.case.beam import ANGLE_TOLERANCE_DEG, turns
from esapi_bridge.dicom.read.beam_motion import check_motion
from esapi_bridge.dicom.read.compensator import read_fluence
from esapi_bridge.dicom.read.elements import integer, items, number, numbers, optional_number, required_text, text
from esapi_bridge.dicom.read.plan_fields import PlanField, Purpose
from esapi_bridge.errors import DamagedError, RefusedError

JAWS = {"ASYMX": "X", "X": "X", "ASYMY": "Y", "Y": "Y"}
"""Axis of each kind of jaws."""

LEAVES = "MLCX"

TILTS = ("TableTopPitchAngle", "TableTopRollAngle", "TableTopEccentricAngle", "GantryPitchAngle")
"""Rotations that a `Beam` has no place for."""

PRIVATE_FLUENCE_MODE = 0x32851000

MOST_SHOWN = 8
"""Numbers of a list that a message shows; more help nobody."""

WEIGHT_TOLERANCE = 1e-4
POSITION_TOLERANCE_MM = 0.01


def read_beam(field: PlanField, fraction_gy: float | None) -> Beam:
    """Read a treatment or set-up field.

    Control points that repeat nothing take over the values before them (PS3.3 C.8.8.14.5).

    Parameters
    ----------
    field
        The field.
    fraction_gy
        Prescribed dose of one fraction, Gy, which Eclipse's fluences are stored relative to; None where not stated.

    Raises
    ------
    RefusedError
        If it is no photon field, or has something a `Beam` cannot hold.
    BridgeError
        If it cannot be read.
    """
    item, name, is_setup = field.item, f"beam {field.number}", field.purpose is Purpose.SETUP
    radiation = text(item, "RadiationType")
    if radiation != "PHOTON":
        raise RefusedError(
            f"{name} must be a photon beam, found {radiation or 'none'}: the networks here know photon fields only"
        )
    unit = text(item, "PrimaryDosimeterUnit", "MU")
    if unit != "MU":
        raise RefusedError(f"{name} must be in monitor units (MU), found {unit}")
    fluence = read_fluence(item, name, fraction_gy)
    # A beam with an optimal fluence may still wait for its leaf motion and monitor units.
    if field.meterset_mu is None and fluence is None and not is_setup:
        raise RefusedError(f"{name} must have a meterset in the fraction group, found none: calculate the plan first")
    point_items = items(item, "ControlPointSequence")
    if not point_items:
        raise RefusedError(f"{name} must have control points, found none")
    stated = integer(item, "NumberOfControlPoints")
    if stated != len(point_items):
        raise RefusedError(f"{name} must have the {stated} control points it states, found {len(point_items)}")
    order = [integer(point, "ControlPointIndex") for point in point_items if "ControlPointIndex" in point]
    if order != list(range(len(order))):
        raise DamagedError(f"{name} must number its control points in order from 0, found {order[:MOST_SHOWN]}")
    points = _control_points(point_items, name)
    if not is_setup:
        _check_weights(item, points, name)
        check_motion(point_items, points, name)
    leaf_devices = [
        device
        for device in items(item, "BeamLimitingDeviceSequence")
        if text(device, "RTBeamLimitingDeviceType").startswith("MLC")
    ]
    if len(leaf_devices) > 1:
        raise RefusedError(f"{name} must have at most one MLC, found {len(leaf_devices)}")
    return Beam(
        number=field.number,
        name=text(item, "BeamName", str(field.number)),
        machine=text(item, "TreatmentMachineName"),
        energy_mv=_constant(point_items, "NominalBeamEnergy", name, tolerance=1e-6)[0],
        fluence_mode=_fluence_mode(item, name),
        technique=_technique(item, point_items, points),
        isocentre_mm=_three(_constant(point_items, "IsocenterPosition", name, tolerance=POSITION_TOLERANCE_MM)),
        sad_mm=number(item, "SourceAxisDistance"),
        meterset_mu=field.meterset_mu or 0.0,
        control_points=points,
        is_setup=is_setup,
        fluence=fluence,
        mlc_boundaries_mm=_boundaries(leaf_devices[0], points, name) if leaf_devices else None,
    )


def tilts(item: Dataset) -> tuple[str, ...]:
    """Name the rotations of couch top and gantry that a `Beam` has no place for, with the largest angle of each."""
    found = []
    for keyword in TILTS:
        stated = [optional_number(point, keyword) or 0.0 for point in items(item, "ControlPointSequence")]
        largest = max(((angle + 180.0) % 360.0 - 180.0 for angle in stated), key=abs, default=0.0)
        if abs(largest) > ANGLE_TOLERANCE_DEG:
            found.append(f"{dictionary_description(keyword)} of {round(largest, 2):g} degrees")
    return tuple(found)


def _boundaries(device: Dataset, points: tuple[ControlPoint, ...], name: str) -> NDArray[np.float64]:
    boundaries = np.asarray(numbers(device, "LeafPositionBoundaries"))
    if not (np.diff(boundaries) > 0).all():
        raise DamagedError(f"the leaf boundaries of {name} must ascend, found others")
    for point in points:
        if point.leaves_mm is not None and point.leaves_mm.shape[1] != len(boundaries) - 1:
            raise RefusedError(
                f"{name} must have as many leaf positions as leaf pairs, "
                f"found {point.leaves_mm.shape[1]} and {len(boundaries) - 1}"
            )
    return boundaries


def _fluence_mode(item: Dataset, name: str) -> FluenceMode:
    """Primary Fluence Mode Sequence (3002,0050), or its private forerunner; without either the beam is flattened.

    The id of a mode that is not standard is free text, such as ``FFF`` or ``10FFF``.
    """
    modes = items(item, "PrimaryFluenceModeSequence")
    if modes:
        stated = {(text(item, "FluenceMode"), text(item, "FluenceModeID")) for item in modes}
        if len(stated) > 1:
            listed = ", ".join(sorted(" ".join(one).strip() for one in stated))
            raise RefusedError(f"{name} must have one primary fluence mode, found {listed}")
        ((kind, mode),) = stated
        is_standard = kind == "STANDARD" or not (kind or mode)
        if kind == "STANDARD" and "FFF" in mode.upper():
            raise RefusedError(f"{name} must have one primary fluence mode, found STANDARD {mode}")
    else:
        is_standard, mode = _private_fluence_mode(item)
    if is_standard:
        return FluenceMode.STANDARD
    if "FFF" not in mode.upper():
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
    directions = {text(point, "GantryRotationDirection", "NONE") for point in point_items} - {"NONE"}
    if directions or turns(points):
        return Technique.ARC
    # Of type STATIC are beams that rest while they are on: a field in field, too, whose leaves move in between.
    return Technique.DYNAMIC if text(item, "BeamType", "STATIC") != "STATIC" or _reshapes(points) else Technique.STATIC


def _reshapes(points: tuple[ControlPoint, ...]) -> bool:
    """Whether jaws or leaves stand elsewhere at one control point than at the first."""
    first = _aperture(points[0])
    return any(
        aperture.shape != first.shape or np.abs(aperture - first).max() > POSITION_TOLERANCE_MM
        for aperture in map(_aperture, points[1:])
    )


def _aperture(point: ControlPoint) -> NDArray[np.float64]:
    leaves = np.zeros(0) if point.leaves_mm is None else point.leaves_mm.ravel()
    jaws = point.jaws
    return np.array([jaws.x1_mm, jaws.x2_mm, jaws.y1_mm, jaws.y2_mm, *leaves])


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
                raise RefusedError(
                    f"{name} must state its {dictionary_description(keyword)} at the first control point, found none"
                )
        devices |= _devices(item, name)
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


def _devices(point: Dataset, name: str) -> dict[str, tuple[float, ...]]:
    """Positions that a control point states, jaws by axis; what it states twice must agree."""
    found: dict[str, tuple[float, ...]] = {}
    for device in items(point, "BeamLimitingDevicePositionSequence"):
        kind = required_text(device, "RTBeamLimitingDeviceType")
        axis, positions = JAWS.get(kind, kind), numbers(device, "LeafJawPositions")
        other = found.setdefault(axis, positions)
        if len(other) != len(positions) or np.abs(np.subtract(other, positions)).max() > POSITION_TOLERANCE_MM:
            raise RefusedError(
                f"{name} must state each device once a control point, found two different positions of {axis} ({kind})"
            )
    return found


def _jaws(devices: Mapping[str, tuple[float, ...]], name: str) -> Jaws:
    for axis in ("X", "Y"):
        if axis not in devices:
            raise RefusedError(
                f"{name} must have one pair of {axis} jaws, found none: "
                "machines whose leaves stand in for jaws (Agility, Unity) are not supported"
            )
        if len(devices[axis]) != 2:
            raise RefusedError(f"{name} must have one pair of {axis} jaws, found {len(devices[axis])} positions")
    (x1, x2), (y1, y2) = devices["X"], devices["Y"]
    if not (x1 < x2 and y1 < y2):
        raise RefusedError(f"the jaws of {name} must open, found x {x1:g} to {x2:g} mm and y {y1:g} to {y2:g} mm")
    return Jaws(x1, x2, y1, y2)


def _leaves(devices: Mapping[str, tuple[float, ...]], name: str) -> NDArray[np.float64] | None:
    mlcs = [kind for kind in devices if kind.startswith("MLC")]
    if not mlcs:
        return None
    if mlcs != [LEAVES]:
        raise RefusedError(
            f"the MLC of {name} must be one layer that moves along X ({LEAVES}), found {' and '.join(mlcs)}"
        )
    positions = devices[LEAVES]
    if len(positions) % 2:
        raise RefusedError(f"{name} must have an even number of leaf positions, found {len(positions)}")
    leaves = np.asarray(positions).reshape(2, -1)
    overlap = float((leaves[0] - leaves[1]).max(initial=0.0))
    if overlap > POSITION_TOLERANCE_MM:
        raise DamagedError(f"opposite leaves of {name} must not cross, found some that overlap by {overlap:g} mm")
    return leaves


def _check_weights(item: Dataset, points: tuple[ControlPoint, ...], name: str) -> None:
    stated = [optional_number(point, "CumulativeMetersetWeight") for point in items(item, "ControlPointSequence")]
    if None in stated[1:]:
        raise RefusedError(
            f"{name} must state its cumulative meterset weight at every control point, found none at number "
            f"{stated.index(None, 1) + 1} of {len(stated)}"
        )
    weights = [point.meterset_weight for point in points]
    for earlier, later in pairwise([0.0, *weights]):
        if later < earlier:
            raise RefusedError(f"meterset weights of {name} must not fall, found {later:g} after {earlier:g}")
    final = optional_number(item, "FinalCumulativeMetersetWeight")
    if final is not None and abs(final - weights[-1]) > WEIGHT_TOLERANCE * max(final, 1):
        raise RefusedError(f"{name} must end with its final meterset weight {final:g}, found {weights[-1]:g}")


def _constant(point_items: list[Dataset], keyword: str, name: str, *, tolerance: float) -> tuple[float, ...]:
    """Values of an element that must not change during a beam."""
    stated = [numbers(item, keyword) for item in point_items if item.get(keyword) not in (None, "")]
    if not stated:
        raise RefusedError(f"{name} must state its {dictionary_description(keyword)}, found none")
    for values in stated[1:]:
        if len(values) != len(stated[0]) or np.abs(np.subtract(values, stated[0])).max() > tolerance:
            raise RefusedError(
                f"{dictionary_description(keyword)} of {name} must not change, found {stated[0]} and {values}: "
                "make a field of each"
            )
    return stated[0]


def _three(values: tuple[float, ...]) -> tuple[float, float, float]:
    x, y, z = values
    return x, y, z
