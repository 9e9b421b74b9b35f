"""Structure masks: which voxel centres lie inside the contours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.grid import Grid
from esapi_bridge.case.structure import Structure
from esapi_bridge.errors import RefusedError

PLANAR_TOLERANCE_MM = 0.1
"""Largest distance of a contour point from its plane, and of two contours on one plane; files round to 0.01 mm."""

GAP_MARGIN = 0.01
"""Fraction by which a step may fall short of two and still be a gap; covers rounded coordinates."""


def rasterise(structure: Structure, grid: Grid) -> NDArray[np.bool_]:
    """Find the voxels whose centre is inside a structure.

    Within a plane contours combine by even-odd filling (a ring has its hole, a keyhole too). Across planes each contour
    plane stands for the slab half-way to the next one; the first and last reach as far outwards as inwards.

    Parameters
    ----------
    structure
        Contours in LPS mm.
    grid
        Any grid whose slices (constant k) are parallel to the contour planes.

    Returns
    -------
    NDArray[np.bool_]
        Mask ``(z, y, x)``; a centre exactly on an edge belongs to one side only, so that structures sharing an edge
        share no voxel.

    Raises
    ------
    RefusedError
        If a contour is not parallel to the slices of the grid.
    """
    mask = np.zeros(grid.shape, dtype=np.bool_)
    planes = _planes(structure, grid)
    if not planes:
        return mask
    centres_mm = np.arange(grid.size[2]) * grid.spacing_mm[2]
    slabs = _slabs(np.array([height for height, _ in planes]), alone_mm=grid.spacing_mm[2])
    for (_, polygons), (bottom_mm, top_mm) in zip(planes, slabs, strict=True):
        slices = np.flatnonzero((centres_mm >= bottom_mm) & (centres_mm < top_mm))
        if slices.size:
            mask[slices] = _fill(polygons, (grid.size[1], grid.size[0]))
    return mask


def _planes(structure: Structure, grid: Grid) -> list[tuple[float, list[NDArray[np.float64]]]]:
    """Group contours by plane: height above slice 0 (mm) and polygons in (i, j) index coordinates, lowest first."""
    found: list[tuple[float, NDArray[np.float64]]] = []
    for contour in structure.contours_mm:
        if len(contour) < 3:  # a point or a line encloses nothing
            continue
        index = grid.to_index(contour)
        heights = index[:, 2] * grid.spacing_mm[2]
        spread = float(np.ptp(heights))
        if spread > 2 * PLANAR_TOLERANCE_MM:
            raise RefusedError(
                f"structure {structure.number}: contours must be parallel to the slices of the grid within "
                f"{PLANAR_TOLERANCE_MM} mm, found one that crosses {spread:.2f} mm"
            )
        found.append((float(heights.mean()), index[:, :2]))
    planes: list[tuple[float, list[NDArray[np.float64]]]] = []
    for height, polygon in sorted(found, key=lambda item: item[0]):
        if planes and height - planes[-1][0] <= PLANAR_TOLERANCE_MM:
            planes[-1][1].append(polygon)
        else:
            planes.append((height, [polygon]))
    return planes


def _slabs(heights_mm: NDArray[np.float64], alone_mm: float) -> list[tuple[float, float]]:
    """Bottom and top of the slab each plane stands for, mm; a plane with no neighbour stands for `alone_mm`.

    The smallest step between planes is taken as the contouring's; two or more of it are a gap in the structure.
    """
    steps = np.diff(heights_mm)
    usual = float(steps.min()) if steps.size else alone_mm
    joined = steps < 2 * usual * (1 - GAP_MARGIN)
    middles = heights_mm[:-1] + steps / 2
    tops = [*np.where(joined, middles, heights_mm[:-1] + usual / 2), heights_mm[-1] + usual / 2]
    bottoms = [heights_mm[0] - usual / 2, *np.where(joined, middles, heights_mm[1:] - usual / 2)]
    return list(zip(bottoms, tops, strict=True))


def _fill(polygons: list[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Fill polygons by even-odd parity at pixel centres.

    Along each row every edge crossed flips inside and outside; drawing libraries instead also paint the pixels that an
    edge touches, which makes every structure half a pixel too large.
    """
    rows, columns = shape
    flips = np.zeros((rows, columns + 1), dtype=np.int64)
    for polygon in polygons:
        x0, y0 = polygon.T
        x1, y1 = np.roll(polygon, -1, axis=0).T
        # Rows first <= row < last are crossed: half-open, so that a vertex on a row counts once.
        first = np.clip(np.ceil(np.minimum(y0, y1)), 0, rows).astype(np.int64)
        last = np.clip(np.ceil(np.maximum(y0, y1)), 0, rows).astype(np.int64)
        crossings = last - first
        edge = np.repeat(np.arange(len(polygon)), crossings)
        row = np.arange(crossings.sum()) - np.repeat(np.cumsum(crossings) - crossings, crossings) + first[edge]
        x = x0[edge] + (row - y0[edge]) * (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
        np.add.at(flips, (row, np.clip(np.ceil(x), 0, columns).astype(np.int64)), 1)
    return np.asarray(np.cumsum(flips, axis=1)[:, :columns] % 2 == 1)
