"""Sliding-window leaf motion from an optimal fluence.

Both leaves of a pair move towards +X while the beam is on. A point is open from the passage of the leading leaf (bank
X2) to that of the trailing one (bank X1), so that its exposure is the difference of the two passage times. Where the
wanted exposure rises the leading leaf goes as fast as it may and the trailing one lags, where it falls the reverse:
the shortest delivery (Spirou and Chui, Med Phys 21 (1994) 1031; Stein et al., Radiother Oncol 32 (1994) 163).

The leaves of a bank sit on a carriage and reach only so far from each other. A wider fluence is delivered in several
carriage groups, one window after the other in the same beam: the groups overlap, the share of each falling linearly to
nothing across the overlap, and the carriages move while the beam is off, between two control points of equal meterset.
Each group has jaws of its own, as in Eclipse's plans, so that what it does not reach is not leaked upon.

Leaves let some fluence through. What passes them during the whole beam is taken off the wanted exposure beforehand,
tips are set nearer to each other by the dosimetric leaf gap, and what is lost where neighbouring leaves overlap is
added over the whole width of the leaf. Less than what passes cannot be delivered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, ControlPoint, FluenceMap, Jaws, Technique
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.mlc import MILLENNIUM_120, Leakage, MachineLimits

CONTROL_POINTS = 166
"""Of each carriage group, equally spaced in meterset; finer than the 92 to 103 of an exported sliding-window plan."""

PARKED_MM = 5.0
"""How far beside the fluence pairs that take no part are closed: behind the X1 jaw, where that was fitted; in the last
of several carriage groups behind the X2 jaw."""

FEATHER_MM = 20.0
"""How far two carriage groups overlap: wide enough that a leaf half a millimetre off leaves no line of its own."""


ROUNDS = 8
"""Of leaf motion, what leaves let through meanwhile, and leaf motion for the rest; each changes a tenth as much."""


@dataclass(frozen=True)
class LeafMotion:
    """Leaf motion and monitor units that deliver a fluence.

    Parameters
    ----------
    beam
        The beam with jaws, control points, leaves and meterset filled in.
    wanted_mu, delivered_mu
        ``(pairs, columns)``: exposure wanted and given at the pixel columns of the fluence map by each leaf pair that
        takes part, on average over its width and with the jaws left out of account.
    least_mu
        Least exposure of a point that a pair crosses: what passes closed leaves during the whole beam, and what the
        smallest gap gives at full speed. Where less is wanted, it cannot be delivered.
    outside
        Share of the fluence that lies outside the jaws; above 0 only where they are fixed.
    carriage_groups
        Number of windows that share the fluence; 1 for a field that one position of the carriages covers.
    """

    beam: Beam
    wanted_mu: NDArray[np.float64]
    delivered_mu: NDArray[np.float64]
    least_mu: float
    outside: float
    carriage_groups: int = 1

    @property
    def worst(self) -> float:
        """Largest difference of exposure, as a share of the largest wanted exposure."""
        return float(np.abs(self.delivered_mu - self.wanted_mu).max() / self.wanted_mu.max())

    @property
    def mean(self) -> float:
        """Mean difference of exposure, as a share of the largest wanted exposure."""
        return float(np.abs(self.delivered_mu - self.wanted_mu).mean() / self.wanted_mu.max())


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
        Keep the jaws; otherwise they are fitted to the fluence, or to what each carriage group delivers of it, in whole
        millimetres. They stand still while the beam is on either way.
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
    leakage = limits.leakage(beam.energy_label)
    jaws = beam.widest_jaws if fixed_jaws else _fitted(box, limits)
    weights = _row_weights(box, jaws, limits.boundaries_mm)
    if not weights.any():
        raise BridgeError("the optimal fluence must lie within the leaves and the jaws, found all of it outside")
    wanted = np.maximum(weights @ box.values, 0.0) * mu_per_fluence
    groups = _carriage_groups(box, beam.fluence.spacing_mm, limits, leakage)
    parked = [max(jaws.x1_mm, box.x1_mm) - PARKED_MM] + [group.x1_mm - PARKED_MM for group in groups[1:]]
    if len(groups) > 1:
        parked[-1] = min(jaws.x2_mm, box.x2_mm) + PARKED_MM
    overlaps = _overlaps(jaws, limits.boundaries_mm, leakage)
    group_jaws = [jaws if fixed_jaws else _jaws_of_group(group, jaws, limits) for group in groups]
    shown = np.ones((len(groups), box.columns_mm.size)) if fixed_jaws else _shown(group_jaws, box.columns_mm)
    free = [wanted[:, group.columns] * group.share for group in groups]
    for _ in range(ROUNDS):
        paths = [
            _paths(group, exposure, of_group, limits, leakage, parked_mm)
            for group, exposure, of_group, parked_mm in zip(groups, free, group_jaws, parked, strict=True)
        ]
        metersets = np.array([path.meterset_mu for path in paths])
        transmitted = leakage.transmission * metersets @ shown
        rest = np.maximum(wanted - transmitted, 0.0) / (1.0 - leakage.transmission)
        free = [
            rest[:, group.columns] * group.share + _lost(path.lead_mu, path.trail_mu, overlaps)
            for group, path in zip(groups, paths, strict=True)
        ]
    if not rest.any():
        raise BridgeError(
            f"the optimal fluence must be more than what closed leaves let through, {leakage.transmission:.1%} of the "
            f"meterset, found {wanted.max() / mu_per_fluence:.3g} at most"
        )
    windows = [
        _window(group, path, overlaps, limits, leakage, parked_mm)
        for group, path, parked_mm in zip(groups, paths, parked, strict=True)
    ]
    meterset = float(metersets.sum())
    first = beam.control_points[0]
    points: list[ControlPoint] = []
    delivered = np.tile(transmitted, (len(wanted), 1))
    begin = 0.0
    for group, window, of_group in zip(groups, windows, group_jaws, strict=True):
        require_reach(window.leaves, limits)
        delivered[:, group.columns] += (1.0 - leakage.transmission) * window.delivered_mu
        points.extend(
            ControlPoint(float(weight), first.gantry_deg, first.collimator_deg, first.couch_deg, of_group, positions)
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
    used = wanted.any(axis=1)
    sweep_mu = (limits.gap_mm + leakage.leaf_gap_mm) / limits.speed_mm_mu
    least = float(transmitted.max()) + (1.0 - leakage.transmission) * sweep_mu
    return LeafMotion(done, wanted[used], delivered[used], least, _outside(box, jaws), len(groups))


@dataclass(frozen=True)
class _Group:
    """One carriage position: its columns in the whole map, and the share of the exposure there that it delivers."""

    columns: slice
    share: NDArray[np.float64]
    columns_mm: NDArray[np.float64]
    x1_mm: float
    x2_mm: float


@dataclass(frozen=True)
class _Window:
    """Motion of one carriage group: leaves ``(control points, 2, pairs)`` at times in MU; exposure by pair, column."""

    times: NDArray[np.float64]
    leaves: NDArray[np.float64]
    delivered_mu: NDArray[np.float64]


def _carriage_groups(box: _Box, step_mm: float, limits: MachineLimits, leakage: Leakage) -> list[_Group]:
    """Divide a fluence among as many carriage positions as it needs; with one it stays as it is."""
    columns = box.columns_mm.size
    usable = int((limits.span_mm - PARKED_MM - limits.gap_mm - leakage.leaf_gap_mm / 2) / step_mm)
    if columns <= usable:
        return [_Group(slice(0, columns), np.ones(columns), box.columns_mm, box.x1_mm, box.x2_mm)]
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
        groups.append(
            _Group(slice(begin, end), share, x_mm, float(x_mm[0] - step_mm / 2), float(x_mm[-1] + step_mm / 2))
        )
    return groups


def _jaws_of_group(group: _Group, jaws: Jaws, limits: MachineLimits) -> Jaws:
    """The jaws of a whole field, closed as far as a group leaves them to."""
    return limits.jaws_around(max(group.x1_mm, jaws.x1_mm), min(group.x2_mm, jaws.x2_mm), jaws.y1_mm, jaws.y2_mm)


def _shown(jaws: Sequence[Jaws], columns_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Which columns ``(group, column)`` lie between the jaws of each group: 1, or 0."""
    return np.array([(columns_mm > of_group.x1_mm) & (columns_mm < of_group.x2_mm) for of_group in jaws], dtype=float)


