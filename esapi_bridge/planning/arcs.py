"""An arc as static beams: what it delivers in every few degrees, from the middle of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from esapi_bridge.case import Beam, ControlPoint, Jaws, Technique
from esapi_bridge.case.beam import shorter_deg, turned_deg

STEP_DEG = 2.0
"""Widest piece of an arc that is calculated from one angle. Right to 0.3 % of the maximum for a whole conformal arc, 24
cm from the axis, and to 2 % for windows that sweep at 4 mm a degree (``python -m tests.benchmarks.arc_steps``)."""

TRAINING_STEP_DEG = 6.0
"""The same for pairs of doses to learn from, both of the same pieces: a third of the time. Those to test with are as
plans are."""


def arc_parts(beam: Beam, step_deg: float = STEP_DEG) -> tuple[Beam, ...]:
    """Divide an arc into beams with a still gantry, whose monitor units add up to its own.

    Between two control points gantry, jaws and leaves move linearly with the meterset, the gantry by the shorter way.
    A part keeps the motion of its leaves; its gantry, collimator, couch and jaws stand at their means.

    Parameters
    ----------
    beam
        An arc, its control points less than 180 degrees apart.
    step_deg
        Widest part, degrees of gantry.
    """
    points = list(_refined(beam.control_points, step_deg))
    total = points[-1].meterset_weight - points[0].meterset_weight
    parts: list[Beam] = []
    begin = 0
    for end in range(1, len(points)):
        last = end + 1 == len(points)
        if not last and abs(turned_deg(points[begin : end + 2])) <= step_deg + 1e-6:
            continue
        share = (points[end].meterset_weight - points[begin].meterset_weight) / total if total > 0 else 0.0
        if share > 0:
            parts.append(_part(beam, points[begin : end + 1], share))
        begin = end
    return tuple(parts)


def still_parts(beam: Beam, step_deg: float = STEP_DEG) -> tuple[Beam, ...]:
    """The parts of an arc, or the beam itself where its gantry stands still."""
    return arc_parts(beam, step_deg) if beam.is_arc else (beam,)


def _part(beam: Beam, points: list[ControlPoint], share: float) -> Beam:
    first = points[0]
    gantry = (first.gantry_deg + turned_deg(points) / 2) % 360.0
    halfway = _between(first, points[-1], 0.5)
    jaws = _mean_jaws([point.jaws for point in points])
    still = tuple(
        replace(p, gantry_deg=gantry, collimator_deg=halfway.collimator_deg, couch_deg=halfway.couch_deg, jaws=jaws)
        for p in points
    )
    technique = Technique.STATIC if first.leaves_mm is None else Technique.DYNAMIC
    return replace(beam, technique=technique, control_points=still, meterset_mu=beam.meterset_mu * share)


def _refined(points: tuple[ControlPoint, ...], step_deg: float) -> Iterator[ControlPoint]:
    yield points[0]
    for before, after in pairwise(points):
        pieces = max(1, round(-(-abs(shorter_deg(before.gantry_deg, after.gantry_deg)) // step_deg)))
        for piece in range(1, pieces):
            yield _between(before, after, piece / pieces)
        yield after


def _between(a: ControlPoint, b: ControlPoint, share: float) -> ControlPoint:
    def middle(x: float, y: float) -> float:
        return x + share * (y - x)

    return ControlPoint(
        middle(a.meterset_weight, b.meterset_weight),
        (a.gantry_deg + share * shorter_deg(a.gantry_deg, b.gantry_deg)) % 360.0,
        (a.collimator_deg + share * shorter_deg(a.collimator_deg, b.collimator_deg)) % 360.0,
        (a.couch_deg + share * shorter_deg(a.couch_deg, b.couch_deg)) % 360.0,
        Jaws(*(middle(x, y) for x, y in zip(_sides(a.jaws), _sides(b.jaws), strict=True))),
        None if a.leaves_mm is None or b.leaves_mm is None else a.leaves_mm + share * (b.leaves_mm - a.leaves_mm),
    )


def _sides(jaws: Jaws) -> tuple[float, float, float, float]:
    return jaws.x1_mm, jaws.x2_mm, jaws.y1_mm, jaws.y2_mm


def _mean_jaws(jaws: list[Jaws]) -> Jaws:
    return Jaws(*(sum(side) / len(jaws) for side in zip(*map(_sides, jaws), strict=True)))
