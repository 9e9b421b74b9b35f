"""A case turned about the patient's long axis by quarter turns: CT, doses, outlines and sources, voxel by voxel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Case, Dose, Grid, Structure, Volume


def turned_volume(volume: Volume, quarters: int) -> Volume:
    """Turn a volume, on a grid along the patient axes, about the line x = y = 0 from +x towards +y."""
    values, grid = volume.values, volume.grid
    for _ in range(quarters % 4):
        (nx, ny, nz), (dx, dy, dz), (x, y, z) = grid.size, grid.spacing_mm, grid.origin_mm
        values = values.transpose(0, 2, 1)[:, :, ::-1]
        grid = Grid((ny, nx, nz), (dy, dx, dz), (-(y + (ny - 1) * dy), x, z))
    return Volume(np.ascontiguousarray(values), grid, volume.unit)


def turned_dose(dose: Dose, quarters: int) -> Dose:
    """Turn a dose likewise."""
    return replace(dose, volume=turned_volume(dose.volume, quarters))


def turned_points(points_mm: NDArray[np.float64], quarters: int) -> NDArray[np.float64]:
    """Turn LPS points ``(..., 3)`` likewise."""
    x, y, z = np.moveaxis(np.asarray(points_mm, dtype=np.float64), -1, 0)
    for _ in range(quarters % 4):
        x, y = -y, x
    return np.stack([x, y, z], axis=-1)


def turned_anatomy(case: Case, quarters: int) -> Case:
    """Turn CT and contours of a case; its beams and doses stay, and are not to be used."""

    def turned(structure: Structure) -> Structure:
        return replace(structure, contours_mm=tuple(turned_points(c, quarters) for c in structure.contours_mm))

    return replace(
        case, ct=turned_volume(case.ct, quarters), structures=tuple(turned(structure) for structure in case.structures)
    )
