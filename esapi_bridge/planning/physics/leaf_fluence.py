"""Primary fluence behind leaves and jaws: static apertures and leaves that move while the beam is on.

Leaves are thin. What they let through is described as planning systems do (`planning.mlc.Leakage`): a share of the
fluence everywhere between the jaws, tips set back by half the dosimetric leaf gap, and strips along the boundaries of
pairs that are open only where both are. Jaws let nothing through: Eclipse's own fluences are zero outside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import ndtr

from esapi_bridge.case import Beam, ControlPoint
from esapi_bridge.planning.mlc import MILLENNIUM_120, Leakage
from esapi_bridge.planning.physics.beam_model import BeamModel
from esapi_bridge.planning.physics.fluence import (
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

OFF_SHARE = 1e-6
"""Share of the meterset within which the beam counts as off."""


def beam_fluence(
    beam: Beam, model: BeamModel, margin_mm: float = PRIMARY_REACH_MM, leakage: Leakage | None = None
) -> PrimaryFluence:
    """Fluence per MU of a beam as it leaves the collimator: behind the jaws, and behind the leaves where it has any.

    Parameters
    ----------
    beam
        Jaws move only while the beam is off, as they do between carriage groups; leaf ends move linearly with the
        meterset from one control point to the next.
    model
        Beam model.
    margin_mm
        How far outside the jaws the map extends.
    leakage
        What the leaves let through; as a Millennium 120 does at the energy of the model when None.

    Raises
    ------
    ValueError
        If the jaws move while the beam is on, or a beam has leaf positions at some control points only.
    """
    points = beam.control_points
    jaws = beam.widest_jaws
    if all(point.leaves_mm is None and point.jaws == jaws for point in points):
        return jaw_fluence(jaws, model, margin_mm)
    if beam.mlc_boundaries_mm is None or any(point.leaves_mm is None for point in points):
        raise ValueError(f"beam {beam.number} must have leaf boundaries, and leaves at every control point")
    a_mm, b_mm = fluence_pixels(jaws, margin_mm)
    leakage = leakage or MILLENNIUM_120.leakage(model.name)
    seen = np.zeros((b_mm.size, a_mm.size))
    for still, share in _still_jaws(beam):
        for part, sigma in source_parts(model):
            seen += share * part * opening(still, beam.mlc_boundaries_mm, a_mm, b_mm, sigma, leakage)
    return with_profile(seen, a_mm, b_mm, model)


def _still_jaws(beam: Beam) -> Iterator[tuple[tuple[ControlPoint, ...], float]]:
    """Control points in a row whose jaws are the same, and the share of the meterset between them."""
    points = beam.control_points
    total = points[-1].meterset_weight - points[0].meterset_weight
    given = 0.0
    for _, group in groupby(points, key=lambda point: point.jaws):
        still = tuple(group)
        share = (still[-1].meterset_weight - still[0].meterset_weight) / total if total > 0 else 1.0
        given += share
        yield still, share
    if total > 0 and given < 1.0 - OFF_SHARE:
        raise ValueError(f"the jaws of beam {beam.number} must stand still while it is on, found jaw tracking")


def opening(
    points: Sequence[ControlPoint],
    boundaries_mm: NDArray[np.float64],
    a_mm: NDArray[np.float64],
    b_mm: NDArray[np.float64],
    sigma_mm: float,
    leakage: Leakage,
) -> NDArray[np.float64]:
    """Share ``(b, a)`` of a Gaussian source that each point sees, the mean over the meterset of some control points.

    Parameters
    ----------
    points
        Control points of equal jaws, all with leaves.
    boundaries_mm
        Leaf boundaries ``(pairs + 1,)`` along Y.
    a_mm, b_mm
        Places along collimator X, evenly spaced, and along Y.
    sigma_mm
        Width of the source, projected to the isocentre plane.
    leakage
        What the leaves let through.
    """
    jaws = points[0].jaws
    edges, leaves = _bands(points, boundaries_mm, leakage)
    start, stop, share = _paths(leaves, np.array([point.meterset_weight for point in points]))
    places = _places(a_mm, jaws.x1_mm, jaws.x2_mm, sigma_mm)
    along = np.stack(
        [
            share @ (
                _passed(places, start[:, 0, band], stop[:, 0, band], sigma_mm)
                - _passed(places, start[:, 1, band], stop[:, 1, band], sigma_mm)
            )
            for band in range(leaves.shape[2])
        ]
    )  # fmt: skip
    along = CubicSpline(places, along, axis=1)(np.clip(a_mm, places[0], places[-1]))
    across = ndtr((b_mm[:, None] - edges) / sigma_mm)
    free = (across[:, :-1] - across[:, 1:]) @ along
    behind_jaws = np.outer(
        across[:, 0] - across[:, -1], ndtr((a_mm - jaws.x1_mm) / sigma_mm) - ndtr((a_mm - jaws.x2_mm) / sigma_mm)
    )
    return np.asarray((1.0 - leakage.transmission) * free + leakage.transmission * behind_jaws)


def _bands(
    points: Sequence[ControlPoint], boundaries_mm: NDArray[np.float64], leakage: Leakage
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges ``(bands + 1,)`` along Y and openings ``(point, bank, band)`` of pairs and, between them, their joints.

    What one pair leaves open between the Y jaws is a band; so is each strip where it and its neighbour overlap, which
    is open where both are.
    """
    jaws = points[0].jaws
    inner = boundaries_mm[(boundaries_mm > jaws.y1_mm) & (boundaries_mm < jaws.y2_mm)]
    first = max(0, int(np.searchsorted(boundaries_mm, jaws.y1_mm, side="right")) - 1)
    last = min(len(boundaries_mm) - 1, int(np.searchsorted(boundaries_mm, jaws.y2_mm)))
    joints = np.stack([inner - leakage.tongue_mm, inner + leakage.tongue_mm], axis=1).ravel()
    outer = np.clip([jaws.y1_mm, jaws.y2_mm], boundaries_mm[0], boundaries_mm[-1])
    edges = np.clip(np.concatenate([outer[:1], joints, outer[1:]]), *outer)
    leaves = np.stack([np.asarray(point.leaves_mm) for point in points])[:, :, first:last]
    leaves = leaves + np.array([[-0.5], [0.5]]) * leakage.leaf_gap_mm
    bands = np.empty((len(points), 2, edges.size - 1))
    bands[:, :, ::2] = leaves
    bands[:, 0, 1::2] = np.maximum(leaves[:, 0, :-1], leaves[:, 0, 1:])
    bands[:, 1, 1::2] = np.minimum(leaves[:, 1, :-1], leaves[:, 1, 1:])
    bands[:, 1] = np.maximum(bands[:, 0], bands[:, 1])
    return edges, np.clip(bands, jaws.x1_mm, jaws.x2_mm)


def _places(a_mm: NDArray[np.float64], x1_mm: float, x2_mm: float, sigma_mm: float) -> NDArray[np.float64]:
    """Coordinates at which the blurred fluence is sampled: near the open field, as coarse as the blur allows."""
    near = a_mm[(a_mm > x1_mm - REACH_SIGMAS * sigma_mm) & (a_mm < x2_mm + REACH_SIGMAS * sigma_mm)]
    count = max(2, int(np.ceil((near[-1] - near[0]) / max(a_mm[1] - a_mm[0], STEP_SIGMAS * sigma_mm))) + 1)
    return near if count >= near.size else np.linspace(near[0], near[-1], count)


def _paths(
    leaves: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Leaf positions at the start and end of each segment of the meterset, and its share of that."""
    if len(weights) == 1 or weights[-1] == weights[0]:  # a static aperture stated once
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
