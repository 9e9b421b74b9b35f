"""A regular voxel lattice in patient space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
"""Direction cosines of a lattice whose axes are the LPS axes."""

PARALLEL_WITHIN = 1e-3
"""Largest departure of a direction cosine (0.06 degrees) that counts as rounding, wherever directions are compared.

Over the 250 mm from the middle of a CT to its edge it is 0.25 mm, a fraction of a voxel.
"""

EXACT_WITHIN = 1e-6
"""Directions this close to orthonormal are kept as they are; others within `PARALLEL_WITHIN` are made so."""

SAME_GRID_TOLERANCE_MM = 1e-3
"""Largest displacement of any corner for two lattices to count as the same."""


@dataclass(frozen=True)
class Grid:
    """Positions of the voxels of a volume, LPS, mm.

    Index order is ``(i, j, k)``, as in SimpleITK; arrays on the grid are ``(k, j, i)``,
    written ``(z, y, x)`` throughout the project.

    Parameters
    ----------
    size
        Voxel counts ``(ni, nj, nk)``.
    spacing_mm
        Distance between voxel centres along ``(i, j, k)``, mm.
    origin_mm
        LPS position of the centre of voxel ``(0, 0, 0)``, mm.
    direction
        Row-major 3x3 matrix whose columns are the LPS unit vectors of ``i, j, k``.

    Raises
    ------
    ValueError
        If a count or a spacing is not positive, or the direction is not a rotation or reflection to `PARALLEL_WITHIN`;
        one that is so only to rounding becomes the nearest that is.
    """

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: tuple[float, ...] = IDENTITY

    def __post_init__(self) -> None:
        if min(self.size) < 1:
            raise ValueError(f"grid size must be at least 1 voxel along each axis, got {self.size}")
        if not all(np.isfinite(s) and s > 0 for s in self.spacing_mm):
            raise ValueError(f"grid spacing must be positive and finite, got {self.spacing_mm} mm")
        if not np.all(np.isfinite(self.origin_mm)):
            raise ValueError(f"grid origin must be finite, got {self.origin_mm} mm")
        d = self.axes
        # Written so that NaN, which compares as false, is refused too.
        error = np.abs(d.T @ d - np.eye(3)).max()
        if not error <= 2 * PARALLEL_WITHIN:
            raise ValueError(f"grid direction must be orthonormal, got {self.direction}")
        if error > EXACT_WITHIN:
            left, _, right = np.linalg.svd(d)
            object.__setattr__(self, "direction", tuple((left @ right).ravel().tolist()))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Array shape ``(z, y, x)``."""
        return self.size[2], self.size[1], self.size[0]

    @property
    def axes(self) -> NDArray[np.float64]:
        """The 3x3 matrix whose columns are the LPS unit vectors of ``i, j, k``."""
        return np.asarray(self.direction, dtype=np.float64).reshape(3, 3)

    @property
    def is_axis_aligned(self) -> bool:
        """Whether ``i, j, k`` run along +L, +P, +S."""
        return bool(np.abs(self.axes - np.eye(3)).max() <= PARALLEL_WITHIN)

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel, mm3."""
        return float(np.prod(self.spacing_mm))

    def to_patient(self, ijk: ArrayLike) -> NDArray[np.float64]:
        """Turn (fractional) voxel indices ``(..., 3)`` into LPS points ``(..., 3)``, mm."""
        index = np.asarray(ijk, dtype=np.float64)
        offset = (index * np.asarray(self.spacing_mm)) @ self.axes.T
        return np.asarray(self.origin_mm + offset, dtype=np.float64)

    def to_index(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Turn LPS points ``(..., 3)``, mm, into fractional voxel indices ``(..., 3)``."""
        offset = np.asarray(points_mm, dtype=np.float64) - np.asarray(self.origin_mm, dtype=np.float64)
        return np.asarray((offset @ self.axes) / np.asarray(self.spacing_mm), dtype=np.float64)

    def coordinates_mm(self, axis: int) -> NDArray[np.float64]:
        """Voxel centres along one index axis (0 = i, 1 = j, 2 = k) of an axis-aligned grid, mm."""
        if not self.is_axis_aligned:
            raise ValueError(f"axis coordinates need an axis-aligned grid, got direction {self.direction}")
        return self.origin_mm[axis] + self.spacing_mm[axis] * np.arange(self.size[axis], dtype=np.float64)

    def corners_mm(self) -> NDArray[np.float64]:
        """LPS positions of the eight corner voxel centres, ``(8, 3)``, mm."""
        last = np.asarray(self.size) - 1
        picks = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(-1, 3)
        return self.to_patient(picks * last)

    def holds(self, points_mm: ArrayLike, rounding: float = 1e-9) -> NDArray[np.bool_]:
        """Whether LPS points ``(..., 3)``, mm, lie within the outer faces of the outermost voxels.

        A point on a face may be off it by `rounding`, voxels.
        """
        return self.holds_index(self.to_index(points_mm), rounding)

    def holds_index(self, index: NDArray[np.float64], rounding: float = 1e-9) -> NDArray[np.bool_]:
        """Whether indices ``(..., 3)``, (i, j, k), lie within the outer faces, see `holds`."""
        margin = 0.5 + rounding
        return np.asarray(((index >= -margin) & (index <= np.asarray(self.size) - 1 + margin)).all(axis=-1))

    def matches(self, other: Grid, tolerance_mm: float = SAME_GRID_TOLERANCE_MM) -> bool:
        """Whether both lattices have the same voxels to within `tolerance_mm`."""
        return self.size == other.size and bool(np.abs(self.corners_mm() - other.corners_mm()).max() <= tolerance_mm)
