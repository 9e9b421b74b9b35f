"""Kinds of fields by how they are shaped and delivered: one vocabulary for data, networks, cards and checks.

Standard library only, so that a command's help needs no numpy.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esapi_bridge.case.beam import Beam


class FieldKind(StrEnum):
    """How a field is shaped and delivered; `PLAN` is the sum of a plan's fields, of whatever kinds."""

    OPEN = "open"
    CONFORMAL = "conformal"
    SEGMENTS = "segments"
    SLIDING_WINDOW = "sliding window"
    ARC = "arc"
    PLAN = "plan"


def field_kind(beam: Beam) -> FieldKind:
    """Tell the kind of a beam from its control points, whatever technique it states.

    What moves or stands behind the jaws does not count, nor what moves while no meterset is given:

    - open: one opening of the jaws, no leaf within them;
    - conformal: one opening, shaped by leaves;
    - segments: several openings that stand while the beam is on (step and shoot, field in field);
    - sliding window: leaves or jaws that move while the beam is on;
    - arc: gantry, collimator or couch that move.
    """
    if beam.is_arc:
        return FieldKind.ARC
    points = beam.control_points
    on = [(a, b) for a, b in pairwise(points) if b.meterset_weight > a.meterset_weight] or [(points[0], points[0])]
    if any(not beam.alike(a, b) for a, b in on):
        return FieldKind.SLIDING_WINDOW
    first = on[0][0]
    if any(not beam.alike(first, a) for a, _ in on):
        return FieldKind.SEGMENTS
    return FieldKind.CONFORMAL if beam.shaped_by_leaves(first) else FieldKind.OPEN
