"""Sliding-window leaf motion from an optimal fluence.

Both leaves of a pair move towards +X while the beam is on. A point is open from the passage of the leading leaf (bank
X2) to that of the trailing one (bank X1), so that its exposure is the difference of the two passage times. Where the
wanted exposure rises the leading leaf goes as fast as it may and the trailing one lags, where it falls the reverse:
the shortest delivery (Spirou and Chui, Med Phys 21 (1994) 1031; Stein et al., Radiother Oncol 32 (1994) 163).

The leaves of a bank sit on a carriage and reach only so far from each other. A wider fluence is delivered in several
carriage groups, one window after the other in the same beam: the groups overlap, the share of each falling linearly to
nothing across the overlap, and the carriages move while the beam is off, between two control points of equal meterset.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, ControlPoint, FluenceMap, Jaws, Technique
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.mlc import MILLENNIUM_120, MachineLimits

CONTROL_POINTS = 166
"""Of each carriage group, equally spaced in meterset; finer than the 92 to 103 of an exported sliding-window plan."""

PARKED_MM = 5.0
"""How far beside the fluence pairs that take no part are closed: behind the X1 jaw, where that was fitted; in the last
of several carriage groups behind the X2 jaw."""

FEATHER_MM = 20.0
"""How far two carriage groups overlap: wide enough that a leaf half a millimetre off leaves no line of its own."""


@dataclass(frozen=True)
class LeafMotion:
    """Leaf motion and monitor units that deliver a fluence.

    Parameters
    ----------
    beam
        The beam with jaws, control points, leaves and meterset filled in.
    wanted_mu, delivered_mu
        ``(pairs, columns)``: exposure wanted and given at the pixel columns of the fluence map by each leaf pair that
        takes part, the jaws left out of account.
    outside
        Share of the fluence that lies outside the jaws; above 0 only where they are fixed.
    carriage_groups
        Number of windows that share the fluence; 1 for a field that one position of the carriages covers.
    """

    beam: Beam
    wanted_mu: NDArray[np.float64]
    delivered_mu: NDArray[np.float64]
    outside: float
    carriage_groups: int = 1

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
        Monitor units for fluence 1, see `esapi_bridge.planning.physics.mu_per_fluence`.
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
    if not _row_weights(box, jaws, limits.boundaries_mm).any():
        raise BridgeError("the optimal fluence must lie within the leaves and the jaws, found all of it outside")
    groups = _carriage_groups(box, beam.fluence.spacing_mm, limits)
    parked = [max(jaws.x1_mm, box.x1_mm) - PARKED_MM] + [group.box.x1_mm - PARKED_MM for group in groups[1:]]
    if len(groups) > 1:
        parked[-1] = min(jaws.x2_mm, box.x2_mm) + PARKED_MM
    windows = [
        _window(group.box, jaws, mu_per_fluence, limits, parked_mm)
        for group, parked_mm in zip(groups, parked, strict=True)
    ]
    meterset = float(sum(window.times[-1] for window in windows))
    first = beam.control_points[0]
    points: list[ControlPoint] = []
    wanted = np.zeros((len(limits.boundaries_mm) - 1, box.columns_mm.size))
    delivered = np.zeros_like(wanted)
    begin = 0.0
    for group, window in zip(groups, windows, strict=True):
        require_reach(window.leaves, limits)
        wanted[:, group.columns] += window.wanted_mu
        delivered[:, group.columns] += window.delivered_mu
        points.extend(
            ControlPoint(float(weight), first.gantry_deg, first.collimator_deg, first.couch_deg, jaws, positions)
            for weight, positions in zip((begin + window.times) / meterset, window.leaves, strict=True)
        )
        begin += window.times[-1]
    done = replace(
        beam,
        technique=Technique.DYNAMIC,
        meterset_mu=meterset,
        control_points=tuple(points),
        mlc_boundaries_mm=limits.boundaries_mm,
    )
    taking_part = wanted.any(axis=1)
    return LeafMotion(done, wanted[taking_part], delivered[taking_part], _outside(box, jaws), len(groups))


@dataclass(frozen=True)
class _Group:
    """The share of a fluence delivered from one carriage position, and its columns in the whole map."""

    box: _Box
    columns: slice


@dataclass(frozen=True)
class _Window:
    """Motion of one carriage group: leaves ``(control points, 2, pairs)`` at times in MU; exposures by pair, column."""

    times: NDArray[np.float64]
    leaves: NDArray[np.float64]
    wanted_mu: NDArray[np.float64]
    delivered_mu: NDArray[np.float64]


def _carriage_groups(box: _Box, step_mm: float, limits: MachineLimits) -> list[_Group]:
    """Divide a fluence among as many carriage positions as it needs; with one it stays as it is."""
    columns = box.columns_mm.size
    usable = int((limits.span_mm - PARKED_MM - limits.gap_mm) / step_mm)
    if columns <= usable:
        return [_Group(box, slice(0, columns))]
    # Overlap of two groups: the ramp, and at either end a column in which one of them is down to nothing. Between
    # pixel centres the exposure is linear, so that the shares of the two add up to the whole everywhere.
    overlap = round(FEATHER_MM / step_mm) + 2
    count = int(np.ceil((columns - overlap) / (usable - overlap)))
    starts = np.round(np.linspace(0, columns - overlap, count + 1)).astype(int)
    ramp = np.linspace(0.0, 1.0, overlap)
    groups = []
    for number in range(count):
        begin, end = int(starts[number]), int(starts[number + 1]) + overlap
        share = np.ones(end - begin)
        if number > 0:
            share[:overlap] *= ramp
        if number < count - 1:
            share[-overlap:] *= ramp[::-1]
        x_mm = box.columns_mm[begin:end]
        part = _Box(
            box.values[:, begin:end] * share, x_mm, box.row_edges_mm,
            float(x_mm[0] - step_mm / 2), float(x_mm[-1] + step_mm / 2),
        )  # fmt: skip
        groups.append(_Group(part, slice(begin, end)))
    return groups


def _window(box: _Box, jaws: Jaws, mu_per_fluence: float, limits: MachineLimits, parked_mm: float) -> _Window:
    """Slide each pair with fluence across the box; the others stay closed at `parked_mm`."""
    weights = _row_weights(box, jaws, limits.boundaries_mm)
    moving = np.flatnonzero(weights.sum(axis=1) > 0)
    wanted = np.maximum(weights @ box.values, 0.0) * mu_per_fluence
    knots = [_passages(box, wanted[pair]) for pair in moving]
    width = box.x2_mm - box.x1_mm
    meterset = width / limits.speed_mm_mu + max((rise.sum() for _, rise, _ in knots), default=0.0)
    times = np.linspace(0.0, meterset, CONTROL_POINTS)
    leaves = np.full((CONTROL_POINTS, 2, len(limits.boundaries_mm) - 1), parked_mm)
    delivered = np.zeros_like(wanted)
    for pair, (x_mm, rise, fall) in zip(moving, knots, strict=True):
        # A pair with less to do goes slower, so that all arrive together and none waits with a gap open.
        pace = (meterset - rise.sum()) / width
        lead, trail = (np.concatenate([[0.0], np.cumsum(np.diff(x_mm) * pace + wait)]) for wait in (fall, rise))
        trailing = np.interp(times, trail, x_mm)
        leading = np.maximum(np.interp(times, lead, x_mm), trailing + limits.gap_mm)
        leaves[:, 0, pair], leaves[:, 1, pair] = trailing, leading
        delivered[pair] = _passage(box.columns_mm, trailing, times) - _passage(box.columns_mm, leading, times)
    return _Window(times, leaves, wanted, delivered)


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


def fitted_jaws(fluence: FluenceMap, limits: MachineLimits = MILLENNIUM_120) -> Jaws:
    """Fit jaws to a fluence, in whole millimetres.

    Raises
    ------
    BridgeError
        If there is no fluence, or it is larger than the jaws open.
    """
    return _fitted(_box(fluence), limits)


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
    """Share of the time until a leaf passes each point, for a path that never turns back."""
    start, stop = path_mm[:-1, None], path_mm[1:, None]
    moved = np.where(stop > start, stop - start, 1.0)
    before = np.where(stop > start, np.clip((points_mm - start) / moved, 0.0, 1.0), points_mm > start)
    return np.asarray(np.diff(times) @ before)


def require_reach(leaves: NDArray[np.float64], limits: MachineLimits) -> None:
    """Refuse leaves ``(control points, 2, pairs)``, mm, that a machine cannot reach from one carriage position.

    Raises
    ------
    BridgeError
        If a leaf is too far from the axis, or two of a bank are too far apart.
    """
    reach = float(np.abs(leaves).max())
    if reach > limits.reach_mm:
        raise BridgeError(
            f"leaves must stay within {limits.reach_mm:g} mm of the axis, the fluence wants {reach:.0f} mm"
        )
    span = float((leaves.max(axis=(0, 2)) - leaves.min(axis=(0, 2))).max())
    if span > limits.span_mm:
        raise BridgeError(
            f"leaves of a bank must stay within {limits.span_mm:g} mm of each other, the fluence wants {span:.0f} mm: "
            "open the jaws as far as the fluence reaches"
        )
