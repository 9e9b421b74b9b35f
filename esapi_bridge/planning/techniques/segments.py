"""Step and shoot: an optimal fluence in equal levels, swept across in segments of equal monitor units.

Each pair's profile is rounded to whole levels. The k-th segment is open from where the profile rises for the k-th time
to where it falls for the k-th time (Bortfeld et al., Int J Radiat Oncol Biol Phys 28 (1994) 723): segments together
give the rounded profile exactly, and there are as many as the pair with most modulation rises.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, ControlPoint, Technique
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.leaf_sequencing import PARKED_MM, fitted_jaws, require_reach
from esapi_bridge.planning.mlc import MILLENNIUM_120, MachineLimits

LEVELS = 5
"""Levels of a fluence, from zero to its maximum."""


def step_and_shoot(
    beam: Beam, mu_per_fluence: float, *, levels: int = LEVELS, limits: MachineLimits = MILLENNIUM_120
) -> Beam:
    """Find segments that deliver the optimal fluence of a beam, taken as that of one fraction, in equal levels.

    Parameters
    ----------
    beam
        A beam with an optimal fluence; its other geometry is kept. Jaws are fitted to the fluence.
    mu_per_fluence
        Monitor units for fluence 1, see `esapi_bridge.planning.physics.fluence_unit.mu_per_fluence`.
    levels
        Number of levels between zero and the highest fluence of a pair.
    limits
        The machine.

    Returns
    -------
    Beam
        Dynamic, two control points a segment: the same leaves at both, and the beam off while they move to the next.

    Raises
    ------
    BridgeError
        If there is no fluence, or it cannot be delivered within the limits of the machine.
    """
    fluence = beam.fluence
    if fluence is None:
        raise BridgeError("segments need an optimal fluence, found none: set one")
    jaws = fitted_jaws(fluence, limits)
    x_mm, y_mm = fluence.centres_mm
    pair = np.searchsorted(limits.boundaries_mm, y_mm) - 1
    profiles = np.zeros((len(limits.boundaries_mm) - 1, x_mm.size))
    for number in np.unique(pair[(pair >= 0) & (pair < len(profiles))]):
        rows = (pair == number) & (y_mm > jaws.y1_mm) & (y_mm < jaws.y2_mm)
        if rows.any():
            profiles[number] = np.asarray(fluence.values)[rows].mean(axis=0)
    level = float(profiles.max()) / levels
    if not level > 0:
        raise BridgeError("the optimal fluence must lie within the leaves and the jaws, found all of it outside")
    whole = np.rint(profiles / level).astype(int)
    edges_mm = np.append(x_mm, x_mm[-1] + fluence.spacing_mm) - fluence.spacing_mm / 2
    shapes: list[NDArray[np.float64]] = []
    for columns in _carriages(whole, fluence.spacing_mm, limits):
        part = np.zeros_like(whole)
        part[:, columns] = whole[:, columns]
        # Closed pairs of the last of several carriage positions wait behind the X2 jaw, as in a sliding window.
        last = columns.start > 0
        parked_mm = jaws.x2_mm + PARKED_MM if last else jaws.x1_mm - PARKED_MM
        found = _segments(part, edges_mm, parked_mm)
        require_reach(found, limits)
        shapes.extend(found)
    first = beam.control_points[0]
    return replace(
        beam,
        technique=Technique.DYNAMIC,
        meterset_mu=level * mu_per_fluence * len(shapes),
        control_points=tuple(
            ControlPoint(weight, first.gantry_deg, first.collimator_deg, first.couch_deg, jaws, leaves)
            for number, leaves in enumerate(shapes)
            for weight in (number / len(shapes), (number + 1) / len(shapes))
        ),
        mlc_boundaries_mm=limits.boundaries_mm,
    )


def _carriages(whole: NDArray[np.int64], step_mm: float, limits: MachineLimits) -> list[slice]:
    """Columns that one position of the carriages covers each; they abut."""
    used = np.flatnonzero(whole.any(axis=0))
    usable = int((limits.span_mm - 2 * PARKED_MM) / step_mm)
    count = -(-len(range(used[0], used[-1] + 1)) // usable)
    ends = np.round(np.linspace(used[0], used[-1] + 1, count + 1)).astype(int)
    return [slice(0 if n == 0 else int(ends[n]), int(ends[n + 1])) for n in range(count)]


def _segments(whole: NDArray[np.int64], edges_mm: NDArray[np.float64], parked_mm: float) -> NDArray[np.float64]:
    """Leaves ``(segments, 2, pairs)`` that sweep profiles of whole levels ``(pairs, columns)``."""
    steps = np.diff(np.pad(whole, ((0, 0), (1, 1))), axis=1)
    rises = [np.repeat(edges_mm, np.maximum(row, 0)) for row in steps]
    falls = [np.repeat(edges_mm, np.maximum(-row, 0)) for row in steps]
    count = max(len(row) for row in rises)
    leaves = np.full((count, 2, len(whole)), parked_mm)
    for pair, (left, right) in enumerate(zip(rises, falls, strict=True)):
        leaves[: len(left), 0, pair], leaves[: len(left), 1, pair] = left, right
    return leaves