@dataclass(frozen=True)
class _Paths:
    """Where the pairs of a group go: knots of each, mm, and when its leaves pass them, MU.

    `lead_mu` and `trail_mu` ``(pairs, columns)`` are when they pass the columns of the fluence; 0 for pairs at rest.
    """

    meterset_mu: float
    of_pair: Mapping[int, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]
    lead_mu: NDArray[np.float64]
    trail_mu: NDArray[np.float64]


def _paths(
    group: _Group,
    exposure_mu: NDArray[np.float64],
    jaws: Jaws,
    limits: MachineLimits,
    leakage: Leakage,
    parked_mm: float,
) -> _Paths:
    """Find the way of each pair with an exposure ``(pairs, columns)`` to give."""
    x_mm, rises, falls = _passages(group, exposure_mu)
    meterset = float((group.x2_mm - group.x1_mm) / limits.speed_mm_mu + rises.sum(axis=1).max())
    found = {
        int(pair): _path(x_mm, rises[pair], falls[pair], meterset, jaws, limits, leakage, parked_mm)
        for pair in np.flatnonzero(exposure_mu.any(axis=1))
    }
    lead, trail = np.zeros_like(exposure_mu), np.zeros_like(exposure_mu)
    for pair, (knots_mm, lead_mu, trail_mu) in found.items():
        lead[pair] = np.interp(group.columns_mm, knots_mm, lead_mu)
        trail[pair] = np.interp(group.columns_mm, knots_mm, trail_mu)
    return _Paths(meterset, found, lead, trail)


