"""Lattices of a viewer: parts of the volumes' own, thinned where a page would grow too large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Grid, Structure, Volume
from esapi_bridge.report.plane import Point

CT_STEP_MM = 2.0
"""About how far apart the CT's columns and rows are on the page."""

MOST_CT_VOXELS, MOST_DOSE_VOXELS = 5_000_000, 7_500_000
"""A voxel of a clinical CT takes 1 to 1.2 bytes of the page, one of a dose of the demonstration 0.3; at twice that too
a page stays below 25 MB."""

OUTLINE_STEP_MM = 1.0
"""Distance of the columns and rows in which structures are filled, as in the still pictures."""


def thinned(values: NDArray[np.floating], grid: Grid, every: tuple[int, int, int]) -> tuple[NDArray[np.floating], Grid]:
    """Keep every n-th voxel along x, y and z, the first one included."""
    nx, ny, nz = every
    kept = values[::nz, ::ny, ::nx]
    dx, dy, dz = grid.spacing_mm
    size = (kept.shape[2], kept.shape[1], kept.shape[0])
    return kept, replace(grid, size=size, spacing_mm=(dx * nx, dy * ny, dz * nz))


def cropped(volume: Volume, low_mm: Point, high_mm: Point) -> Volume:
    """Keep the voxels that touch a box, one at least."""
    grid = volume.grid
    last = np.asarray(grid.size) - 1
    low, high = (np.clip(np.floor(grid.to_index(p) + 0.5), 0, last).astype(int) for p in (low_mm, high_mm))
    values = volume.values[low[2] : high[2] + 1, low[1] : high[1] + 1, low[0] : high[0] + 1]
    x, y, z = (float(v) for v in grid.to_patient(low))
    size = (values.shape[2], values.shape[1], values.shape[0])
    return replace(volume, values=values, grid=replace(grid, size=size, origin_mm=(x, y, z)))


def ct_for_page(ct: Volume, low_mm: Point, high_mm: Point) -> tuple[Volume, tuple[int, int, int]]:
    """Part of a CT within a box, and which voxels of it were kept: every n-th along x, y and z."""
    part = cropped(ct, low_mm, high_mm)
    dx, dy, dz = part.grid.spacing_mm
    every = (max(1, round(CT_STEP_MM / dx)), max(1, round(CT_STEP_MM / dy)), max(1, round(CT_STEP_MM / dz)))
    while _voxels(part.grid, every) > MOST_CT_VOXELS:
        every = (every[0] + 1, every[1] + 1, every[2] + (every[2] * dz < every[0] * dx))
    values, grid = thinned(part.values, part.grid, every)
    return replace(part, values=values, grid=grid), every


def dose_every(grid: Grid) -> tuple[int, int, int]:
    """Which voxels of a dose or of gamma are kept: every n-th, as many along each axis."""
    n = next(n for n in range(1, max(grid.size) + 1) if _voxels(grid, (n, n, n)) <= MOST_DOSE_VOXELS)
    return n, n, n


def _voxels(grid: Grid, every: tuple[int, int, int]) -> int:
    return int(np.prod([-(-count // n) for count, n in zip(grid.size, every, strict=True)]))


def outline_grid(structure: Structure, ct: Grid, low_mm: Point, high_mm: Point) -> Grid | None:
    """Lattice around a structure within a box, on the planes of the CT; None where it lies outside the box."""
    points = np.concatenate(structure.contours_mm)
    spacing = np.array([OUTLINE_STEP_MM, OUTLINE_STEP_MM, ct.spacing_mm[2]])
    origin = np.array([low_mm[0], low_mm[1], ct.origin_mm[2]])
    last = np.floor((np.asarray(high_mm) - origin) / spacing)
    first = np.ceil(np.maximum(0, (np.asarray(low_mm) - origin) / spacing - 0.5))
    low = np.maximum(np.floor((points.min(axis=0) - origin) / spacing) - 1, first).astype(int)
    high = np.minimum(np.ceil((points.max(axis=0) - origin) / spacing) + 1, last).astype(int)
    if (high < low).any():
        return None
    size: NDArray[np.int_] = high - low + 1
    x, y, z = (float(v) for v in origin + low * spacing)
    dx, dy, dz = (float(v) for v in spacing)
    return Grid((int(size[0]), int(size[1]), int(size[2])), (dx, dy, dz), (x, y, z))
