"""What moves during a field and a `Beam` cannot hold: the gantry more than half a turn at once, the table top."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pydicom import Dataset
from pydicom.datadict import dictionary_description

from esapi_bridge.case import ControlPoint
from esapi_bridge.case.beam import ANGLE_TOLERANCE_DEG
from esapi_bridge.dicom.read.elements import optional_number, text
from esapi_bridge.errors import RefusedError

HALF_TURN_DEG, FULL_TURN_DEG = 180.0, 360.0
TABLE_TOP = ("TableTopVerticalPosition", "TableTopLongitudinalPosition", "TableTopLateralPosition")
TABLE_TOLERANCE_MM = 1.0
"""Tables are set to whole millimetres."""


def check_motion(point_items: Sequence[Dataset], points: Sequence[ControlPoint], name: str) -> None:
    """Check the items of a field's control points.

    Raises
    ------
    RefusedError
        If the gantry turns half a turn or more from one control point to the next in the direction stated, so that
        control points are missing or contradict it, or the table top moves.
    """
    direction = "NONE"
    for number, (item, (a, b)) in enumerate(zip(point_items, pairwise(points), strict=False), 2):
        direction = text(item, "GantryRotationDirection", direction)
        turned = (b.gantry_deg - a.gantry_deg) * (-1.0 if direction == "CC" else 1.0) % FULL_TURN_DEG
        if (
            direction in ("CW", "CC")
            and HALF_TURN_DEG - ANGLE_TOLERANCE_DEG <= turned < FULL_TURN_DEG - ANGLE_TOLERANCE_DEG
        ):
            raise RefusedError(
                f"{name} must have control points less than half a turn of the gantry apart, found {turned:g} degrees "
                f"({direction}) to number {number} of {len(points)}: control points are missing"
            )
    for keyword in TABLE_TOP:
        stated = [value for item in point_items if (value := optional_number(item, keyword)) is not None]
        if stated and max(stated) - min(stated) > TABLE_TOLERANCE_MM:
            raise RefusedError(
                f"{name} must be given with the table at rest, found {dictionary_description(keyword)} from "
                f"{min(stated):g} to {max(stated):g} mm: a moving table is not supported"
            )
