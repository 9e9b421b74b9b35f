"""How much of the height each plane of contours stands for: the one rule of slice thickness.

- Planes within `PLANAR_TOLERANCE_MM` are one plane, and a contour that is there twice counts once.
- The usual step is the median of the steps between planes, those shorter than half a CT slice left out.
- Two planes closer than half the usual step are taken as one, at the height of the larger or, if alike, the lower.
- A structure whose planes are CT slices has their thickness, any other its usual step.
- A plane reaches half-way to its neighbour as long as one slice at most is missing between them; else, as at both ends
  of the structure, by half the thickness.

What was assumed or left aside by this is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.grid import PARALLEL_WITHIN
from esapi_bridge.case.structure import Structure, UnusableStructureError

PLANAR_TOLERANCE_MM = 0.1
"""Largest distance of a contour point from its plane, of two contours on one plane, and of two copies of one contour;
files round to 0.01 mm, some to 0.1."""

GAP_MARGIN = 0.01
"""Fraction by which a step may exceed two usual ones and still be one missing slice; covers rounded coordinates."""

LONGEST_STEP_MM = 10.0
"""Longest step between planes that can be a usual one; thicker slices are not planned on."""

LONE_PLANE_MM = 1.0
"""Thickness of a structure on a single plane where no CT says how far apart slices are."""

MOST_CONTOURS, MOST_ON_A_PLANE = 20_000, 2_000
"""Contours of a structure and of a plane; a whole skeleton has some thousands, some dozens a plane."""

CLEARLY_LARGER = 1.1
"""Ratio of areas from which on the upper of two planes that are taken as one decides their height, else the lower."""

Polygon = NDArray[np.float64]
"""Vertices ``(n, 2)``, mm; the last is joined to the first."""


@dataclass(frozen=True)
class Slab:
    """The part of a structure that one plane of contours stands for.

    Parameters
    ----------
    bottom_mm, top_mm
        Its height, along the third axis.
    polygons
        Along the first two axes; they combine by even-odd filling.
    """

    bottom_mm: float
    top_mm: float
    polygons: tuple[Polygon, ...]

    @property
    def thickness_mm(self) -> float:
        """Distance of top and bottom, mm."""
        return self.top_mm - self.bottom_mm


@dataclass(frozen=True)
class Solid:
    """A structure as slabs.

    Parameters
    ----------
    slabs
        Lowest first; none where the contours enclose nothing.
    thickness_mm
        Thickness of a slice of it.
    remarks
        What was assumed or left aside.
    """

    slabs: tuple[Slab, ...]
    thickness_mm: float
    remarks: tuple[str, ...]

    def between_planes(self) -> Solid:
        """Cut off what each part has beyond its first and its last plane, as Eclipse does; a lone plane stays whole."""
        tops = [-np.inf, *(slab.top_mm for slab in self.slabs)]
        bottoms = [*(slab.bottom_mm for slab in self.slabs), np.inf]
        cut = []
        for slab, below, above in zip(self.slabs, tops, bottoms[1:], strict=False):
            first, last = slab.bottom_mm > below, slab.top_mm < above
            half = self.thickness_mm / 2 if first != last else 0.0
            cut.append(replace(slab, bottom_mm=slab.bottom_mm + first * half, top_mm=slab.top_mm - last * half))
        return replace(self, slabs=tuple(cut))


@dataclass(frozen=True)
class _Contour:
    points: Polygon
    area_mm2: float
    features: NDArray[np.float64]
    """Lowest and highest first and second coordinate, centroid: alike for copies, wherever they begin, mm."""


@dataclass(frozen=True)
class _Plane:
    height_mm: float
    contours: tuple[_Contour, ...]

    @property
    def area_mm2(self) -> float:
        return sum(contour.area_mm2 for contour in self.contours)


def solid_of(structure: Structure, axes: NDArray[np.float64] | None = None, slice_mm: float | None = None) -> Solid:
    """Stack the contours of a structure.

    Parameters
    ----------
    structure
        Contours in LPS mm.
    axes
        3x3, columns are LPS unit vectors; contours must be parallel to the first two. The patient axes by default.
    slice_mm
        Distance of the slices of the CT that it was drawn on; None where that is not known.

    Raises
    ------
    UnusableStructureError
        If contours are not parallel to the first two axes, or too many on a plane.
    """
    notes: Counter[str] = Counter()
    planes = _planes(structure, np.eye(3) if axes is None else axes, notes)
    if not planes:
        return Solid((), slice_mm or LONE_PLANE_MM, _remarks(notes))
    planes = _without_strays(planes, _usual_step(planes, slice_mm), notes)
    usual = _usual_step(planes, slice_mm)
    heights = np.array([plane.height_mm for plane in planes])
    steps = np.diff(heights)
    thickness = _thickness(steps, usual, slice_mm)
    joined = steps <= 2 * usual * (1 + GAP_MARGIN)
    notes["gaps in height that part it"] = int(np.count_nonzero(~joined))
    missing = np.rint(steps[joined] / thickness) - 1
    notes["slices without contours, filled from those beside them"] = int(missing[missing > 0].sum())
    middles = heights[:-1] + steps / 2
    tops = [*np.where(joined, middles, heights[:-1] + thickness / 2), heights[-1] + thickness / 2]
    bottoms = [heights[0] - thickness / 2, *np.where(joined, middles, heights[1:] - thickness / 2)]
    slabs = tuple(
        Slab(float(bottom), float(top), tuple(contour.points for contour in plane.contours))
        for plane, bottom, top in zip(planes, bottoms, tops, strict=True)
    )
    return Solid(slabs, thickness, _remarks(notes))


def _planes(structure: Structure, axes: NDArray[np.float64], notes: Counter[str]) -> list[_Plane]:
    """Group contours by plane, lowest first, each contour once."""
    found: list[tuple[float, _Contour]] = []
    if len(structure.contours_mm) > MOST_CONTOURS:
        raise UnusableStructureError(structure.number, f"at most {MOST_CONTOURS} contours are read, found more")
    for points in _levelled([points_mm @ axes for points_mm in structure.contours_mm]):
        spread = float(np.ptp(points[:, 2])) if len(points) else 0.0
        if spread > 2 * PLANAR_TOLERANCE_MM:
            raise UnusableStructureError(
                structure.number,
                f"contours must be parallel to the slices within {PLANAR_TOLERANCE_MM} mm, "
                f"found one that crosses {spread:.2f} mm",
            )
        contour = _contour(points[:, :2])
        if contour is None:
            notes["contours that enclose nothing"] += 1
        else:
            found.append((float(points[:, 2].mean()), contour))
    found.sort(key=lambda item: item[0])
    planes: list[tuple[float, list[_Contour]]] = []
    for height, contour in found:
        if planes and height - planes[-1][0] <= PLANAR_TOLERANCE_MM:
            planes[-1][1].append(contour)
        else:
            planes.append((height, [contour]))
    if max((len(contours) for _, contours in planes), default=0) > MOST_ON_A_PLANE:
        raise UnusableStructureError(
            structure.number, f"a plane must have at most {MOST_ON_A_PLANE} contours, found more"
        )
    return [_Plane(height, _distinct(contours, notes)) for height, contours in planes]


def _levelled(contours: list[Polygon]) -> list[Polygon]:
    """Undo one common tilt of all contours that is no more than the rounding of the CT's directions.

    A CT whose directions are off by so little is taken as straight, about its middle; what was drawn on it follows.
    """
    spreads = [float(np.ptp(points[:, 2])) for points in contours if len(points)]
    if max(spreads, default=0.0) <= 2 * PLANAR_TOLERANCE_MM:
        return contours
    drawn = [points for points in contours if len(points)]
    about = np.concatenate([points - points.mean(axis=0) for points in drawn])
    slopes = np.linalg.lstsq(about[:, :2], about[:, 2], rcond=None)[0]
    if np.abs(slopes).max() > PARALLEL_WITHIN:
        return contours
    everything = np.concatenate(drawn)
    middle = (everything.min(axis=0) + everything.max(axis=0)) / 2
    return [np.column_stack([points[:, :2], points[:, 2] - (points - middle)[:, :2] @ slopes]) for points in contours]


def _contour(points: Polygon) -> _Contour | None:
    """Measure a polygon; None where it encloses nothing."""
    if len(points) < 3:
        return None
    x, y = (points - points[0]).T  # near the origin the differences below lose no digits
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    twice = float(cross.sum())
    low, high = points.min(axis=0), points.max(axis=0)
    if abs(twice) <= 1e-9 * float((high - low).max()) ** 2:
        # Either a line, or loops that cancel each other, which the planimetry of the mask judges.
        centroid = points.mean(axis=0)
        if np.linalg.matrix_rank(points - centroid, tol=1e-6) < 2:
            return None
    else:
        centroid = points[0] + [((v + np.roll(v, -1)) * cross).sum() / (3 * twice) for v in (x, y)]
    return _Contour(points, abs(twice) / 2, np.concatenate([low, high, centroid]))


def _distinct(contours: Sequence[_Contour], notes: Counter[str]) -> tuple[_Contour, ...]:
    """Drop copies, which even-odd filling would cancel."""
    features = np.array([contour.features for contour in contours])
    kept = [0]
    for index in range(1, len(contours)):
        if (np.abs(features[kept] - features[index]) <= PLANAR_TOLERANCE_MM).all(axis=1).any():
            notes["contours stored twice, counted once"] += 1
        else:
            kept.append(index)
    return tuple(contours[index] for index in kept)


def _usual_step(planes: Sequence[_Plane], slice_mm: float | None) -> float:
    """Find the step between planes that the structure was drawn with, mm."""
    alone = slice_mm or LONE_PLANE_MM
    steps = np.diff([plane.height_mm for plane in planes])
    if steps.size == 0:
        return alone
    whole = steps[steps >= (slice_mm or 0.0) / 2]
    whole = np.sort(whole if whole.size else steps)
    usual = float(whole[(whole.size - 1) // 2])
    if usual <= 2 * alone * (1 + GAP_MARGIN) or (slice_mm is None and usual <= LONGEST_STEP_MM):
        return usual
    # A long step is a habit only where it is repeated; else there are two parts far apart.
    return usual if whole.size > 1 and usual <= LONGEST_STEP_MM else alone


def _thickness(steps: NDArray[np.float64], usual: float, slice_mm: float | None) -> float:
    """Thickness of a slice: the CT's where most steps are whole numbers of CT slices, else the usual step."""
    if slice_mm is None or steps.size == 0:
        return usual
    off = np.abs(steps - np.rint(steps / slice_mm) * slice_mm)
    on_slices = (off <= PLANAR_TOLERANCE_MM) & (steps > slice_mm / 2)
    return slice_mm if np.mean(on_slices) > 0.5 else usual


