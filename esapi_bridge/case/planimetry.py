"""Volume of a structure from its contours alone, and whether a mask has it.

Areas are those of the shoelace formula: independent of what fills masks. Of several contours on a plane one that lies
within an odd number of others is a hole, the rest counts: for contours that do not cross each other this is even-odd
filling. Contours that do cross, or that cross themselves, have another area here than in a mask, which shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.grid import Grid
from esapi_bridge.case.slabs import Polygon, Slab, Solid, enclosed, inner_points

Box = NDArray[np.float64]
"""Lowest and highest corner ``(2, 3)`` along the axes of a `Solid`, mm."""


@dataclass(frozen=True)
class _Part:
    """The part of a slab within a box: height, area, and how far its outline goes along the first and second axis."""

    height_mm: float
    area_mm2: float
    along_mm: NDArray[np.float64]


def volume_mm3(solid: Solid, box: Box | None = None) -> float:
    """Volume of a structure, or of its part within a box, mm3."""
    return sum(part.area_mm2 * part.height_mm for part in _parts(solid, box))


def box_of(grid: Grid) -> Box:
    """Outer faces of a lattice along its own axes."""
    middle = np.asarray(grid.origin_mm) @ grid.axes
    spacing = np.asarray(grid.spacing_mm)
    return np.stack([middle - spacing / 2, middle + (np.asarray(grid.size) - 0.5) * spacing])


def missed_volume(solid: Solid, mask: NDArray[np.bool_], grid: Grid) -> str | None:
    """Compare the volume of a mask with that of the contours, as far as they lie on its lattice.

    Allowed is what voxel centres can miss: half a voxel along every axis over the outline, as projected on that axis.

    Parameters
    ----------
    solid
        Contours along the axes of `grid`.
    mask
        ``(z, y, x)`` on `grid`.
    grid
        The lattice.

    Returns
    -------
    str or None
        What was expected and found; None where they agree.
    """
    parts = _parts(solid, box_of(grid))
    expected = sum(part.area_mm2 * part.height_mm for part in parts)
    found = float(np.count_nonzero(mask)) * grid.voxel_volume_mm3
    step_x, step_y, step_z = grid.spacing_mm
    side = sum(float(part.along_mm @ (step_y, step_x)) * part.height_mm for part in parts)
    areas = [0.0, *(part.area_mm2 for part in parts), 0.0]
    caps = sum(abs(other - one) for one, other in pairwise(areas)) * step_z
    allowed = (side + caps) / 2 + grid.voxel_volume_mm3
    if abs(found - expected) <= allowed:
        return None
    return (
        f"its mask must have the volume of its contours, {expected / 1000:.2f} cm3 by planimetry within "
        f"{allowed / 1000:.2f} cm3, found {found / 1000:.2f} cm3: look for contours that cross"
    )


def _parts(solid: Solid, box: Box | None) -> list[_Part]:
    return [_part(slab, box) for slab in solid.slabs]


def _part(slab: Slab, box: Box | None) -> _Part:
    low, high = (-np.inf, np.inf) if box is None else box[:, 2]
    height = max(0.0, min(slab.top_mm, high) - max(slab.bottom_mm, low))
    area, along = 0.0, np.zeros(2)
    if height > 0:
        for polygon, sign in zip(slab.polygons, _signs(slab.polygons), strict=True):
            cut = polygon if box is None else _cut(polygon, box[:, :2])
            if len(cut):
                steps = np.roll(cut, -1, axis=0) - cut
                x, y = (cut - cut[0]).T
                area += sign * abs(float((x * steps[:, 1] - y * steps[:, 0]).sum())) / 2
                along += np.abs(steps).sum(axis=0)
    return _Part(height, area, along)


def _signs(polygons: Sequence[Polygon]) -> list[int]:
    """1 for contours that enclose an area, -1 for holes."""
    if len(polygons) == 1:
        return [1]
    low = np.array([polygon.min(axis=0) for polygon in polygons])
    high = np.array([polygon.max(axis=0) for polygon in polygons])
    boxed = np.count_nonzero((low[:, None] >= low).all(axis=2) & (high[:, None] <= high).all(axis=2), axis=1) > 1
    signs = np.ones(len(polygons), dtype=int)
    if boxed.any():
        inner = [polygon for polygon, within in zip(polygons, boxed.tolist(), strict=True) if within]
        points = [inner_points(polygon) for polygon in inner]
        own = [enclosed([polygon], some) for polygon, some in zip(inner, points, strict=True)]
        # Within an odd number of the others: by the edges of all, less those of its own.
        odd = enclosed(polygons, np.concatenate(points)) ^ np.concatenate(own)
        starts = np.cumsum([0, *(len(some) for some in points[:-1])])
        share = np.add.reduceat(odd.astype(float), starts) / [len(some) for some in points]
        signs[boxed] = np.where(share > 0.5, -1, 1)
    return [int(sign) for sign in signs]


def _cut(polygon: Polygon, box: Box) -> Polygon:
    """Part of a polygon within a rectangle ``(2, 2)``; edges along it join what falls apart and enclose nothing."""
    for axis in (0, 1):
        for limit, side in ((box[0, axis], 1.0), (box[1, axis], -1.0)):
            depth = side * (polygon[:, axis] - limit)
            if (depth >= 0).all():
                continue
            onward, following = np.roll(polygon, -1, axis=0), np.roll(depth, -1)
            crosses = (depth >= 0) != (following >= 0)
            share = depth / np.where(crosses, depth - following, 1.0)
            edges = np.stack([polygon, polygon + share[:, None] * (onward - polygon)], axis=1)
            polygon = edges[np.stack([depth >= 0, crosses], axis=1)]
    return polygon
