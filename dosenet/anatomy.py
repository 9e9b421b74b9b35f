"""Where the voxels of a patient lie: in the body or not, in which tissue, and how deep below the skin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosenet.slices import FINE_MM

TISSUES = ("air", "lung", "soft tissue", "bone")
TISSUE_HU = (-950, -300, 150)
"""CT numbers between them: emphysema is counted from -950 HU down (Gevenois et al., AJRCCM 154 (1996) 187), structures
named as lungs are checked for voxels below -300 HU (`esapi_bridge.checks.on_ct`), and spongy bone begins at 150 HU."""

DEPTHS = ("0-5 mm", "5-20 mm", "over 20 mm")
DEPTH_MM = (5.0, 20.0)
"""Depths between them: the build-up of the skin, that of the beam, and what lies behind."""

FAR = 30_000
"""Squared distance, voxels, of what is further from the surface than is looked at; fits in 16 bits with a square."""


@dataclass(frozen=True)
class Anatomy:
    """Where the voxels of a patient, or of some planes, lie; ``(z, y, x)`` at 1.25 mm.

    Parameters
    ----------
    tissue
        Index into `TISSUES`, by CT number.
    depth
        0 outside the body, else 1 + index into `DEPTHS`, by the distance from the nearest point of the surface; None
        where the body is not known.
    """

    tissue: NDArray[np.uint8]
    depth: NDArray[np.uint8] | None

    @classmethod
    def of(cls, ct_hu: NDArray[np.int16], body: NDArray[np.bool_] | None) -> Anatomy:
        """Sort the voxels of a CT, HU, and of a body if it is known."""
        return cls(tissue_of(ct_hu), None if body is None else depth_bands(body))

    @property
    def body(self) -> NDArray[np.bool_] | None:
        """Where the body is; None where that is not known."""
        return None if self.depth is None else self.depth > 0

    def planes(self, first: int, count: int) -> Anatomy:
        """Of some planes only."""
        chosen = slice(first, first + count)
        return Anatomy(self.tissue[chosen], None if self.depth is None else self.depth[chosen])


def tissue_of(ct_hu: NDArray[Any]) -> NDArray[np.uint8]:
    """Sort the voxels of a CT, HU: index into `TISSUES`."""
    tissue = np.zeros(ct_hu.shape, np.uint8)
    for least_hu in TISSUE_HU:
        tissue += ct_hu >= least_hu
    return tissue


def depth_bands(body: NDArray[np.bool_], limits_mm: Sequence[float] = DEPTH_MM) -> NDArray[np.uint8]:
    """Bands of depth: 0 outside, 1 next to the surface, one more from each limit on.

    The surface lies half a voxel outside the outermost voxels, and not where the CT ends.

    The squared distance is exact up to the greatest depth asked for: the least over shifts along one axis after the
    other (Felzenszwalb and Huttenlocher, Theory of Computing 8 (2012) 415), which may be cut off at that depth.
    """
    limits = [int(np.ceil((depth / FINE_MM + 0.5) ** 2)) for depth in limits_mm]
    squared = np.where(body, np.int16(FAR), np.int16(0))
    for axis in range(3):
        along = np.moveaxis(squared, axis, 0)
        nearest = along.copy()
        for step in range(1, min(int(np.sqrt(limits[-1])) + 1, along.shape[0])):
            reached = along + np.int16(step * step)
            np.minimum(nearest[step:], reached[:-step], out=nearest[step:])
            np.minimum(nearest[:-step], reached[step:], out=nearest[:-step])
        squared = np.moveaxis(nearest, 0, axis)
    bands: NDArray[np.uint8] = body.astype(np.uint8)
    for limit in limits:
        bands += squared >= limit
    return bands
