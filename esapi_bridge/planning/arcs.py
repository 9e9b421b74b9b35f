"""An arc as static beams: what it delivers in every few degrees, from the middle of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from esapi_bridge.case import Beam, ControlPoint, Jaws, Technique
from esapi_bridge.case.beam import shorter_deg, turned_deg


@dataclass(frozen=True)
class PartWidth:
    """Widest part of an arc that is calculated from one angle.

    Parameters
    ----------
    turn_deg
        Degrees of gantry.
    sweep_mm
        Travel of the fastest leaf of an open pair, mm at the isocentre. A window that sweeps as fast as the arc passes
        the skin stays above the same skin; from one angle it would seem to move.
    """

    turn_deg: float
    sweep_mm: float = np.inf


SHORT_DEG, WHOLE_TURN_DEG = 10.0, 350.0
"""Arcs that turn less, or not at all, have the parts of 10 degrees; arcs around the patient turn farther than 350."""

OF_WHOLE_TURN = PartWidth(2.0, 5.0)
"""Right to 0.5 % of the maximum, conformal and modulated, 24 cm from the axis (``python -m
tests.benchmarks.arc_steps``)."""

OF_TRAINING = PartWidth(6.0)
"""Of pairs of doses, both of the same parts: a third of the time, or less."""

OPEN_MM = 1.0
"""A pair of leaves nearer than this lets through what it lets through wherever it stands."""


def of_plans(beam: Beam) -> PartWidth:
    """Widest part of an arc of a plan: of a shorter arc, narrower.

    At the skin a part gives what it gives in any arc, while the largest dose, where all parts meet, grows with their
    number; and the error of a part goes with the square of its width. So the root of the turn keeps the error the same
    share of the maximum.
    """
    turned = sum(abs(turned_deg(pair)) for pair in pairwise(beam.control_points))
    share = float(np.sqrt(np.clip(turned, SHORT_DEG, WHOLE_TURN_DEG) / WHOLE_TURN_DEG))
    return PartWidth(share * OF_WHOLE_TURN.turn_deg, share * OF_WHOLE_TURN.sweep_mm)


def arc_parts(beam: Beam, widest: PartWidth | None = None) -> tuple[Beam, ...]:
    """Divide an arc into beams with a still gantry, whose monitor units add up to its own.

    Between two control points gantry, jaws and leaves move linearly with the meterset, the gantry by the shorter way.
    A part keeps the motion of its leaves; its gantry, collimator, couch and jaws stand at their means.

    Parameters
    ----------
    beam
        An arc, its control points less than 180 degrees apart.
    widest
        How far gantry and leaves may move within a part. Default: `of_plans`.
    """
    widest = widest or of_plans(beam)
    points = list(_refined(beam.control_points, widest))
    total = points[-1].meterset_weight - points[0].meterset_weight
    parts: list[Beam] = []
    begin = 0
    for end in range(1, len(points)):
        last = end + 1 == len(points)
        if not last and _pieces(points[begin : end + 2], widest) <= 1.0:
            continue
        share = (points[end].meterset_weight - points[begin].meterset_weight) / total if total > 0 else 0.0
        if share > 0:
            parts.append(_part(beam, points[begin : end + 1], share))
        begin = end
    return tuple(parts)


def still_parts(beam: Beam, widest: PartWidth | None = None) -> tuple[Beam, ...]:
    """The parts of an arc, or the beam itself where its gantry stands still."""
    return arc_parts(beam, widest) if beam.is_arc else (beam,)


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


def _pieces(points: Sequence[ControlPoint], widest: PartWidth) -> float:
    """How often the widest part goes into the way from the first of some control points to the last."""
    swept_mm = sum(_swept_mm(*pair) for pair in pairwise(points))
    return max(abs(turned_deg(points)) / widest.turn_deg, swept_mm / widest.sweep_mm) - 1e-6


def _swept_mm(before: ControlPoint, after: ControlPoint) -> float:
    if before.leaves_mm is None or after.leaves_mm is None:
        return 0.0
    open_mm = [leaves[1] - leaves[0] for leaves in (before.leaves_mm, after.leaves_mm)]
    travel_mm = np.abs(after.leaves_mm - before.leaves_mm)[:, np.maximum(*open_mm) > OPEN_MM]
    return float(travel_mm.max(initial=0.0))


def _refined(points: tuple[ControlPoint, ...], widest: PartWidth) -> Iterator[ControlPoint]:
    yield points[0]
    for before, after in pairwise(points):
        pieces = max(1, int(np.ceil(_pieces((before, after), widest))))
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
