"""Dose-volume histograms from contours, correct below the size of a dose voxel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Dose, Grid, Structure
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.case.resample import sample

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
        Dose of each sample, ascending, ``(n,)``, Gy.
    volume_cm3
        Volume of the structure, cm3.
    """

    structure: Structure
    dose_gy: NDArray[np.float32]
    volume_cm3: float

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


def make_dvhs(doses: Sequence[Dose], structure: Structure) -> tuple[Dvh, ...]:
    """Sample doses inside a structure on a lattice finer than the dose grid.

    The structure is rasterised on a lattice of its own, as fine as `MOST_SAMPLES` allows, and the dose interpolated
    linearly at the centres, so that neither small structures nor steep gradients suffer from the dose voxels.

    Returns
    -------
    tuple of Dvh
        One for each dose; none at all for a structure without contours or without any sample inside.
    """
    grid = _lattice(structure)
    if grid is None:
        return ()
    inside = np.argwhere(rasterise(structure, grid))
    if inside.size == 0:
        return ()
    points = grid.to_patient(inside[:, ::-1])
    volume_cm3 = len(points) * grid.voxel_volume_mm3 / 1000
    return tuple(Dvh(structure, np.sort(sample(dose.volume, points)), volume_cm3) for dose in doses)


def _lattice(structure: Structure) -> Grid | None:
    """Lattice around a structure, with whole numbers of voxels to the slab of a contour plane."""
    if not structure.contours_mm:
        return None
    points = np.concatenate(structure.contours_mm)
    planes = np.unique(np.round([c[0, 2] for c in structure.contours_mm], 3))
    thickness = float(np.diff(planes).min()) if planes.size > 1 else 1.0
    margin = np.array([1.0, 1.0, thickness])
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    side = max(FINEST_MM, float((np.prod(high - low) / MOST_SAMPLES) ** (1 / 3)))
    # Whole numbers of planes to a slice keep the volume of stacked contours exact.
    step_z = thickness / max(1, round(thickness / side))
    size = np.ceil((high - low) / [side, side, step_z]).astype(int) + 1
    bottom = float(low[2] + (step_z - thickness) / 2)
    return Grid(
        (int(size[0]), int(size[1]), int(size[2])), (side, side, step_z), (float(low[0]), float(low[1]), bottom)
    )
