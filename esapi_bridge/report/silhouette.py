"""Outlines of structures as the source of a beam sees them, in the isocentre plane."""

from __future__ import annotations

import contourpy
import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Grid, Structure
from esapi_bridge.case.beam_frame import BeamFrame
from esapi_bridge.case.rasterise import rasterise

VOXEL_MM = 1.0
"""Spacing at which a structure is filled; a large one gets larger voxels."""

MOST_VOXELS = 8_000_000

PIXEL_IN_VOXELS = 1.25
"""Pixel of a silhouette: above the distance of voxels as they are seen magnified, so that no pixel inside stays empty.
Not more, because each pixel that a voxel touches counts: outlines of spheres are 0.4 mm too far out on average."""


def surface_mm(structure: Structure, slice_mm: float) -> tuple[NDArray[np.float64], float]:
    """Find the voxels at the surface of a structure.

    Parameters
    ----------
    structure
        Contours.
    slice_mm
        Distance of the CT slices that it was drawn on.

    Returns
    -------
    points_mm
        ``(n, 3)`` LPS, mm; empty where the contours enclose nothing.
    voxel_mm
        Their spacing.

    Raises
    ------
    UnusableStructureError
        If no mask can be made that has the volume of the contours.
    """
    if not structure.contours_mm:
        return np.empty((0, 3)), VOXEL_MM
    contours = np.concatenate(structure.contours_mm)
    beyond = np.array([0.0, 0.0, slice_mm])
    low = contours.min(axis=0) - beyond
    size_mm = contours.max(axis=0) + beyond - low
    voxel_mm = max(VOXEL_MM, float(np.cbrt(np.prod(size_mm) / MOST_VOXELS)))
    nx, ny, nz = (int(n) + 3 for n in size_mm / voxel_mm)
    x, y, z = (float(v) for v in low - voxel_mm)
    grid = Grid((nx, ny, nz), (voxel_mm,) * 3, (x, y, z))
    mask = rasterise(structure, grid, slice_mm)
    inner = mask.copy()
    for axis in range(3):
        for step in (-1, 1):
            inner &= np.roll(mask, step, axis)  # the border of the lattice is empty
    return grid.to_patient(np.argwhere(mask & ~inner)[:, ::-1]), voxel_mm


def silhouette_mm(points_mm: NDArray[np.float64], voxel_mm: float, frame: BeamFrame) -> list[NDArray[np.float64]]:
    """Outline what a beam sees of the voxels of a surface.

    Parameters
    ----------
    points_mm, voxel_mm
        As `surface_mm` returns them.
    frame
        The beam.

    Returns
    -------
    list of NDArray[np.float64]
        Closed polygons ``(n, 2)``, collimator X and Y, mm; of a part with a hole the hole too.
    """
    if not len(points_mm):
        return []
    seen_mm = frame.project(points_mm)
    pixel_mm = PIXEL_IN_VOXELS * voxel_mm
    origin_mm = np.floor(seen_mm.min(axis=0) / pixel_mm) * pixel_mm - 2 * pixel_mm
    columns, rows = (np.floor((seen_mm - origin_mm) / pixel_mm)).astype(int).T
    shape = (rows.max() + 3, columns.max() + 3)
    seen = np.zeros(shape, dtype=np.float64)
    seen[rows, columns] = 1.0
    for axis in (0, 1):  # a pixel between two others that voxels happen to miss
        seen = np.maximum(seen, np.minimum(np.roll(seen, 1, axis), np.roll(seen, -1, axis)))
    # Half the weight of the middle, a quarter of each neighbour's: the edge loses its steps and stays where it is.
    for axis in (0, 1):
        seen = seen / 2 + (np.roll(seen, 1, axis) + np.roll(seen, -1, axis)) / 4
    x_mm, y_mm = (origin_mm[n] + pixel_mm * (np.arange(shape[1 - n]) + 0.5) for n in (0, 1))
    lines = contourpy.contour_generator(x_mm, y_mm, seen).lines(0.5)
    return [np.asarray(line, dtype=np.float64) for line in lines]
