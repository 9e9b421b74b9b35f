"""Volumes on another grid and at single points, by physical coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.beam import FluenceMap
from esapi_bridge.case.grid import Grid
from esapi_bridge.case.volume import Volume

if TYPE_CHECKING:
    import SimpleITK as sitk


def to_image(volume: Volume) -> sitk.Image:
    """Turn a volume into a SimpleITK image with the same LPS geometry; the values are copied."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(volume.values)
    image.SetSpacing(volume.grid.spacing_mm)
    image.SetOrigin(volume.grid.origin_mm)
    image.SetDirection(volume.grid.direction)
    return image


def resample(volume: Volume, grid: Grid, outside: float) -> Volume:
    """Interpolate a volume linearly at the voxel centres of another grid.

    Parameters
    ----------
    volume
        What to interpolate, ``(z, y, x)``.
    grid
        Where; any position, spacing and orientation.
    outside
        Value, in the volume's unit, of points more than half a voxel beyond the outermost voxel centres. Within that
        half voxel the value of the nearest face holds.

    Returns
    -------
    Volume
        On `grid`, same unit.
    """
    if volume.grid == grid:
        return volume
    import SimpleITK as sitk

    image = sitk.Resample(
        to_image(volume),
        grid.size,
        sitk.Transform(),
        sitk.sitkLinear,
        grid.origin_mm,
        grid.spacing_mm,
        grid.direction,
        outside,
        sitk.sitkFloat32,
    )
    return Volume(np.asarray(sitk.GetArrayFromImage(image)), grid, volume.unit)


def sample(volume: Volume, points_mm: NDArray[np.float64], outside: float = 0.0) -> NDArray[np.float32]:
    """Interpolate a volume linearly at LPS points ``(..., 3)``, mm; any grid orientation.

    Returns
    -------
    ndarray
        ``(...)``, in the unit of the volume; `outside` beyond the outer faces, constant over the outer half voxel.
    """
    return sample_at(volume, volume.grid.to_index(points_mm), outside)


def sample_at(volume: Volume, index: NDArray[np.float64], outside: float = 0.0) -> NDArray[np.float32]:
    """Interpolate as `sample` does, at indices ``(..., 3)``, (i, j, k), of the volume's grid."""
    from scipy import ndimage

    held = _faces_held(volume.grid, index)
    values: NDArray[np.float32] = ndimage.map_coordinates(
        volume.values, np.moveaxis(held, -1, 0)[::-1], order=1, mode="constant", cval=outside, output=np.float32
    )
    return values


def _faces_held(grid: Grid, index: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move points of the outer half voxel onto the outer voxel centres."""
    last = np.asarray(grid.size, dtype=np.float64) - 1
    held: NDArray[np.float64] = np.clip(index, 0.0, last)
    return np.where(np.abs(index - held) <= 0.5 + 1e-9, held, index)


def sample_fluence(fluence: FluenceMap, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Interpolate a fluence map linearly; 0 outside.

    Parameters
    ----------
    fluence
        The map.
    x_mm, y_mm
        Columns and rows wanted, collimator axes in the isocentre plane, mm.

    Returns
    -------
    NDArray[np.float32]
        ``(rows, columns)``, unit of the map.
    """
    from scipy import ndimage

    columns = (x_mm - fluence.x_origin_mm) / fluence.spacing_mm
    rows = (fluence.y_origin_mm - y_mm) / fluence.spacing_mm
    values: NDArray[np.float32] = ndimage.map_coordinates(
        fluence.values,
        np.meshgrid(rows, columns, indexing="ij"),
        order=1,
        mode="grid-constant",
        cval=0.0,
        output=np.float32,
    )
    return values