def _without_strays(planes: Sequence[_Plane], usual: float, notes: Counter[str]) -> list[_Plane]:
    """Take two planes closer than half the usual step as one; no left-over contour may thin a whole slice."""
    kept = [planes[0]]
    for plane in planes[1:]:
        if plane.height_mm - kept[-1].height_mm < usual / 2:
            larger, smaller = kept[-1], plane
            if plane.area_mm2 > CLEARLY_LARGER * larger.area_mm2:
                larger, smaller = smaller, larger
            added = [c for c in smaller.contours if not _overlap(c, larger)]
            kept[-1] = _Plane(larger.height_mm, (*larger.contours, *added))
            notes["contours close to a plane, taken with it"] += len(added)
            notes["contours close to a plane and over those of it, left aside"] += len(smaller.contours) - len(added)
        else:
            kept.append(plane)
    return kept


def _overlap(contour: _Contour, plane: _Plane) -> bool:
    """Whether a contour and the contours of a plane cover each other, more than where they touch."""
    covered = enclosed([other.points for other in plane.contours], inner_points(contour.points)).mean()
    covers = max(enclosed([contour.points], inner_points(other.points)).mean() for other in plane.contours)
    return bool(max(covered, covers) > 0.25)


def inner_points(polygon: Polygon, most: int = 16) -> Polygon:
    """Take some vertices of a polygon, moved a little towards its middle so that none lies on a shared edge."""
    some = polygon[:: max(1, len(polygon) // most)]
    return np.asarray(some + 0.02 * (polygon.mean(axis=0) - some))


def enclosed(polygons: Sequence[Polygon], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points ``(m, 2)`` have an odd number of the polygons' edges to their right.

    Only edges at the height of a point are looked at, so that thousands of contours on a plane take no minutes.
    """
    order = np.argsort(points[:, 1])
    x, y = points[order].T
    a = np.concatenate(polygons)
    b = np.concatenate([np.roll(polygon, -1, axis=0) for polygon in polygons])
    first = np.searchsorted(y, np.minimum(a[:, 1], b[:, 1]))
    count = np.searchsorted(y, np.maximum(a[:, 1], b[:, 1])) - first
    edge = np.repeat(np.arange(len(a)), count)
    point = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    (x0, y0), (along, up) = a[edge].T, (b - a)[edge].T
    right = x0 + (y[point] - y0) * along / up > x[point]
    found = np.empty(len(points), dtype=np.bool_)
    found[order] = np.bincount(point[right], minlength=len(points)) % 2 == 1
    return found


def _remarks(notes: Counter[str]) -> tuple[str, ...]:
    return tuple(f"{what}: {count}" for what, count in notes.items() if count)
