"""Volumes on lattices along the patient axes (LPS), and linear resampling between them by physical coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dosenet.slices import COARSE_MM, FINE_MM, ORIGIN_SHIFT_MM, RATIO

Triple = tuple[float, float, float]

SAME_SPACING_MM = 1e-3
"""Spacings closer than this count as equal."""

ROUNDING = 1e-6
"""A position this far beyond a voxel's face still counts as on it, voxels."""


@dataclass(frozen=True)
class Lattice:
    """Voxel centres: counts, distances and first position along (x, y, z), mm, axes along +L, +P, +S."""

    size: tuple[int, int, int]
    spacing_mm: Triple
    origin_mm: Triple

    def centres_mm(self, axis: int) -> NDArray[np.float64]:
        """Positions of the voxel centres along one axis (0 = x), mm."""
        return np.asarray(self.origin_mm[axis] + self.spacing_mm[axis] * np.arange(self.size[axis]), dtype=np.float64)

    def part(self, rows: slice, columns: slice) -> Lattice:
        """Lattice of some rows (y) and columns (x) of every plane, one after the other."""
        (x, y, z), (sx, sy, _) = self.origin_mm, self.spacing_mm
        size = (columns.stop - columns.start, rows.stop - rows.start, self.size[2])
        return Lattice(size, self.spacing_mm, (x + sx * columns.start, y + sy * rows.start, z))


@dataclass(frozen=True, eq=False)
class _Image:
    values: NDArray[np.float32]
    spacing_mm: Triple
    origin_mm: Triple

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or min(self.values.shape) < 1:
            raise ValueError(f"expected a volume (z, y, x), got shape {self.values.shape}")
        if min(self.spacing_mm) <= 0 or not np.all(np.isfinite([*self.spacing_mm, *self.origin_mm])):
            raise ValueError(
                f"expected positive spacing and a finite origin, got {self.spacing_mm}, {self.origin_mm} mm"
            )
        object.__setattr__(self, "values", np.ascontiguousarray(self.values, dtype=np.float32))
        if not np.isfinite(self.values).all():
            raise ValueError("expected finite values, found NaN or infinity")

    @property
    def lattice(self) -> Lattice:
        """Lattice of the voxels."""
        nz, ny, nx = self.values.shape
        return Lattice((nx, ny, nz), self.spacing_mm, self.origin_mm)


@dataclass(frozen=True, eq=False)
class CoarseDose(_Image):
    """Dose of the planning system: `values` ``(z, y, x)`` Gy; spacing and first voxel centre (x, y, z) mm, LPS axes.

    Raises
    ------
    ValueError
        If the shape or geometry is unusable, or a dose is negative or not finite.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.values.min() < 0:
            raise ValueError(f"expected dose of at least 0 Gy, found {self.values.min():.3g} Gy")


@dataclass(frozen=True, eq=False)
class CtGrid(_Image):
    """CT: `values` ``(z, y, x)`` HU; spacing and first voxel centre (x, y, z) mm, LPS axes."""


@dataclass(frozen=True, eq=False)
class FineDose(_Image):
    """Predicted dose: `values` ``(z, y, x)`` Gy at 1.25 mm; spacing and first voxel centre (x, y, z) mm, LPS axes."""


@dataclass(frozen=True)
class BodyMask:
    """Where a planning system calculates dose: `inside` ``(z, y, x)`` on a lattice at 1.25 mm, see `fine_lattice`."""

    inside: NDArray[np.bool_]
    lattice: Lattice

    def __post_init__(self) -> None:
        if self.inside.shape != self.lattice.size[::-1]:
            raise ValueError(f"expected a mask of shape {self.lattice.size[::-1]}, got {self.inside.shape}")

    def require(self, lattice: Lattice) -> None:
        """Raise ValueError unless the mask lies on a lattice."""
        apart_mm = np.abs(np.subtract(self.lattice.origin_mm, lattice.origin_mm)).max()
        if self.lattice.size != lattice.size or apart_mm > SAME_SPACING_MM:
            raise ValueError(f"expected the body on the fine lattice {lattice}, got it on {self.lattice}")


AnyImage = TypeVar("AnyImage", CoarseDose, CtGrid)


def coarse_lattice(dose: Lattice) -> Lattice:
    """Return the 5 mm lattice to predict on: the dose's own if it has 5 mm, else one that covers all of its voxels."""
    if all(abs(s - COARSE_MM) <= SAME_SPACING_MM for s in dose.spacing_mm):
        return Lattice(dose.size, (COARSE_MM,) * 3, dose.origin_mm)
    size, origin = [], []
    for count, spacing, first in zip(dose.size, dose.spacing_mm, dose.origin_mm, strict=True):
        number = int(np.ceil(count * spacing / COARSE_MM - ROUNDING))
        middle = first + (count - 1) / 2 * spacing
        size.append(number)
        origin.append(middle - (number - 1) / 2 * COARSE_MM)
    return Lattice((size[0], size[1], size[2]), (COARSE_MM,) * 3, (origin[0], origin[1], origin[2]))


def fine_lattice(coarse: Lattice) -> Lattice:
    """Return the 1.25 mm lattice that tiles a 5 mm one."""
    nx, ny, nz = coarse.size
    x, y, z = (v - ORIGIN_SHIFT_MM for v in coarse.origin_mm)
    return Lattice((RATIO * nx, RATIO * ny, RATIO * nz), (FINE_MM,) * 3, (x, y, z))


def padded(coarse: Lattice, margin: int) -> Lattice:
    """Return a lattice with `margin` more voxels on every side within the transverse plane."""
    nx, ny, nz = coarse.size
    x, y, z = coarse.origin_mm
    sx, sy, _ = coarse.spacing_mm
    return Lattice((nx + 2 * margin, ny + 2 * margin, nz), coarse.spacing_mm, (x - margin * sx, y - margin * sy, z))


def resample(image: AnyImage, target: Lattice, outside: float | None = None) -> NDArray[np.float32]:
    """Interpolate linearly at the voxel centres of `target`, axis by axis.

    Parameters
    ----------
    image
        The volume.
    target
        Lattice of the result.
    outside
        Value beyond the volume's outermost voxel faces; None repeats the edge voxels.

    Returns
    -------
    ndarray
        ``(z, y, x)`` on `target`.
    """
    values = image.values
    for axis in sorted(range(3), key=lambda axis: target.size[axis] / image.lattice.size[axis]):  # what shrinks first
        places = (target.centres_mm(axis) - image.origin_mm[axis]) / image.spacing_mm[axis]
        values = _along(values, places, 2 - axis, outside)
    return np.ascontiguousarray(values)


def _along(
    values: NDArray[np.float32], places: NDArray[np.float64], axis: int, outside: float | None
) -> NDArray[np.float32]:
    last = values.shape[axis] - 1
    if np.array_equal(places, np.arange(last + 1)):
        return values
    held = np.clip(places, 0, last)
    low = np.floor(held).astype(np.intp)
    shape = [1, 1, 1]
    shape[axis] = -1
    weight = (held - low).astype(np.float32).reshape(shape)
    below = np.take(values, low, axis=axis)
    result: NDArray[np.float32] = below + weight * (np.take(values, np.minimum(low + 1, last), axis=axis) - below)
    if outside is not None:
        beyond = (places < -0.5 - ROUNDING) | (places > last + 0.5 + ROUNDING)
        result[(slice(None),) * axis + (beyond,)] = outside
    return result
