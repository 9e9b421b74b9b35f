"""The pair of dose engines behind exports and training pairs, and the pair of grids they calculate on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Dose, DoseMedium, Grid, PatientPosition, Volume
from esapi_bridge.planning.arcs import PartWidth, still_parts
from esapi_bridge.planning.outline import body_in_air, inside
from esapi_bridge.progress import StepProgress

COARSE_MM = 5.0
FINE_MM = 1.25
RATIO = 4

Engine = Callable[[Volume, Beam, Grid, PatientPosition], Dose]
"""CT, beam, dose grid and patient position to the dose of that beam."""


@dataclass(frozen=True)
class Engines:
    """A fast engine for the coarse grid and an accurate one for the fine grid."""

    coarse: Engine
    fine: Engine


@dataclass(frozen=True)
class DoseGrids:
    """Two dose grids that tile each other: one coarse voxel is exactly 4x4x4 fine voxels."""

    coarse: Grid
    fine: Grid

    def planes(self, first: int, last: int) -> DoseGrids:
        """Return the part from coarse plane `first` to coarse plane `last`, both included."""
        x, y, z = self.coarse.origin_mm
        size = (*self.coarse.size[:2], last - first + 1)
        return tiled(Grid(size, self.coarse.spacing_mm, (x, y, z + COARSE_MM * first)))


def physics_engines(energy: str = "10X-FFF", medium: DoseMedium = DoseMedium.MEDIUM) -> Engines:
    """Pencil beam, and collapsed cone to a medium, with the beam model of an energy."""
    from esapi_bridge.planning.physics import collapsed_cone, load_beam_model, pencil_beam

    model = load_beam_model(energy)
    return Engines(
        coarse=lambda ct, beam, grid, position: pencil_beam(ct, beam, model, grid, position),
        fine=lambda ct, beam, grid, position: collapsed_cone(ct, beam, model, grid, position, medium),
    )


def dose_grids(
    ct: Volume, body: NDArray[np.bool_], margin_mm: float = 5.0, z_range_mm: tuple[float, float] | None = None
) -> DoseGrids:
    """Lay calculation grids over the body, as a planning system's dose matrix covers it.

    Parameters
    ----------
    ct
        HU, axes along LPS.
    body
        Patient outline on the CT grid.
    margin_mm
        Room left around the body in the transverse plane, mm.
    z_range_mm
        Lowest and highest z needed, mm; the whole body when None.

    Returns
    -------
    DoseGrids
        Coarse (5 mm) and fine (1.25 mm) grid.

    Raises
    ------
    ValueError
        If the body is empty or lies outside the z range.
    """
    if not body.any():
        raise ValueError("dose grids need a body with at least one voxel, got an empty one")
    low, high = [], []
    for axis in range(3):
        inside = np.flatnonzero(body.any(axis=tuple(a for a in range(3) if a != 2 - axis)))
        edge = ct.grid.coordinates_mm(axis)
        margin = margin_mm if axis < 2 else 0.0
        low.append(float(edge[inside[0]]) - ct.grid.spacing_mm[axis] / 2 - margin)
        high.append(float(edge[inside[-1]]) + ct.grid.spacing_mm[axis] / 2 + margin)
    if z_range_mm is not None:
        low[2], high[2] = max(low[2], z_range_mm[0]), min(high[2], z_range_mm[1])
        if low[2] >= high[2]:
            raise ValueError(f"the z range {z_range_mm} mm must overlap the body, got none in common")
    # Never beyond the edges of the CT, where nothing is known.
    nx, low[0] = _fit(low[0], high[0], ct.grid, 0)
    ny, low[1] = _fit(low[1], high[1], ct.grid, 1)
    nz = max(1, int((high[2] - low[2]) / COARSE_MM + 1e-6))
    low[2] += (high[2] - low[2] - nz * COARSE_MM) / 2
    origin = (low[0] + COARSE_MM / 2, low[1] + COARSE_MM / 2, low[2] + COARSE_MM / 2)
    return tiled(Grid((nx, ny, nz), (COARSE_MM,) * 3, origin))


def respaced(grid: Grid, spacing_mm: float) -> Grid:
    """Fill the box of a grid with cubic voxels of another spacing: as many whole ones as fit, around the same centre.

    Where the spacing divides the box, the new voxels tile it: 1.25 mm in a box of 5 mm voxels gives the fine grid.
    """
    extent = np.asarray(grid.size) * np.asarray(grid.spacing_mm)
    nx, ny, nz = (max(1, int(length / spacing_mm + 1e-6)) for length in extent)
    centre = grid.to_patient((np.asarray(grid.size) - 1) / 2)
    x, y, z = (float(v) for v in centre - grid.axes @ ((np.array([nx, ny, nz]) - 1) / 2 * spacing_mm))
    return Grid((nx, ny, nz), (spacing_mm,) * 3, (x, y, z), grid.direction)


def _fit(low_mm: float, high_mm: float, ct: Grid, axis: int) -> tuple[int, float]:
    """Count the coarse voxels that cover a range within the CT, and find where they begin, mm."""
    edges = ct.coordinates_mm(axis)[[0, -1]] + np.array([-0.5, 0.5]) * ct.spacing_mm[axis]
    room = max(1, int((edges[1] - edges[0]) / COARSE_MM + 1e-6))
    count = min(int(np.ceil((high_mm - low_mm) / COARSE_MM - 1e-6)), room)
    return count, float(max(min(low_mm, edges[1] - count * COARSE_MM), edges[0]))


def tiled(coarse: Grid) -> DoseGrids:
    """Give a coarse grid of 5 mm the fine one that tiles it."""
    shift = (COARSE_MM - FINE_MM) / 2
    nx, ny, nz = coarse.size
    x, y, z = coarse.origin_mm
    return DoseGrids(
        coarse, Grid((RATIO * nx, RATIO * ny, RATIO * nz), (FINE_MM,) * 3, (x - shift, y - shift, z - shift))
    )


def dose_in_body(
    engine: Engine,
    ct: Volume,
    body: NDArray[np.bool_],
    beam: Beam,
    grid: Grid,
    position: PatientPosition,
    progress: StepProgress | None = None,
    *,
    part_width: PartWidth | None = None,
) -> Dose:
    """Calculate a beam as a planning system does: what is outside the body is air, and gets no dose.

    Couch and clothes in the CT neither attenuate nor scatter, unless they belong to the body. An arc is the sum of its
    parts (`esapi_bridge.planning.arcs`).

    Parameters
    ----------
    engine
        Dose engine.
    ct
        CT in HU.
    body
        Mask ``(z, y, x)`` on the CT's grid.
    beam, grid, position
        Beam, dose grid and patient position, as the engine wants them.
    progress
        Told after every part of an arc.
    part_width
        Widest part of an arc. Default: `esapi_bridge.planning.arcs.of_plans`.
    """
    air = body_in_air(ct, body)
    first, *others = still_parts(beam, part_width)
    dose = engine(air, first, grid, position)
    gy = np.array(dose.gy)
    for done, part in enumerate(others, 1):
        if progress is not None:
            progress(done, len(others) + 1)
        gy += engine(air, part, grid, position).gy
    return replace(dose, volume=replace(dose.volume, values=gy * inside(ct, body, grid)))