def _window(
    group: _Group,
    paths: _Paths,
    overlaps: NDArray[np.float64],
    limits: MachineLimits,
    leakage: Leakage,
    parked_mm: float,
) -> _Window:
    """Control points of a group; pairs that take no part stay closed at `parked_mm`."""
    tip_mm = leakage.leaf_gap_mm / 2
    times = np.linspace(0.0, paths.meterset_mu, CONTROL_POINTS)
    leaves = np.full((CONTROL_POINTS, 2, len(paths.lead_mu)), parked_mm)
    begin, end = np.zeros_like(paths.lead_mu), np.zeros_like(paths.lead_mu)
    for pair, (knots_mm, lead, trail) in paths.of_pair.items():
        # A point is open from half a leaf gap before the leading tip passes it until half a gap after the trailing one.
        trailing, leading = np.interp(times, trail, knots_mm) + tip_mm, np.interp(times, lead, knots_mm) - tip_mm
        middle = (trailing + leading) / 2
        trailing = np.minimum(trailing, middle - limits.gap_mm / 2)
        leading = np.maximum(leading, middle + limits.gap_mm / 2)
        leaves[:, 0, pair], leaves[:, 1, pair] = trailing, leading
        begin[pair] = _passage(group.columns_mm, leading + tip_mm, times)
        end[pair] = _passage(group.columns_mm, trailing - tip_mm, times)
    return _Window(times, leaves, end - begin - _lost(begin, end, overlaps))


