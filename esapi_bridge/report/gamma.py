"""Gamma of doses on grids in patient space: pass rates and maps of the report (the index itself: `dosenet.gamma`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosenet.gamma import CUTOFF_PERCENT, PASS_LIMIT, Criterion, Distribution, gamma_index, pass_percent
from dosenet.lattice import Lattice
from esapi_bridge.case import Dose, Grid, Volume
from esapi_bridge.case.resample import sample
from esapi_bridge.errors import BridgeError
from esapi_bridge.report.plane import Plane

MAP_LIMIT = 2.0
"""Gamma at which maps end."""


@dataclass(frozen=True)
class GammaResult:
    """Share of voxels with gamma <= 1.

    Parameters
    ----------
    criterion
        What was asked.
    pass_percent
        Share of judged voxels that pass, per cent.
    voxels
        Number judged: all at or above the cut-off within reach.
    voxels_out_of_reach
        Voxels at or above the cut-off that the evaluated dose does not cover.
    """

    criterion: Criterion
    pass_percent: float
    voxels: int
    voxels_out_of_reach: int = 0

    @property
    def description(self) -> str:
        """The criterion in full, for example ``2 %/2 mm, global (max), 10 % cut-off, 4852 voxels``."""
        rest = f", {self.voxels_out_of_reach} out of reach" if self.voxels_out_of_reach else ""
        return f"{self.criterion}, global (max), {CUTOFF_PERCENT:g} % cut-off, {self.voxels} voxels{rest}"


@dataclass(frozen=True)
class GammaMap:
    """Gamma of a volume.

    Parameters
    ----------
    name
        What is compared with what.
    criterion
        What was asked.
    values
        ``(z, y, x)``, NaN where not judged, at most the limit of the search.
    grid
        Lattice of the dose compared against.
    above
        Voxels at or above the cut-off.
    """

    name: str
    criterion: Criterion
    values: NDArray[np.float32]
    grid: Grid
    above: int

    @property
    def result(self) -> GammaResult:
        """Its pass rate."""
        judged = int(np.isfinite(self.values).sum())
        return GammaResult(self.criterion, pass_percent(self.values), judged, self.above - judged)


def distribution(volume: Volume) -> Distribution:
    """Return a volume with its lattice along the grid's own axes, whatever way they point."""
    grid = volume.grid
    x, y, z = (float(v) for v in np.asarray(grid.origin_mm) @ grid.axes)
    return Distribution(volume.values, Lattice(grid.size, grid.spacing_mm, (x, y, z)))


def gamma_pass(reference: Dose, evaluated: Dose, criterion: Criterion) -> GammaResult:
    """Compute the 3-D gamma pass rate of one dose against another; see `gamma_map`."""
    return gamma_map("", reference, evaluated, criterion, PASS_LIMIT).result


def gamma_map(name: str, reference: Dose, evaluated: Dose, criterion: Criterion, limit: float = MAP_LIMIT) -> GammaMap:
    """Compute the 3-D gamma of every voxel of one dose against another.

    Parameters
    ----------
    name
        What is compared with what.
    reference, evaluated
        Doses in Gy, each on its own axis-aligned grid; the reference's voxels are judged.
    criterion
        Tolerances.
    limit
        Gamma is searched up to here.

    Raises
    ------
    BridgeError
        If the reference holds no dose.
    """
    maximum = float(reference.gy.max())
    if maximum <= 0:
        raise BridgeError("gamma needs a reference dose above zero, found none")
    gamma = gamma_index(
        reference=distribution(reference.volume),
        evaluated=distribution(evaluated.volume),
        criterion=criterion,
        limit=limit,
    )
    return GammaMap(name, criterion, gamma, reference.grid, int((reference.gy >= CUTOFF_PERCENT / 100 * maximum).sum()))


def gamma_plane(reference: Dose, evaluated: Dose, plane: Plane, criterion: Criterion) -> NDArray[np.float32]:
    """Map the 3-D gamma of the points of an axial plane, ``(rows, columns)``.

    NaN below the cut-off, at most `MAP_LIMIT`. The search runs through the whole evaluated volume, not the plane alone.
    """
    values = sample(reference.volume, plane.points_mm())
    across, up = plane.across_mm, plane.up_mm
    step = plane.step_mm
    lattice = Lattice(
        (across.size, up.size, 1), (step, step, step), (float(across[0]), float(up[0]), plane.position_mm)
    )
    found: NDArray[np.float32] = gamma_index(
        reference=Distribution(values[None], lattice),
        evaluated=distribution(evaluated.volume),
        criterion=criterion,
        maximum=float(reference.gy.max()),
        limit=MAP_LIMIT,
    )[0]
    return found
