"""The quantities of plan goals, from the dose in the voxels of structures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CONFORMITY_LEVEL = 0.95
"""Share of the prescription whose volume the conformity compares with that of the target."""


def dose_at_gy(structure_gy: NDArray[np.float32], volume_percent: float) -> float:
    """Find the dose, Gy, that the hottest so many per cent of a structure's voxels ``(n,)`` get at least; n > 0."""
    return float(np.quantile(structure_gy, 1.0 - volume_percent / 100.0))


def volume_percent(structure_gy: NDArray[np.float32], level_gy: float) -> float:
    """Per cent of a structure's voxels ``(n,)`` with at least a dose; NaN of none."""
    return 100.0 * float((structure_gy >= level_gy).mean()) if structure_gy.size else float("nan")


def mean_gy(structure_gy: NDArray[np.float32]) -> float:
    """Mean dose of a structure's voxels ``(n,)``, Gy; NaN of none."""
    return float(structure_gy.mean(dtype=np.float64)) if structure_gy.size else float("nan")


def max_gy(structure_gy: NDArray[np.float32]) -> float:
    """Highest dose of a structure's voxels ``(n,)``, Gy; NaN of none."""
    return float(structure_gy.max()) if structure_gy.size else float("nan")


def homogeneity(target_gy: NDArray[np.float32], prescription_gy: float) -> float:
    """(D5 - D95) / prescription of a target's voxels ``(n,)``, n > 0 (Lee et al. 2019)."""
    return (dose_at_gy(target_gy, 5.0) - dose_at_gy(target_gy, 95.0)) / prescription_gy


def conformity(target_gy: NDArray[np.float32], body_gy: NDArray[np.float32], prescription_gy: float) -> float:
    """Volume of the body with at least 95 % of the prescription over that of the target (Lee et al. 2019).

    Parameters
    ----------
    target_gy, body_gy
        Dose in the voxels of each, ``(n,)`` with n > 0 and ``(m,)``, of one lattice.
    prescription_gy
        Of the plan, Gy.
    """
    return int((body_gy >= CONFORMITY_LEVEL * prescription_gy).sum()) / target_gy.size
