"""The block of voxels an anatomy is painted on."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.planning.phantoms.noise import Axis, smooth_noise
from esapi_bridge.planning.phantoms.shapes import Field, Point, ellipsoid

SKIN_MM = 2.5
"""What `Canvas.sealed` keeps free of organs under the surface, mm."""

BLEND_MM = 32.0
"""Longest reach of rounded seams between shapes."""

Slices = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Region:
    """A box of the canvas with the deformed coordinates (mm) of its voxels, each ``(z, y, x)``."""

    slices: Slices
    x: Field
    y: Field
    z: Field


def overlap(region: Region, part: Region) -> tuple[Slices, Slices]:
    """Index of what two regions share: within `region`, and within `part`."""
    shared = [
        slice(max(a.start, b.start), max(min(a.stop, b.stop), a.start, b.start))
        for a, b in zip(region.slices, part.slices, strict=True)
    ]
    within = [
        tuple(slice(c.start - r.start, c.stop - r.start) for c, r in zip(shared, whole.slices, strict=True))
        for whole in (region, part)
    ]
    (a, b, c), (d, e, f) = within
    return (a, b, c), (d, e, f)


@dataclass
class Canvas:
    """CT numbers being painted, with randomly bent anatomical coordinates.

    Shapes are evaluated in the bent coordinates ``(x, y, z)`` (mm; left, posterior, superior; zero at the middle of the
    canvas), so that neighbours bend together and nothing in the patient is a perfect ellipsoid.

    Parameters
    ----------
    rng
        Random source of the phantom.
    size
        Voxel counts ``(nx, ny, nz)``.
    spacing_mm
        Voxel size ``(x, y, z)``, mm.
    bend_mm
        Standard deviation of the deformation, mm.

    Attributes
    ----------
    hu
        The CT numbers so far, ``(z, y, x)``.
    masks
        Structures so far, by name.
    depth
        Depth below the skin, mm, once the body wall is painted; negative outside.
    sealed
        Set once the body wall is painted where organs must not come through the skin.
    """

    rng: np.random.Generator
    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    bend_mm: float
    hu: NDArray[np.float32] = field(init=False)
    masks: dict[str, NDArray[np.bool_]] = field(init=False, default_factory=dict)
    depth: NDArray[np.float32] = field(init=False)
    sealed: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        nx, ny, nz = self.size
        dx, dy, dz = self.spacing_mm
        z, y, x = ((np.arange(n) - (n - 1) / 2) * s for n, s in ((nz, dz), (ny, dy), (nx, dx)))
        self.axes_mm: tuple[Axis, Axis, Axis] = (z, y, x)
        self.hu = np.full((nz, ny, nx), AIR_HU, dtype=np.float32)
        bent = []
        for number, axis in enumerate(self.axes_mm):
            shift = self.noise(90.0, self.bend_mm) + self.noise(45.0, self.bend_mm / 4)
            shift += axis.astype(np.float32).reshape([-1 if number == k else 1 for k in range(3)])
            bent.append(shift)
        self._z, self._y, self._x = bent
        self.depth = np.full((nz, ny, nx), -1e3, dtype=np.float32)
        self.reach_mm = 4.5 * self.bend_mm

    def noise(self, correlation_mm: float, sd: float, slices: Slices | None = None) -> NDArray[np.float32]:
        """Smooth noise on the canvas or on a box of it."""
        axes = [axis[s] for axis, s in zip(self.axes_mm, slices or (slice(None),) * 3, strict=True)]
        return smooth_noise(self.rng, (axes[0], axes[1], axes[2]), correlation_mm, sd)

    def coordinates(self, index: tuple[int, int, int]) -> Point:
        """Bent coordinates ``(x, y, z)`` of a voxel ``(k, j, i)``, mm."""
        return float(self._x[index]), float(self._y[index]), float(self._z[index])

    def box(self, low: Point, high: Point) -> Region:
        """Return the voxels whose coordinates may lie between two corners ``(x, y, z)``, mm."""
        slices = []
        for axis, a, b in zip(self.axes_mm, low[::-1], high[::-1], strict=True):
            begin = int(np.searchsorted(axis, a - self.reach_mm))
            end = int(np.searchsorted(axis, b + self.reach_mm))
            begin = min(begin, len(axis) - 1)
            slices.append(slice(begin, max(end, begin + 1)))
        box = (slices[0], slices[1], slices[2])
        return Region(box, self._x[box], self._y[box], self._z[box])

    def around(self, centre: Point, radius: float | Point) -> Region:
        """Return the voxels within `radius` of `centre`."""
        r = np.broadcast_to(np.asarray(radius, dtype=float), 3)
        c = np.asarray(centre)
        low, high = c - r - 2, c + r + 2
        return self.box((low[0], low[1], low[2]), (high[0], high[1], high[2]))

    def bump(self, region: Region, centre: Point, radii: Point, tilt_deg: float = 0.0) -> Field:
        """Distance, on `region`, to an ellipsoid much smaller than it; only approximate where it is far away."""
        near = self.around(centre, (radii[0] + BLEND_MM, radii[1] + BLEND_MM, radii[2] + BLEND_MM))
        outer, inner = overlap(region, near)
        result = np.full(region.x.shape, 1e3, dtype=np.float32)
        result[outer] = ellipsoid(near.x[inner], near.y[inner], near.z[inner], centre, radii, tilt_deg)
        return result

    def coverage(self, distance: Field) -> Field:
        """Fraction of each voxel inside a shape: the partial-volume effect."""
        return np.asarray(np.clip(np.float32(0.5) - distance / np.float32(self.spacing_mm[0]), 0, 1))

    def paint(self, region: Region, distance: Field, hu: ArrayLike, name: str | None = None) -> None:
        """Fill a shape with CT numbers (a value or an array on the region); give it to structure `name`, if any."""
        if self.sealed:
            distance = np.maximum(distance, np.float32(SKIN_MM) - self.depth[region.slices])
        share = self.coverage(distance)
        target = self.hu[region.slices]
        target += share * (np.asarray(hu, dtype=np.float32) - target)
        if name is not None:
            for other in self.masks.keys() - {"BODY"}:
                self.masks[other][region.slices] &= distance >= 0
            self.label(region, distance, name)

    def label(self, region: Region, distance: Field, name: str) -> None:
        """Add a shape to structure `name` without painting it."""
        mask = self.masks.setdefault(name, np.zeros(self.hu.shape, dtype=bool))
        mask[region.slices] |= distance < 0

    def tube(self, points: ArrayLike, radii: ArrayLike) -> tuple[Region, Field, Field]:
        """Distance to a tube along a polyline.

        Parameters
        ----------
        points
            ``(n, 3)``, mm.
        radii
            One radius, or one per point, mm.

        Returns
        -------
        tuple
            The region, the distance and the position along the line in points (0 to n - 1) of the nearest segment.
        """
        line = np.asarray(points, dtype=np.float64)
        radius = np.broadcast_to(np.asarray(radii, dtype=np.float64), len(line))
        pad = radius.max() + 4
        low, high = line.min(axis=0) - pad, line.max(axis=0) + pad
        region = self.box((low[0], low[1], low[2]), (high[0], high[1], high[2]))
        distance = np.full(region.x.shape, 1e3, dtype=np.float32)
        along = np.zeros(region.x.shape, dtype=np.float32)
        for k, (p, q) in enumerate(itertools.pairwise(line)):
            margin = max(radius[k], radius[k + 1]) + 4
            low, high = np.minimum(p, q) - margin, np.maximum(p, q) + margin
            part = self.box((low[0], low[1], low[2]), (high[0], high[1], high[2]))
            inner = tuple(
                slice(s.start - r.start, s.stop - r.start) for s, r in zip(part.slices, region.slices, strict=True)
            )
            d = (q - p).astype(np.float32)
            ux, uy, uz = part.x - np.float32(p[0]), part.y - np.float32(p[1]), part.z - np.float32(p[2])
            t = np.clip((ux * d[0] + uy * d[1] + uz * d[2]) / np.float32(max(d @ d, 1e-6)), 0, 1)
            reach = np.sqrt((ux - t * d[0]) ** 2 + (uy - t * d[1]) ** 2 + (uz - t * d[2]) ** 2)
            reach -= np.float32(radius[k]) + t * np.float32(radius[k + 1] - radius[k])
            nearer = reach < distance[inner]
            distance[inner][nearer] = reach[nearer]
            along[inner][nearer] = (k + t)[nearer]
        return region, distance, along
