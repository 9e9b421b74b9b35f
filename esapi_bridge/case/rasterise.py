"""Structure masks: which voxel centres lie inside the contours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.grid import Grid
from esapi_bridge.case.planimetry import missed_volume
from esapi_bridge.case.slabs import Polygon, Solid, solid_of
from esapi_bridge.case.structure import Structure, UnusableStructureError

MOST_CROSSINGS = 1 << 20
"""Crossings of edges and rows that are in memory at once; a contour of many long edges has millions."""


def rasterise(structure: Structure, grid: Grid, slice_mm: float | None = None) -> NDArray[np.bool_]:
    """Find the voxels whose centre is inside a structure.

    Within a plane contours combine by even-odd filling (a ring has its hole, a keyhole too). `slabs` says how much of
    the height each plane stands for. The mask has the volume of the contours, see `missed_volume`.

    Parameters
    ----------
    structure
        Contours in LPS mm.
    grid
        Any grid whose slices (constant k) are parallel to the contour planes.
    slice_mm
        Distance of the CT slices that the structure was drawn on; None where that is not known.

    Returns
    -------
    NDArray[np.bool_]
        Mask ``(z, y, x)``; a centre exactly on an edge belongs to one side only, so that structures sharing an edge
        share no voxel.

    Raises
    ------
    UnusableStructureError
        If a contour is not parallel to the slices of the grid, or the mask misses the volume of the contours.
    """
    solid = solid_of(structure, grid.axes, slice_mm)
    mask = fill(solid, grid)
    fault = missed_volume(solid, mask, grid)
    if fault is not None:
        raise UnusableStructureError(structure.number, fault)
    return mask


def fill(solid: Solid, grid: Grid) -> NDArray[np.bool_]:
    """Fill slabs along the axes of a grid ``(z, y, x)``."""
    mask = np.zeros(grid.shape, dtype=np.bool_)
    corner, spacing = np.asarray(grid.origin_mm) @ grid.axes, np.asarray(grid.spacing_mm)
    centres_mm = corner[2] + np.arange(grid.size[2]) * spacing[2]
    for slab in solid.slabs:
        first, last = np.searchsorted(centres_mm, [slab.bottom_mm, slab.top_mm])
        if first == last:
            continue
        polygons = [(polygon - corner[:2]) / spacing[:2] for polygon in slab.polygons]
        # Only the box of the contours is looked at: most structures are small.
        low = np.clip(np.floor(np.min([p.min(axis=0) for p in polygons], axis=0)), 0, grid.size[:2]).astype(int)
        high = np.clip(np.ceil(np.max([p.max(axis=0) for p in polygons], axis=0)) + 1, low, grid.size[:2]).astype(int)
        filled = _fill([polygon - low for polygon in polygons], (high[1] - low[1], high[0] - low[0]))
        mask[first:last, low[1] : high[1], low[0] : high[0]] = filled
    return mask


def _fill(polygons: Sequence[Polygon], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Fill polygons, in pixel coordinates, by even-odd parity at pixel centres.

    Along each row every edge crossed flips inside and outside; drawing libraries instead also paint the pixels that an
    edge touches, which makes every structure half a pixel too large.
    """
    rows, columns = shape
    flips = np.zeros(rows * (columns + 1), dtype=np.int64)
    x0, y0 = np.concatenate(polygons).T
    x1, y1 = np.concatenate([np.roll(polygon, -1, axis=0) for polygon in polygons]).T
    # Rows first <= row < last are crossed: half-open, so that a vertex on a row counts once.
    first = np.clip(np.ceil(np.minimum(y0, y1)), 0, rows).astype(np.int64)
    crossings = np.clip(np.ceil(np.maximum(y0, y1)), 0, rows).astype(np.int64) - first
    for some in np.split(np.arange(len(x0)), _breaks(crossings)):
        count = crossings[some]
        edge = np.repeat(some, count)
        row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
        x = x0[edge] + (row - y0[edge]) * (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
        column = np.clip(np.ceil(x), 0, columns).astype(np.int64)
        flips += np.bincount(row * (columns + 1) + column, minlength=flips.size)
    inside: NDArray[np.bool_] = np.cumsum(flips.reshape(rows, columns + 1), axis=1)[:, :columns] % 2 == 1
    return inside


def _breaks(crossings: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where to part the edges so that each part has few enough crossings."""
    return np.flatnonzero(np.diff(np.cumsum(crossings) // MOST_CROSSINGS)) + 1
