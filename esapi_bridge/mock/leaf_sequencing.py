"""Sliding-window leaf motion from an optimal fluence.

Both leaves of a pair move towards +X while the beam is on. A point is open from the passage of the leading leaf (bank
X2) to that of the trailing one (bank X1), so that its exposure is the difference of the two passage times. Where the
wanted exposure rises the leading leaf goes as fast as it may and the trailing one lags, where it falls the reverse:
the shortest delivery (Spirou and Chui, Med Phys 21 (1994) 1031; Stein et al., Radiother Oncol 32 (1994) 163).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, ControlPoint, FluenceMap, Jaws
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.mlc import MILLENNIUM_120, MachineLimits

CONTROL_POINTS = 166
"""Equally spaced in meterset; finer than the 92 to 103 of an exported sliding-window plan."""

PARKED_MM = 5.0
"""How far left of the fluence pairs that take no part are closed: behind the X1 jaw, where that was fitted."""


@dataclass(frozen=True)
class LeafMotion:
    """What the machine does to deliver a fluence.

    Parameters
    ----------
    beam
        The beam with jaws, control points, leaves and meterset filled in.
    wanted_mu, delivered_mu
        ``(pairs, columns)``: exposure wanted and given at the pixel columns of the fluence map by each leaf pair that
        takes part, the jaws left out of account.
    outside
        Share of the fluence that lies outside the jaws; above 0 only where they are fixed.
    """

    beam: Beam
    wanted_mu: NDArray[np.float64]
    delivered_mu: NDArray[np.float64]
    outside: float

    @property
    def worst(self) -> float:
        """Largest difference of exposure, as a share of the largest wanted exposure."""
        return float(np.abs(self.delivered_mu - self.wanted_mu).max() / self.wanted_mu.max())


@dataclass(frozen=True)
class _Box:
    """The part of a fluence map that holds any fluence: rows from the highest Y down, and its outline."""

    values: NDArray[np.float64]
    columns_mm: NDArray[np.float64]
    row_edges_mm: NDArray[np.float64]
    x1_mm: float
    x2_mm: float


def sliding_window(
    beam: Beam, mu_per_fluence: float, *, fixed_jaws: bool = False, limits: MachineLimits = MILLENNIUM_120
) -> LeafMotion:
    """Find the leaf motion that delivers the optimal fluence of a beam, which is taken as that of one fraction.

    Parameters
    ----------
    beam
        A beam with an optimal fluence; its other geometry is kept.
    mu_per_fluence
        Monitor units for fluence 1, see `esapi_bridge.mock.physics.mu_per_fluence`.
    fixed_jaws
        Keep the jaws; otherwise they are fitted to the fluence, in whole millimetres. They stand still either way.
    limits
        The machine.

    Raises
    ------
    BridgeError
        If there is no fluence, or it cannot be delivered within the limits of the machine.
    """
    if beam.fluence is None:
        raise BridgeError("a leaf motion needs an optimal fluence, found none: set one")
    box = _box(beam.fluence)
    jaws = beam.control_points[0].jaws if fixed_jaws else _fitted(box, limits)
    weights = _row_weights(box, jaws, limits.boundaries_mm)
    moving = np.flatnonzero(weights.sum(axis=1) > 0)
    if not moving.size:
        raise BridgeError("the optimal fluence must lie within the leaves and the jaws, found all of it outside")
    wanted = np.maximum(weights[moving] @ box.values, 0.0) * mu_per_fluence
    knots = [_passages(box, row) for row in wanted]
    width = box.x2_mm - box.x1_mm
    meterset = width / limits.speed_mm_mu + max(rise.sum() for _, rise, _ in knots)
    times = np.linspace(0.0, meterset, CONTROL_POINTS)
    leaves = np.full((CONTROL_POINTS, 2, len(limits.boundaries_mm) - 1), max(jaws.x1_mm, box.x1_mm) - PARKED_MM)
    delivered = np.empty_like(wanted)
    for pair, (x_mm, rise, fall), exposure in zip(moving, knots, delivered, strict=True):
        # A pair with less to do goes slower, so that all arrive together and none waits with a gap open.
        pace = (meterset - rise.sum()) / width
        lead, trail = (np.concatenate([[0.0], np.cumsum(np.diff(x_mm) * pace + wait)]) for wait in (fall, rise))
        trailing = np.interp(times, trail, x_mm)
        leading = np.maximum(np.interp(times, lead, x_mm), trailing + limits.gap_mm)
        leaves[:, 0, pair], leaves[:, 1, pair] = trailing, leading
        exposure[:] = _passage(box.columns_mm, trailing, times) - _passage(box.columns_mm, leading, times)
    _require_reach(leaves, limits)
    first = beam.control_points[0]
    points = tuple(
        ControlPoint(float(weight), first.gantry_deg, first.collimator_deg, first.couch_deg, jaws, positions)
        for weight, positions in zip(times / meterset, leaves, strict=True)
    )
    done = replace(
        beam,
        technique="DYNAMIC",
        meterset_mu=float(meterset),
        control_points=points,
        mlc_boundaries_mm=limits.boundaries_mm,
    )
    return LeafMotion(done, wanted, delivered, _outside(box, jaws))


def _box(fluence: FluenceMap) -> _Box:
    values = np.asarray(fluence.values, dtype=np.float64)
    if not np.isfinite(values).all() or values.min() < 0:
        raise BridgeError("an optimal fluence must be finite and not negative, found other values: correct the map")
    rows, columns = np.flatnonzero(values.any(axis=1)), np.flatnonzero(values.any(axis=0))
    if not rows.size:
        raise BridgeError("an optimal fluence must hold some fluence, found zero everywhere: set one")
    rows, columns = np.arange(rows[0], rows[-1] + 1), np.arange(columns[0], columns[-1] + 1)
    step = fluence.spacing_mm
    x_mm = np.asarray(fluence.x_origin_mm + step * columns, dtype=np.float64)
    edges = np.asarray(fluence.y_origin_mm + step / 2 - step * np.append(rows, rows[-1] + 1), dtype=np.float64)
    return _Box(values[np.ix_(rows, columns)], x_mm, edges, float(x_mm[0] - step / 2), float(x_mm[-1] + step / 2))


def _fitted(box: _Box, limits: MachineLimits) -> Jaws:
    try:
        return limits.jaws_around(box.x1_mm, box.x2_mm, float(box.row_edges_mm[-1]), float(box.row_edges_mm[0]))
    except ValueError as error:
        raise BridgeError(f"the optimal fluence is too large: {error}") from error


def _outside(box: _Box, jaws: Jaws) -> float:
    """Share of the fluence in pixels whose centre the jaws cover."""
    y_mm = (box.row_edges_mm[:-1] + box.row_edges_mm[1:]) / 2
    shown = np.outer(
        (y_mm > jaws.y1_mm) & (y_mm < jaws.y2_mm), (box.columns_mm > jaws.x1_mm) & (box.columns_mm < jaws.x2_mm)
    )
    return float(box.values[~shown].sum() / box.values.sum())


def _row_weights(box: _Box, jaws: Jaws, boundaries_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share ``(pairs, rows)`` of each row in what a leaf pair covers of the fluence between the Y jaws."""
    low = np.maximum(boundaries_mm[:-1, None], jaws.y1_mm)
    high = np.minimum(boundaries_mm[1:, None], jaws.y2_mm)
    overlap = np.minimum(high, box.row_edges_mm[:-1]) - np.maximum(low, box.row_edges_mm[1:])
    overlap = np.maximum(overlap, 0.0)
    total = overlap.sum(axis=1, keepdims=True)
    share: NDArray[np.float64] = np.divide(overlap, total, out=np.zeros_like(overlap), where=total > 0)
    share[(share @ box.values).max(axis=1) <= 0] = 0.0  # nothing to deliver: the pair stays closed
    return share


