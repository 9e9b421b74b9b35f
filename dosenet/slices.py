"""Preparation of transverse planes: normalisation, choice of planes and the lattices (Dong & Xing 2020, section 2.2).

The coarse (5 mm) and the fine (1.25 mm) lattice tile each other: a coarse voxel is exactly 4x4x4 fine voxels, so the
centre of fine plane `f` lies at coarse index ``f / 4 - 0.375``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

COARSE_MM = 5.0
FINE_MM = 1.25
RATIO = 4
"""Fine voxels per coarse voxel along each axis."""

ORIGIN_SHIFT_MM = 1.875
"""Fine origin = coarse origin - 1.875 mm along each axis."""

AIR_HU = -1000.0
"""CT number assumed beyond the CT."""

CT_RANGE_HU = (-1000.0, 3500.0)
"""CT numbers mapped to 0 and 1."""

SLICE_THRESHOLD = 0.1
"""Planes on which the coarse dose reaches this share of the volume maximum go through the network."""


def normalise_ct(hu: NDArray[np.generic]) -> NDArray[np.float32]:
    """Map CT numbers (-1000, 3500) HU linearly to (0, 1), clipped outside."""
    low, high = CT_RANGE_HU
    scaled: NDArray[np.float32] = np.clip((hu.astype(np.float32) - low) / (high - low), 0.0, 1.0).astype(np.float32)
    return scaled


Place = TypeVar("Place", float, NDArray[np.float64], "Tensor")


def coarse_place(fine_plane: Place) -> Place:
    """Fractional coarse index of a fine plane's centre; a number, an array or a tensor."""
    return fine_plane / RATIO - ORIGIN_SHIFT_MM / COARSE_MM


def coarse_index(fine_plane: NDArray[np.generic] | float, offset_mm: float = 0.0) -> NDArray[np.float64]:
    """Fractional coarse z index of a fine plane, shifted by `offset_mm` along z."""
    return coarse_place(np.asarray(fine_plane, dtype=np.float64)) + offset_mm / COARSE_MM


def interpolate_planes(coarse: NDArray[np.float32], index: NDArray[np.float64]) -> NDArray[np.float32]:
    """Interpolate a coarse volume ``(z5, y5, x5)`` linearly at fractional z indices ``(n,)``; edge planes are repeated.

    Returns
    -------
    ndarray
        ``(n, y5, x5)``, unit of the input.
    """
    last = coarse.shape[0] - 1
    place = np.clip(np.asarray(index, dtype=np.float64), 0.0, last)
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, last)
    weight = (place - low).astype(np.float32)[:, None, None]
    planes: NDArray[np.float32] = coarse[low] * (1 - weight) + coarse[high] * weight
    return planes


def fine_plane_maxima(coarse: NDArray[np.float32]) -> NDArray[np.float32]:
    """Largest coarse dose on each fine plane, ``(4 z5,)``, unit of the input."""
    planes = coarse_index(np.arange(RATIO * coarse.shape[0]))
    return np.array([interpolate_planes(coarse, planes[k : k + 1]).max() for k in range(planes.size)], dtype=np.float32)


def selected_planes(coarse: NDArray[np.float32], threshold: float = SLICE_THRESHOLD) -> NDArray[np.intp]:
    """Return the indices of the fine planes on which the coarse dose reaches `threshold` of its volume maximum."""
    maximum = float(coarse.max())
    if maximum <= 0.0:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(fine_plane_maxima(coarse) >= threshold * maximum)


def first_planes(planes: NDArray[np.intp], fine_planes: int) -> NDArray[np.intp]:
    """First planes of the groups of 1 or 4 fine planes, aligned to the coarse ones, that contain any of `planes`."""
    return np.unique(planes // fine_planes) * fine_planes
