"""Volumes on another grid, by physical coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
