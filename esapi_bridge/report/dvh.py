"""Dose-volume histograms from contours, correct below the size of a dose voxel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Dose, Grid, Structure
from esapi_bridge.case.planimetry import missed_volume, volume_mm3
from esapi_bridge.case.rasterise import fill
from esapi_bridge.case.resample import sample_at
from esapi_bridge.case.slabs import Solid, solid_of
from esapi_bridge.case.structure import UnusableStructureError

MOST_SAMPLES = 600_000
FINEST_MM = 0.2


@dataclass(frozen=True)
class Dvh:
    """A cumulative dose-volume histogram, kept as the sorted dose samples of equal volume.

    Parameters
    ----------
    structure
        The structure.
    dose_gy
        Dose of each sample within the dose grid, ascending, ``(n,)``, Gy; at least one.
    volume_cm3
        Volume of the whole structure, every slice of full thickness, cm3, by planimetry.
    sampled_cm3
        Volume from the first to the last plane, in which dose is sampled, cm3, by planimetry.
    outside
        Share of what is sampled outside the dose grid, of which nothing is known, 0 to 1.
    """

    structure: Structure
    dose_gy: NDArray[np.float32]
    volume_cm3: float
    sampled_cm3: float
    outside: float = 0.0

    @property
    def mean_gy(self) -> float:
        """Mean dose, Gy."""
        return float(self.dose_gy.mean(dtype=np.float64))

    def dose_at_gy(self, volume_percent: float) -> float:
        """Least dose in the hottest `volume_percent` of the volume, for example D95, Gy."""
        return float(np.quantile(self.dose_gy, 1 - volume_percent / 100))

    def volume_at_percent(self, dose_gy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the volume with at least these doses, per cent."""
        below = np.searchsorted(self.dose_gy, dose_gy, side="left")
        return 100.0 * (1.0 - below / self.dose_gy.size)


def make_dvhs(doses: Sequence[Dose], structure: Structure, slice_mm: float | None = None) -> tuple[Dvh, ...]:
    """Sample doses inside a structure on a lattice finer than the dose grid.

    The structure is rasterised on a lattice of its own, as fine as `MOST_SAMPLES` allows, and the dose interpolated
    linearly at the centres, so that neither small structures nor steep gradients suffer from the dose voxels.

    Dose is sampled from the first to the last plane of a structure drawn on a CT, as Eclipse does (D95 of a target of
    63 cm3 then agrees with Eclipse's to 0.12 % rather than 0.68 %); its volume has the outer halves of the end slices.

    Parameters
    ----------
    doses
        Doses, each on a grid of any orientation.
    structure
        The structure.
    slice_mm
        Distance of the CT slices that it was drawn on; None where that is not known.

    Returns
    -------
    tuple of Dvh
        One for each dose; none at all for a structure whose contours enclose nothing.

    Raises
    ------
    UnusableStructureError
        If no mask can be made that has the volume of the contours, or the structure lies outside one of the doses.
    """
    solid = solid_of(structure, slice_mm=slice_mm)
    if not solid.slabs:
        return ()
    grid = _lattice(solid)
    sampled = solid if slice_mm is None else solid.between_planes()
    mask = fill(sampled, grid)
    fault = missed_volume(sampled, mask, grid)
    inside = np.argwhere(mask)
    if fault is not None or inside.size == 0:
        raise UnusableStructureError(structure.number, fault or "a volume is expected, found none between its contours")
    points = grid.to_patient(inside[:, ::-1])
    volumes_cm3 = volume_mm3(solid) / 1000, volume_mm3(sampled) / 1000
    histograms = []
    index: NDArray[np.float64] = np.empty(0)
    grid_of_index: Grid | None = None
    for dose in doses:
        if dose.grid != grid_of_index:  # the network's dose and its bounds have one
            index, grid_of_index = dose.grid.to_index(points), dose.grid
            covered = dose.grid.holds_index(index)
            if not covered.any():
                raise UnusableStructureError(structure.number, "lies outside the dose grid")
            index, outside = index[covered], float(1 - covered.mean())
        gy = np.sort(sample_at(dose.volume, index))
        histograms.append(Dvh(structure, gy, *volumes_cm3, outside))
    return tuple(histograms)


def _lattice(solid: Solid) -> Grid:
    """Lattice around a structure, with whole numbers of voxels to half the slab of a contour plane."""
    polygons = np.concatenate([polygon for slab in solid.slabs for polygon in slab.polygons])
    low = np.array([*polygons.min(axis=0), solid.slabs[0].bottom_mm])
    high = np.array([*polygons.max(axis=0), solid.slabs[-1].top_mm])
    # Also where the box is flat or long: it has no more than eight times as many voxels as samples are wanted.
    longest = np.sort(high - low)[::-1]
    side = max(FINEST_MM, *(float((np.prod(longest[:n]) / MOST_SAMPLES) ** (1 / n)) for n in (1, 2, 3)))
    # Whole numbers of planes to half a slice keep the volume of stacked contours exact.
    step_z = solid.thickness_mm / (2 * max(1, round(solid.thickness_mm / side / 2)))
    steps = np.array([side, side, step_z if solid.thickness_mm > side / 2 else side])
    size = np.maximum(1, np.ceil((high - low) / steps - 1e-6)).astype(int)
    x, y, z = (float(v) for v in low + steps / 2)
    return Grid((int(size[0]), int(size[1]), int(size[2])), (side, side, float(steps[2])), (x, y, z))