def _overlaps(jaws: Jaws, boundaries_mm: NDArray[np.float64], leakage: Leakage) -> NDArray[np.float64]:
    """Share ``(pairs, 2)`` of a pair's width between the jaws where it overlaps the pair before and the one after."""
    low, high = np.maximum(boundaries_mm[:-1], jaws.y1_mm), np.minimum(boundaries_mm[1:], jaws.y2_mm)
    share = leakage.tongue_mm / np.where(high > low, high - low, np.inf)
    joint = (boundaries_mm > jaws.y1_mm) & (boundaries_mm < jaws.y2_mm)
    return share[:, None] * np.stack([joint[:-1], joint[1:]], axis=1)


def _lost(
    begin_mu: NDArray[np.float64], end_mu: NDArray[np.float64], overlaps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Exposure that pairs, open from `begin_mu` to `end_mu` ``(pairs, columns)``, lose by overlap, mean of a pair."""
    both = np.maximum(np.minimum(end_mu[1:], end_mu[:-1]) - np.maximum(begin_mu[1:], begin_mu[:-1]), 0.0)
    alone = end_mu - begin_mu
    lost = np.zeros_like(alone)
    lost[1:] += overlaps[1:, :1] * (alone[1:] - both)
    lost[:-1] += overlaps[:-1, 1:] * (alone[:-1] - both)
    return lost


def _path(
    x_mm: NDArray[np.float64],
    rise_mu: NDArray[np.float64],
    fall_mu: NDArray[np.float64],
    meterset_mu: float,
    jaws: Jaws,
    limits: MachineLimits,
    leakage: Leakage,
    parked_mm: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Places of a pair, mm, and when its leading and its trailing leaf get there, MU.

    A pair with less to do than others goes slower, but not where the smallest gap would then give more than is wanted.
    What time is left after that it waits behind a jaw; where none is near, it goes slower all the way.
    """
    smallest_mm = limits.gap_mm + leakage.leaf_gap_mm
    fastest = 1.0 / limits.speed_mm_mu
    way_mm = np.diff(x_mm)
    wanted = np.concatenate([[0.0], np.cumsum(rise_mu - fall_mu)])
    slowest = np.maximum(fastest, np.minimum(wanted[:-1], wanted[1:]) / smallest_mm)
    paces = np.sort(np.append(slowest, fastest))
    takes_mu = np.minimum(paces[:, None], slowest) @ way_mm
    left_mu = meterset_mu - float(rise_mu.sum())
    way_mu = way_mm * np.minimum(np.interp(left_mu, takes_mu, paces), slowest)
    spare_mu = left_mu - float(way_mu.sum())
    before, after = parked_mm + smallest_mm <= jaws.x1_mm, parked_mm - smallest_mm >= jaws.x2_mm
    aside_mu = abs(parked_mm - (x_mm[0] if before else x_mm[-1])) * fastest
    waits = spare_mu > aside_mu and (before or after)
    if not waits:
        way_mu *= left_mu / way_mu.sum()
    lead, trail = (np.concatenate([[0.0], np.cumsum(way_mu + wait)]) for wait in (fall_mu, rise_mu))
    if waits and before:
        start = np.array([0.0, spare_mu - aside_mu])
        return (
            np.concatenate([[parked_mm] * 2, x_mm]),
            np.concatenate([start, lead + spare_mu]),
            np.concatenate([start, trail + spare_mu]),
        )
    if waits:
        return (
            np.append(x_mm, parked_mm),
            np.append(lead, lead[-1] + aside_mu),
            np.append(trail, trail[-1] + aside_mu),
        )
    return x_mm, lead, trail


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
    group: _Group, exposure_mu: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Knots of exposure profiles ``(pairs, columns)``, mm, and how much each rises and falls between them, MU.

    Linear between pixel centres, constant in the outer half pixels, zero outside the group.
    """
    x_mm = np.concatenate([[group.x1_mm] * 2, group.columns_mm, [group.x2_mm] * 2])
    step = np.diff(np.pad(np.pad(exposure_mu, ((0, 0), (1, 1)), mode="edge"), ((0, 0), (1, 1))))
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
