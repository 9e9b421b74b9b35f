"""Primary fluence behind leaves and jaws: static apertures and leaves that move while the beam is on.

Leaves are thin and absorb everything: no transmission, no rounded ends, no tongue and groove.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import ndtr

from esapi_bridge.case import Beam, ControlPoint
from esapi_bridge.planning.physics.beam_model import BeamModel
from esapi_bridge.planning.physics.fluence import (
    PIXEL_MM,
    PRIMARY_REACH_MM,
    PrimaryFluence,
    fluence_pixels,
    jaw_fluence,
    source_parts,
    with_profile,
)

REACH_SIGMAS = 6.0
"""How far outside the jaws the image of a source is seen, in widths of the source: to 1e-9."""

STEP_SIGMAS = 0.2
"""Distance of points between which a blurred fluence is interpolated, in widths of the source: right to 1e-5."""

STILL_MM = 1e-3
"""Motion below which a leaf end counts as standing still; the closed form below loses digits there."""


def beam_fluence(beam: Beam, model: BeamModel, margin_mm: float = PRIMARY_REACH_MM) -> PrimaryFluence:
    """Fluence per MU of a beam as it leaves the collimator: behind the jaws, and behind the leaves where it has any.

    Parameters
    ----------
    beam
        Control points share their jaws; leaf ends move linearly with the meterset from one to the next.
    model
        Beam model.
    margin_mm
        How far outside the jaws the map extends.

    Raises
    ------
    ValueError
        If the jaws move, or a beam has leaf positions at some control points only.
    """
    points = beam.control_points
    jaws = points[0].jaws
    if any(point.jaws != jaws for point in points):
        raise ValueError(f"the jaws of beam {beam.number} must stand still, found jaw tracking")
    if all(point.leaves_mm is None for point in points):
        return jaw_fluence(jaws, model, margin_mm)
    boundaries = beam.mlc_boundaries_mm
    if boundaries is None or any(point.leaves_mm is None for point in points):
        raise ValueError(f"beam {beam.number} must have leaf boundaries, and leaves at every control point")
    a_mm, b_mm = fluence_pixels(jaws, margin_mm)
    start, stop, share = _paths(points)
    start, stop = np.clip(start, jaws.x1_mm, jaws.x2_mm), np.clip(stop, jaws.x1_mm, jaws.x2_mm)
    edges = np.clip(boundaries, jaws.y1_mm, jaws.y2_mm)
    seen = np.zeros((b_mm.size, a_mm.size))
    for part, sigma in source_parts(model):
        across = ndtr((b_mm[:, None] - edges) / sigma)
        pairs = np.flatnonzero(np.diff(edges) > 0)
        places = _places(a_mm, jaws.x1_mm, jaws.x2_mm, sigma)
        along = np.stack(
            [
                share @ (
                    _passed(places, start[:, 0, pair], stop[:, 0, pair], sigma)
                    - _passed(places, start[:, 1, pair], stop[:, 1, pair], sigma)
                )
                for pair in pairs
            ]
        )  # fmt: skip
        along = CubicSpline(places, along, axis=1)(np.clip(a_mm, places[0], places[-1]))
        seen += part * (across[:, pairs] - across[:, pairs + 1]) @ along
    return with_profile(seen, a_mm, b_mm, model)


def _places(a_mm: NDArray[np.float64], x1_mm: float, x2_mm: float, sigma_mm: float) -> NDArray[np.float64]:
    """Coordinates at which the blurred fluence is sampled: near the open field, as coarse as the blur allows."""
    near = a_mm[(a_mm > x1_mm - REACH_SIGMAS * sigma_mm) & (a_mm < x2_mm + REACH_SIGMAS * sigma_mm)]
    count = max(2, int(np.ceil((near[-1] - near[0]) / max(PIXEL_MM, STEP_SIGMAS * sigma_mm))) + 1)
    return near if count >= near.size else np.linspace(near[0], near[-1], count)


def _paths(points: tuple[ControlPoint, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Leaf positions ``(segment, bank, pair)`` at the start and end of each segment, and its share of the meterset."""
    leaves = np.stack([np.asarray(point.leaves_mm) for point in points])
    weights = np.array([point.meterset_weight for point in points])
    if len(points) == 1 or weights[-1] == weights[0]:  # a static aperture stated once
        return leaves[:1], leaves[:1], np.ones(1)
    return leaves[:-1], leaves[1:], np.diff(weights) / (weights[-1] - weights[0])


def _passed(
    a_mm: NDArray[np.float64], start: NDArray[np.float64], stop: NDArray[np.float64], sigma_mm: float
) -> NDArray[np.float64]:
    """Mean share ``(segment, a)`` of a Gaussian source seen past an edge that goes from `start` to `stop`.

    The mean of the normal distribution function over a straight path has a closed form: the integral of that function
    ``F`` is ``z F(z) + f(z)`` with the density ``f``.
    """
    low = (a_mm - start[:, None]) / sigma_mm
    high = (a_mm - stop[:, None]) / sigma_mm
    still = np.abs(stop - start)[:, None] < STILL_MM
    moved = np.where(still, 1.0, low - high)
    return np.where(still, ndtr((low + high) / 2), (_integral(low) - _integral(high)) / moved)


def _integral(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(z * ndtr(z) + np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))