def _passages(
    box: _Box, row_mu: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Knots of a pair's exposure profile, mm, and how much it rises and falls between them, MU.

    Linear between pixel centres, constant in the outer half pixels, zero outside the box.
    """
    x_mm = np.concatenate([[box.x1_mm] * 2, box.columns_mm, [box.x2_mm] * 2])
    step = np.diff(np.concatenate([[0.0], row_mu[:1], row_mu, row_mu[-1:], [0.0]]))
    return x_mm, np.maximum(step, 0.0), np.maximum(-step, 0.0)


def _passage(
    points_mm: NDArray[np.float64], path_mm: NDArray[np.float64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """When a leaf passes each point: the share of time before, for a path that never turns back."""
    start, stop = path_mm[:-1, None], path_mm[1:, None]
    moved = np.where(stop > start, stop - start, 1.0)
    before = np.where(stop > start, np.clip((points_mm - start) / moved, 0.0, 1.0), points_mm > start)
    return np.asarray(np.diff(times) @ before)


def _require_reach(leaves: NDArray[np.float64], limits: MachineLimits) -> None:
    reach = float(np.abs(leaves).max())
    if reach > limits.reach_mm:
        raise BridgeError(
            f"leaves must stay within {limits.reach_mm:g} mm of the axis, the fluence wants {reach:.0f} mm"
        )
    span = float((leaves.max(axis=(0, 2)) - leaves.min(axis=(0, 2))).max())
    if span > limits.span_mm:
        raise BridgeError(
            f"leaves of a bank must stay within {limits.span_mm:g} mm of each other, the fluence wants {span:.0f} mm: "
            "make the field narrower or split it"
        )
