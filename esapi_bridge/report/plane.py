"""The three planes of the report and their positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Grid, Structure
from esapi_bridge.case.rasterise import rasterise

Point = tuple[float, float, float]

_VIEWS = {
    # name: (axis the plane cuts, axis to the right, axis upwards with its sign, letters left, right, top, bottom)
    "axial": (2, (0, 1.0), (1, -1.0), ("R", "L", "A", "P")),
    "coronal": (1, (0, 1.0), (2, 1.0), ("R", "L", "H", "F")),
    "sagittal": (0, (1, 1.0), (2, 1.0), ("A", "P", "H", "F")),
}
_AXIS_NAMES = ("x", "y", "z")


@dataclass(frozen=True)
class Plane:
    """A plane along the patient axes, shown the radiological way: the patient's left on the right.

    Parameters
    ----------
    name
        ``axial``, ``coronal`` or ``sagittal``.
    position_mm
        LPS coordinate on the axis the plane cuts, mm.
    low_mm, high_mm
        Corners of the shown box, LPS, mm.
    step_mm
        Distance between samples, mm.
    """

    name: str
    position_mm: float
    low_mm: Point
    high_mm: Point
    step_mm: float = 1.0

    @property
    def letters(self) -> tuple[str, str, str, str]:
        """Patient directions at the left, right, top and bottom edge."""
        return _VIEWS[self.name][3]

    @property
    def label(self) -> str:
        """Name and position, for example ``axial, z = -12.5 mm``."""
        return f"{self.name}, {_AXIS_NAMES[_VIEWS[self.name][0]]} = {self.position_mm:.1f} mm"

    @property
    def across_mm(self) -> NDArray[np.float64]:
        """Sample positions from left to right on the axis to the right, mm."""
        return self._samples(_VIEWS[self.name][1])

    @property
    def up_mm(self) -> NDArray[np.float64]:
        """Sample positions from top to bottom on the vertical axis, mm."""
        axis, sign = _VIEWS[self.name][2]
        return self._samples((axis, -sign))

    @property
    def extent_mm(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top coordinate of the picture's edges, mm."""
        half = self.step_mm / 2
        left, right = self.across_mm[0], self.across_mm[-1]
        top, bottom = self.up_mm[0], self.up_mm[-1]
        down = np.sign(bottom - top) or 1.0
        return float(left - half), float(right + half), float(bottom + half * down), float(top - half * down)

    def points_mm(self) -> NDArray[np.float64]:
        """LPS points of the samples, ``(rows, columns, 3)``, top row first, mm."""
        cut, (right, _), (vertical, _), _ = _VIEWS[self.name]
        points = np.empty((self.up_mm.size, self.across_mm.size, 3))
        points[..., cut] = self.position_mm
        points[..., right] = self.across_mm[None, :]
        points[..., vertical] = self.up_mm[:, None]
        return points

    def occupancy(self, structure: Structure, slice_mm: float) -> NDArray[np.float32]:
        """Find the samples inside a structure, ``(rows, columns)``, 1 inside and 0 outside; see `rasterise`."""
        cut, (right, _), (vertical, sign), _ = _VIEWS[self.name]
        size, origin = [1, 1, 1], list(self.low_mm)
        size[right], size[vertical], origin[cut] = self.across_mm.size, self.up_mm.size, self.position_mm
        step = self.step_mm
        grid = Grid((size[0], size[1], size[2]), (step, step, step), (origin[0], origin[1], origin[2]))
        mask = np.squeeze(rasterise(structure, grid, slice_mm), axis=2 - cut).astype(np.float32)
        return mask if sign < 0 else mask[::-1]

    def _samples(self, axis: tuple[int, float]) -> NDArray[np.float64]:
        index, sign = axis
        count = max(2, int((self.high_mm[index] - self.low_mm[index]) / self.step_mm) + 1)
        samples: NDArray[np.float64] = self.low_mm[index] + self.step_mm * np.arange(count, dtype=np.float64)
        return samples if sign > 0 else samples[::-1]


def three_planes(through_mm: Point, low_mm: Point, high_mm: Point, step_mm: float = 1.0) -> tuple[Plane, Plane, Plane]:
    """Build the axial, coronal and sagittal plane through a point."""
    axial, coronal, sagittal = (
        Plane(name, through_mm[_VIEWS[name][0]], low_mm, high_mm, step_mm) for name in ("axial", "coronal", "sagittal")
    )
    return axial, coronal, sagittal
