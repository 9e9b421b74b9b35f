"""Where a planning system calculates dose: within the body outline, and in couch and bolus outlined beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.grid import Grid
from esapi_bridge.case.plan import Case
from esapi_bridge.case.planimetry import missed_volume
from esapi_bridge.case.rasterise import fill
from esapi_bridge.case.slabs import Solid, solid_of
from esapi_bridge.case.structure import UnusableStructureError

BESIDE_BODY = ("SUPPORT", "BOLUS")
"""Types of structures (3006,00A4) that get dose though they lie outside the body."""


@dataclass(frozen=True)
class DoseRegion:
    """The outlines within which dose is calculated; the mask of the last grid is kept.

    Parameters
    ----------
    solids
        Body, couch and bolus, with axes along the patient's.
    """

    solids: tuple[Solid, ...]
    _filled: dict[Grid, NDArray[np.bool_]] = field(default_factory=dict, compare=False, repr=False)

    def on(self, grid: Grid) -> NDArray[np.bool_]:
        """Fill the outlines on a grid ``(z, y, x)`` along the patient axes."""
        if grid not in self._filled:
            inside = np.logical_or.reduce([fill(solid, grid) for solid in self.solids])
            self._filled.clear()
            self._filled[grid] = inside
        return self._filled[grid]

    def holds(self, points_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether LPS points ``(n, 3)``, mm, lie within the outlines."""
        return np.array([self._holds(point) for point in points_mm], dtype=np.bool_)

    def _holds(self, point_mm: NDArray[np.float64]) -> bool:
        x, y, z = (float(v) for v in point_mm)
        voxel = Grid((1, 1, 1), (1.0, 1.0, 1.0), (x, y, z))
        return any(bool(fill(solid, voxel).all()) for solid in self.solids)


def dose_region(case: Case) -> DoseRegion | None:
    """Find the outlines of a case along the patient axes; None unless all can be filled, and one is the body's."""
    if len(case.body_outlines) != 1:
        return None
    beside = [s for s in case.structures if s.dicom_type.upper() in BESIDE_BODY and s.contours_mm]
    grid = case.ct.grid
    try:
        solids = [solid_of(structure, grid.axes, case.slice_mm) for structure in (*case.body_outlines, *beside)]
    except UnusableStructureError:
        return None
    if any(missed_volume(solid, fill(solid, grid), grid) for solid in solids):
        return None
    return DoseRegion(tuple(solids))
