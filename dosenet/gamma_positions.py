"""Where the search for gamma looks around a voxel, and how much the evaluated dose can change on the way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = 10
"""Search steps in one distance to agreement, as Wendling et al. (Med. Phys. 34 (2007) 1647) recommend."""


def shell(radius: float, step: float, dimensions: int) -> Floats:
    """Points at `radius` around the origin, about `step` apart, ``(n, dimensions)``: where `pymedphys.gamma` looks."""
    if dimensions == 1:
        return np.array([[radius], [-radius]])
    if dimensions == 2:
        turn = np.linspace(0, 2 * np.pi, int(np.ceil(2 * np.pi * radius / step)) + 1, endpoint=False)
        return radius * np.column_stack([np.cos(turn), np.sin(turn)])
    rings = [np.array([[0.0, 0.0, radius]])]
    for polar in np.linspace(0, np.pi, int(np.ceil(np.pi * radius / step)) + 1)[1:-1]:
        ring = shell(radius * np.sin(polar), step, 2)
        rings.append(np.column_stack([ring, np.full(len(ring), radius * np.cos(polar))]))
    return np.concatenate([*rings, [[0.0, 0.0, -radius]]])


def positions(
    distance_mm: float, limit: float, spacing_mm: tuple[float, ...], searched: tuple[bool, ...]
) -> tuple[Floats, NDArray[np.int64]]:
    """Where to look: on shells a tenth of the distance to agreement apart, nearer than `limit` times that distance.

    Parameters
    ----------
    distance_mm
        Distance to agreement, mm.
    limit
        Largest gamma of interest.
    spacing_mm
        Of the evaluated dose along (z, y, x), mm.
    searched
        Along which of (z, y, x) positions leave the reference point.

    Returns
    -------
    offset
        From the reference point along (z, y, x), voxels of the evaluated dose, ``(n, 3)``, shell by shell.
    first
        First position of each shell and, last, the number of positions, ``(shells + 1,)``.
    """
    axes = np.flatnonzero(searched)
    step, shells = distance_mm / STEPS, [np.zeros((1, axes.size))]
    while axes.size and len(shells) / STEPS < limit:
        shells.append(shell(len(shells) * step, step, axes.size))
    offset = np.zeros((sum(map(len, shells)), 3))
    offset[:, axes] = np.concatenate(shells) / np.asarray(spacing_mm)[axes]
    offset[np.abs(offset) < 1e-9] = 0.0  # a sine of pi is not quite 0, and would leave the outermost voxels' faces
    return offset, np.cumsum([0, *map(len, shells)])


def steepest(values: NDArray[np.float32], spacing_mm: tuple[float, ...], half: tuple[int, ...]) -> NDArray[np.float32]:
    """Bound the slope of linearly interpolated values around each voxel, per mm, ``(z, y, x)``.

    Parameters
    ----------
    values
        ``(z, y, x)``.
    spacing_mm
        Along (z, y, x), mm.
    half
        Voxels to each side of it that count along (z, y, x).
    """
    squared = np.zeros(values.shape, np.float32)
    for axis, spacing in enumerate(spacing_mm):
        change = np.abs(np.diff(values, axis=axis)) / np.float32(spacing)
        side = [(0, 0), (0, 0), (0, 0)]
        side[axis] = (1, 1)
        change = np.pad(change, side)
        before, after = np.split(change, [1], axis)[1], np.split(change, [values.shape[axis]], axis)[0]
        squared += np.maximum(before, after) ** 2
    for axis, reach in enumerate(half):
        side = [(0, 0), (0, 0), (0, 0)]
        side[axis] = (reach, reach)
        squared, done = np.moveaxis(np.pad(squared, side), axis, 0), 1
        while done < 2 * reach + 1:
            more = min(done, 2 * reach + 1 - done)
            squared, done = np.maximum(squared[:-more], squared[more:]), done + more
        squared = np.moveaxis(squared, 0, axis)
    slope: NDArray[np.float32] = np.ascontiguousarray(np.sqrt(squared))
    return slope
