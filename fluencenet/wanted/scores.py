"""Dose score and DVH score of a predicted dose, as OpenKBP counts them (Babier et al., Med Phys 48 (2021) 5549)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fluencenet.scene import LABELS, ORGANS

TARGET = "PTV"
TARGET_PERCENT = (1.0, 95.0, 99.0)
"""Of the target: dose that so much of its volume gets at least."""

HOTTEST_MM3 = 100.0
"""Of an organ: dose to its hottest 0.1 cm3, and its mean."""


@dataclass(frozen=True)
class DoseScores:
    """Both scores of one dose, and the points of its histograms.

    Parameters
    ----------
    dose_gy
        Mean absolute error of the dose in the body, Gy.
    dvh_gy
        Mean absolute error of the points of the dose-volume histograms, Gy.
    points_gy
        Difference of each point, predicted less reference, Gy.
    """

    dose_gy: float
    dvh_gy: float
    points_gy: Mapping[str, float]


def dose_scores(
    predicted_gy: NDArray[np.float32], reference_gy: NDArray[np.float32], labels: NDArray[np.uint8], voxel_mm3: float
) -> DoseScores:
    """Compare two doses of the whole course ``(z, y, x)``, Gy, on the lattice of the labels."""
    body = labels > 0
    error = float(np.abs(predicted_gy[body] - reference_gy[body]).mean(dtype=np.float64))
    one, other = (histogram_points(dose, labels, voxel_mm3) for dose in (predicted_gy, reference_gy))
    points = {name: one[name] - other[name] for name in other}
    return DoseScores(error, float(np.mean(np.abs(list(points.values())))), points)


def histogram_points(dose_gy: NDArray[np.float32], labels: NDArray[np.uint8], voxel_mm3: float) -> dict[str, float]:
    """Points of the dose-volume histograms of the structures that there are, Gy."""
    found: dict[str, float] = {}
    inside = dose_gy[labels == LABELS.index(TARGET)].astype(np.float64)
    for percent in TARGET_PERCENT:
        found[f"{TARGET} D{percent:g}%"] = float(np.percentile(inside, 100.0 - percent))
    for name in ORGANS:
        inside = dose_gy[labels == LABELS.index(name)].astype(np.float64)
        if not inside.size:
            continue
        hottest = max(1, round(HOTTEST_MM3 / voxel_mm3))
        place = max(0, inside.size - hottest)
        found[f"{name} D0.1cc"] = float(np.partition(inside, place)[place])
        found[f"{name} Dmean"] = float(inside.mean())
    return found
