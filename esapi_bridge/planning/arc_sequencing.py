"""Leaves of an arc from fluences at some of its angles: a simple sequencer, no optimisation of apertures.

An arc is divided into sectors. The fluence wanted from the middle of each is delivered as a sliding window while the
gantry crosses the sector; every second window runs backwards, so that leaves end a sector where the next one begins.
Speed of the gantry is left out: it is to turn as slowly as leaves and dose rate ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, ControlPoint, Jaws, Technique
from esapi_bridge.case.beam import turned_deg
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.leaf_sequencing import fitted_jaws, require_reach, sliding_window
from esapi_bridge.planning.mlc import MILLENNIUM_120, MachineLimits

SECTOR_DEG = 20.0
"""Widest sector. Wider ones smear what their fluences hold, narrower ones ask for more monitor units."""

POINT_DEG = 2.0
"""Widest distance of control points, as in exported VMAT plans."""


def arc_sectors(arc: Beam, widest_deg: float = SECTOR_DEG) -> tuple[Beam, ...]:
    """Beams with a still gantry in the middles of equal sectors of an arc, in the order of delivery; no fluence yet."""
    turn = turned_deg(arc.control_points)
    count = max(1, int(np.ceil(abs(turn) / widest_deg - 1e-6)))
    first = arc.control_points[0]
    return tuple(
        replace(
            arc,
            technique=Technique.STATIC,
            control_points=tuple(
                replace(first, meterset_weight=weight, gantry_deg=(first.gantry_deg + turn * (n + 0.5) / count) % 360.0)
                for weight in (0.0, 1.0)
            ),
            fluence=None,
        )
        for n in range(count)
    )


def sequence_arc(
    arc: Beam,
    sectors: Sequence[Beam],
    mu_per_fluence: float,
    *,
    fixed_jaws: bool = False,
    limits: MachineLimits = MILLENNIUM_120,
) -> Beam:
    """Find control points and monitor units of an arc that delivers the fluences of its sectors.

    Parameters
    ----------
    arc
        The arc; angles at its ends, and the way between them, are kept.
    sectors
        What `arc_sectors` gave, each with the optimal fluence of one fraction; a fluence of zero stays closed.
    mu_per_fluence
        Monitor units for fluence 1, see `esapi_bridge.planning.physics.mu_per_fluence`.
    fixed_jaws
        Keep the jaws of the arc; otherwise they are fitted to all fluences. They stand still either way.
    limits
        The machine; speed of the gantry aside.

    Raises
    ------
    BridgeError
        If there is no fluence, or it cannot be delivered within the limits of the machine.
    """
    fluences = [sector.fluence for sector in sectors if sector.fluence is not None and sector.fluence.values.any()]
    if not fluences:
        raise BridgeError("an arc needs the fluence of one sector at least, found none")
    jaws = arc.control_points[0].jaws if fixed_jaws else Jaws.around([fitted_jaws(f, limits) for f in fluences])
    steps = max(1, int(np.ceil(abs(turned_deg(arc.control_points)) / len(sectors) / POINT_DEG - 1e-6)))
    windows = [_window(sector, jaws, mu_per_fluence, steps, limits) for sector in sectors]
    metersets = [meterset for meterset, _ in windows]
    leaves = _joined([window for _, window in windows], limits.gap_mm)
    require_reach(leaves, limits)
    weights = np.concatenate([[0.0], np.cumsum(np.repeat(metersets, steps))])
    return replace(
        arc,
        technique=Technique.ARC,
        meterset_mu=float(sum(metersets)),
        control_points=_points(arc, weights / weights[-1], jaws, leaves),
        mlc_boundaries_mm=limits.boundaries_mm,
    )


def _window(
    sector: Beam, jaws: Jaws, mu_per_fluence: float, steps: int, limits: MachineLimits
) -> tuple[float, NDArray[np.float64] | None]:
    """Monitor units and leaves ``(steps + 1, 2, pairs)`` of one sector, None where it delivers nothing."""
    if sector.fluence is None or not sector.fluence.values.any():
        return 0.0, None
    still = replace(sector, control_points=tuple(replace(point, jaws=jaws) for point in sector.control_points))
    motion = sliding_window(still, mu_per_fluence, fixed_jaws=True, limits=limits)
    if motion.carriage_groups > 1:
        raise BridgeError(
            f"the fluence of an arc must be narrow enough for one position of the carriages, {limits.span_mm:g} mm, "
            "found a wider one: turn the collimator or divide the target"
        )
    fine = np.array([point.leaves_mm for point in motion.beam.control_points])
    # Points of the motion are equally spaced in meterset.
    at = np.linspace(0, len(fine) - 1, steps + 1)
    low = np.minimum(at.astype(int), len(fine) - 2)
    share = (at - low)[:, None, None]
    return motion.beam.meterset_mu, fine[low] * (1 - share) + fine[low + 1] * share


def _joined(windows: Sequence[NDArray[np.float64] | None], gap_mm: float) -> NDArray[np.float64]:
    """Leaves ``(control points, 2, pairs)`` of the whole arc; neighbouring sectors share a control point."""
    given = [window for window in windows if window is not None]
    moves = [(window[:, 1] > window[:, 0]).any(axis=0) for window in given]
    ever = np.any(moves, axis=0)
    parked_mm = min(float(window[:, 0].min()) for window in given)
    begin = np.min([window[0, 0, used].min() for window, used in zip(given, moves, strict=True)])
    end = np.max([window[-1, 0, used].max() for window, used in zip(given, moves, strict=True)])
    parts = []
    for number, window in enumerate(windows):
        # Pairs that only other sectors use go along closed.
        part = np.repeat(np.linspace(begin, end, len(given[0]))[:, None, None], 2, axis=1).repeat(ever.size, axis=2)
        part[:, 1] += gap_mm
        part[:, :, ~ever] = parked_mm
        if window is not None:
            used = (window[:, 1] > window[:, 0]).any(axis=0)
            part[:, :, used] = window[:, :, used]
        parts.append(part[::-1] if number % 2 else part)
    middles = [(before[-1] + after[0])[None] / 2 for before, after in pairwise(parts)]
    pieces = [parts[0][:1]]
    for number, part in enumerate(parts):
        pieces += [part[1:-1], middles[number] if number < len(middles) else part[-1:]]
    return np.concatenate(pieces)


def _points(
    arc: Beam, weights: NDArray[np.float64], jaws: Jaws, leaves: NDArray[np.float64]
) -> tuple[ControlPoint, ...]:
    first, turn = arc.control_points[0], turned_deg(arc.control_points)
    gantry_deg = (first.gantry_deg + turn * np.linspace(0.0, 1.0, len(leaves))) % 360.0
    return tuple(
        ControlPoint(float(weight), float(angle), first.collimator_deg, first.couch_deg, jaws, positions)
        for weight, angle, positions in zip(weights, gantry_deg, leaves, strict=True)
    )
