"""The beams of a plan as a page shows them: a table, and a picture of the angles they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, FieldKind, Plan
from esapi_bridge.case.beam import ANGLE_TOLERANCE_DEG, shorter_deg, turned_deg
from esapi_bridge.case.field_kind import field_kind

OUTER, INNER, LABEL = 92.0, 26.0, 106.0
"""Radii of the picture, in its own units: where arrows of standing fields begin and end, and where numbers stand."""

ARC_OUTER, ARC_INNER, ARC_STEP = 78.0, 34.0, 12.0
"""Radii of the first and last of several arcs, and their distance where there is room for it."""

HEAD, POINT_DEG, NUMBER_DEG = 7.0, 3.0, 15.0
"""Length of an arrow's head, angle between the points of a drawn arc, and that of its number from its beginning."""


@dataclass(frozen=True)
class BeamLine:
    """A line of the table of beams, as text; monitor units are of one fraction."""

    number: int
    name: str
    kind: str
    energy: str
    meterset_mu: float
    gantry: str
    collimator: str
    couch: str
    opening: str
    leaves: str
    control_points: int


@dataclass(frozen=True)
class Arrow:
    """An arrow of the picture: SVG paths of its line and its head, and where its label stands; Y down."""

    label: str
    line: str
    head: str
    label_at: tuple[float, float]
    is_arc: bool


@dataclass(frozen=True)
class BeamsPart:
    """Table and picture of the treatment beams."""

    lines: tuple[BeamLine, ...]
    arrows: tuple[Arrow, ...]


def beams_of(plan: Plan) -> BeamsPart:
    """Describe and draw the treatment beams of a plan."""
    beams = plan.treatment_beams
    arcs = [beam for beam in beams if _turns(beam)]
    step = min(ARC_STEP, (ARC_OUTER - ARC_INNER) / max(1, len(arcs) - 1))
    turning = [_turning(beam, ARC_OUTER - step * n) for n, beam in enumerate(arcs)]
    return BeamsPart(tuple(map(_line, beams)), (*_standing([beam for beam in beams if not _turns(beam)]), *turning))


def gantry_text(beam: Beam) -> str:
    """Gantry angle, or those of an arc with the sense and the size of its turn, degrees."""
    points = beam.control_points
    if not _turns(beam):
        return f"{points[0].gantry_deg:.4g}°"
    turned = turned_deg(points)
    way = "clockwise" if turned > 0 else "counter-clockwise"
    return f"{points[0].gantry_deg:.4g}° to {points[-1].gantry_deg:.4g}°, {way}, {abs(turned):.4g}°"


def _turns(beam: Beam) -> bool:
    """Whether the gantry does; of an arc it may be the couch alone."""
    return abs(turned_deg(beam.control_points)) > ANGLE_TOLERANCE_DEG


def _line(beam: Beam) -> BeamLine:
    points = beam.control_points
    jaws = beam.widest_jaws
    sizes = (jaws.x2_mm - jaws.x1_mm, jaws.y2_mm - jaws.y1_mm)
    return BeamLine(
        beam.number,
        beam.name,
        field_kind(beam).value,
        beam.energy_label,
        beam.meterset_mu,
        gantry_text(beam),
        _angles([point.collimator_deg for point in points]),
        _angles([point.couch_deg for point in points]),
        " × ".join(f"{size / 10:.3g}" for size in sizes),
        _leaves(beam),
        len(points),
    )


def _angles(angles_deg: Sequence[float]) -> str:
    """One angle, or the first and the last of several."""
    first = angles_deg[0]
    if all(abs(shorter_deg(first, angle)) <= ANGLE_TOLERANCE_DEG for angle in angles_deg):
        return f"{first:.4g}°"
    return f"{first:.4g}° to {angles_deg[-1]:.4g}°"


def _leaves(beam: Beam) -> str:
    """What the leaves do as far as the jaws show them."""
    points = beam.control_points
    pairs = next((point.leaves_mm.shape[1] for point in points if point.leaves_mm is not None), 0)
    if not any(beam.shaped_by_leaves(point) for point in points):
        return "behind the jaws" if pairs else "none"
    if all(beam.alike(points[0], point) for point in points):
        return f"{pairs} pairs, at rest"
    stepping = field_kind(beam) is FieldKind.SEGMENTS
    return f"{pairs} pairs, {'step and shoot' if stepping else 'moving'}"


def _standing(beams: Sequence[Beam]) -> list[Arrow]:
    """One arrow for all beams of one gantry angle, from the source inwards."""
    by_angle: dict[float, list[str]] = {}
    for beam in beams:
        by_angle.setdefault(round(beam.control_points[0].gantry_deg % 360.0, 1), []).append(str(beam.number))
    arrows = []
    for angle, numbers in by_angle.items():
        outward = _outward(angle)
        line = np.stack([OUTER * outward, (INNER + HEAD) * outward])
        arrows.append(
            Arrow(", ".join(numbers), _path(line), _head(INNER * outward, -outward), _at(LABEL, angle), False)
        )
    return arrows


def _turning(beam: Beam, radius: float) -> Arrow:
    """The way of an arc's gantry, with its head where it ends and its number near where it begins."""
    points = beam.control_points
    start, turned = points[0].gantry_deg, turned_deg(points)
    way = float(np.sign(turned))
    # The line ends under the head, which is as long as this part of the turn.
    tip = way * min(abs(turned), float(np.degrees(HEAD / radius)))
    angles = start + np.linspace(0.0, turned - tip, max(2, int(abs(turned) / POINT_DEG)))
    end = np.radians(start + turned)
    line = _path(np.stack([radius * _outward(angle) for angle in angles]))
    head = _head(radius * _outward(start + turned), way * np.array([np.cos(end), np.sin(end)]))
    named_at = start + way * min(abs(turned) / 2, NUMBER_DEG)
    return Arrow(str(beam.number), line, head, _at(radius, named_at), is_arc=True)


def _outward(gantry_deg: float) -> NDArray[np.float64]:
    """Direction of the source as one faces the gantry: 0° up, 90° to the right; Y down."""
    return np.array([np.sin(np.radians(gantry_deg)), -np.cos(np.radians(gantry_deg))])


def _at(radius: float, gantry_deg: float) -> tuple[float, float]:
    x, y = radius * _outward(gantry_deg)
    return round(float(x), 1), round(float(y), 1)


def _head(tip: NDArray[np.float64], ahead: NDArray[np.float64]) -> str:
    """Triangle that ends at a point and points ahead."""
    back, across = tip - HEAD * ahead, 0.5 * HEAD * np.array([-ahead[1], ahead[0]])
    return _path(np.stack([tip, back + across, back - across])) + "Z"


def _path(points: NDArray[np.float64]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
