"""The outline of a patient: where a planning system calculates dose, and what it draws as the body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Grid, Volume
from esapi_bridge.case.volume import AIR_HU

OUTLINE = 0.5
"""Share of tissue on the outline."""


def body_in_air(ct: Volume, body: NDArray[np.bool_]) -> Volume:
    """Replace everything outside the body by air, except the voxels next to it, which hold part of the skin."""
    from scipy import ndimage

    around = ndimage.binary_dilation(body, ndimage.generate_binary_structure(3, 1))
    return replace(ct, values=np.where(around, ct.values, np.float32(AIR_HU)))


def inside(ct: Volume, body: NDArray[np.bool_], target: Grid) -> NDArray[np.bool_]:
    """Where a planning system would calculate dose: inside the body's outline, taken between the CT's voxels.

    A mask of whole CT voxels would give the skin steps of a voxel on a finer grid. In the voxels on either side of the
    mask's edge, the outline is the surface half way between air and water instead, as contours of the body are drawn.

    Parameters
    ----------
    ct
        CT in HU.
    body
        Mask ``(z, y, x)`` on the CT's grid.
    target
        Grid of the answer.
    """
    from esapi_bridge.planning.physics.raytrace import resample

    return np.asarray(resample(tissue_share(ct, body), ct.grid, target) >= OUTLINE)


def tissue_share(ct: Volume, body: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How much of each voxel of a CT belongs to the patient ``(z, y, x)``; the outline is where that is `OUTLINE`.

    It is 1 within the mask and 0 outside. In the voxels on either side of the mask's edge it is their density.
    """
    from scipy import ndimage

    cross = ndimage.generate_binary_structure(3, 1)
    within = ndimage.binary_erosion(body, cross, border_value=1)
    around = ndimage.binary_dilation(body, cross)
    tissue = np.clip(ct.values / 1000.0 + 1.0, 0.0, 1.0)
    return np.where(within, 1.0, np.where(around, tissue, 0.0)).astype(np.float32)
