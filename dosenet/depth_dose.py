"""Integrated depth dose: what a beam leaves in planes across its axis, and how far two doses are apart in that.

As DoseRAD2026 has it (https://doserad2026.grand-challenge.org/metrics-and-ranking/, level 1.2, `idd_curve_distance` of
its evaluator): the root mean square of the curves' difference over the peak of the reference's. There the mean runs
over the diagonal of the grid (`idd_ct.py` of Image-X-Institute/DoseRAD2026_BEAM3R); here over the depths at which the
reference has dose, so that an empty margin does not make it smaller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosenet.lattice import Lattice, Triple

Volume = NDArray[np.float32]

SLICES = 16
"""Slices of a voxel's size into which voxels are sorted by depth: fewer make the curve of an oblique beam uneven."""

WIDTH = 2
"""Voxels to either side over which a plane takes dose, ever less: fewer would show the rows of an oblique grid."""


@dataclass(frozen=True)
class DepthDoseDistance:
    """How far an integrated depth dose is from the reference's.

    Parameters
    ----------
    rms_percent
        Root mean square difference, per cent of the reference's peak.
    area_percent
        Area between the curves, per cent of that under the reference's.
    """

    rms_percent: float
    area_percent: float


def depth_dose_distances(
    reference: Volume, doses: Mapping[str, Volume], lattice: Lattice, source_mm: Triple, isocentre_mm: Triple
) -> dict[str, DepthDoseDistance]:
    """Compare doses of a beam whose source stands still with a reference.

    Parameters
    ----------
    reference, doses
        ``(z, y, x)``, any unit; what lies beyond the lattice does not count.
    lattice
        Their lattice, of voxels as long as high and wide.
    source_mm, isocentre_mm
        Two points of the beam's central axis, LPS, mm.

    Returns
    -------
    dict
        By name of the dose.

    Raises
    ------
    ValueError
        If the reference has no dose.
    """
    slices = _slices(lattice, source_mm, isocentre_mm)
    expected = _curve(reference, slices)
    peak = float(expected.max())
    if not peak > 0:
        raise ValueError(f"expected a reference with dose, found a depth dose of at most {peak:g}")
    reached = expected > 0
    found = {}
    for name, dose in doses.items():
        difference = (_curve(dose, slices) - expected)[reached]
        found[name] = DepthDoseDistance(
            rms_percent=100 * float(np.sqrt(np.mean(difference**2))) / peak,
            area_percent=100 * float(np.abs(difference).sum() / expected.sum()),
        )
    return found


def _slices(lattice: Lattice, source_mm: Triple, isocentre_mm: Triple) -> NDArray[np.intp]:
    """Which slice across the axis each voxel lies in, ``(voxels,)``, counted from the one nearest to the source."""
    axis = np.subtract(isocentre_mm, source_mm)
    axis = axis / np.linalg.norm(axis) * (SLICES / lattice.spacing_mm[0])
    x, y, z = ((lattice.centres_mm(k) * axis[k]).astype(np.float32) for k in range(3))
    place = z[:, None, None] + y[:, None] + x
    return np.asarray((place - place.min()).ravel(), dtype=np.intp)


def _curve(dose: Volume, slices: NDArray[np.intp]) -> NDArray[np.float64]:
    """Dose of each slice and its neighbours, weighted by how near they are."""
    steps = WIDTH * SLICES
    weights = 1 - np.abs(np.arange(1 - steps, steps)) / steps
    return np.convolve(np.bincount(slices, dose.ravel()), weights)
