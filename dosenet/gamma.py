"""Gamma pass rates against a reference dose (pymedphys): by transverse plane, and in 3-D on random points.

Global gamma: the dose difference is a percentage of the reference's maximum, and points under 10 % of that maximum are
left out (Low et al., Med. Phys. 25 (1998) 656; AAPM TG-218). A plane is either judged by its own maximum, as a
distribution of its own, or by the volume's, which forgives planes of low dose.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosenet.slices import FINE_MM

CUTOFF_PERCENT = 10.0
INTERPOLATION_FRACTION = 5
"""Search step: a fifth of the distance criterion."""

logging.getLogger("pymedphys").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Criterion:
    """Gamma criterion: dose difference, per cent of the maximum, and distance to agreement, mm."""

    percent: float
    distance_mm: float

    def __str__(self) -> str:
        return f"{self.percent:g}%/{self.distance_mm:g}mm"


PAPER_CRITERIA = (Criterion(3, 3), Criterion(2, 2), Criterion(1, 1))


@dataclass(frozen=True)
class PlanePassRates:
    """2-D gamma of some planes, per cent of points with gamma of at most 1; NaN without points.

    Parameters
    ----------
    own_maximum
        Dose difference and cut-off relative to each plane's own maximum; mean over the planes.
    volume_maximum
        Relative to the volume's maximum; points of all planes pooled.
    """

    own_maximum: float
    volume_maximum: float


def plane_pass_rates(
    reference: NDArray[np.float32], dose: NDArray[np.float32], criterion: Criterion, planes: NDArray[np.intp]
) -> PlanePassRates:
    """2-D gamma on transverse planes.

    Parameters
    ----------
    reference, dose
        ``(z, y, x)`` on the same 1.25 mm lattice, same unit.
    criterion
        Dose and distance.
    planes
        Planes to compare.
    """
    maximum = float(reference.max())
    axes = tuple(FINE_MM * np.arange(n) for n in reference.shape[1:])
    rates, pooled = [], []
    for plane in planes:
        own = float(reference[plane].max())
        if own > 0:
            gamma = _gamma(axes, reference[plane], dose[plane], criterion, maximum=own, points=None)
            rates.append(_percent(gamma))
        if own >= CUTOFF_PERCENT / 100 * maximum:
            pooled.append(_gamma(axes, reference[plane], dose[plane], criterion, maximum=maximum, points=None))
    return PlanePassRates(
        own_maximum=float(np.mean(rates)) if rates else math.nan,
        volume_maximum=_percent(np.concatenate(pooled)) if pooled else math.nan,
    )


def image_pass_rate(
    reference: NDArray[np.float32], image: NDArray[np.float32], criterion: Criterion, spacing_mm: float
) -> float:
    """2-D gamma of one image ``(rows, columns)``, by the reference's maximum: per cent with gamma of at most 1."""
    maximum = float(reference.max())
    if maximum <= 0:
        return math.nan
    axes = tuple(spacing_mm * np.arange(n) for n in reference.shape)
    return _percent(_gamma(axes, reference, image, criterion, maximum=maximum, points=None))


def _percent(gamma: NDArray[np.float64]) -> float:
    return 100 * float((gamma <= 1).mean()) if gamma.size else math.nan


def volume_pass_rate(
    reference: NDArray[np.float32], dose: NDArray[np.float32], criterion: Criterion, points: int, seed: int = 0
) -> float:
    """3-D gamma on `points` random points over the cut-off: per cent with gamma of at most 1."""
    axes = tuple(FINE_MM * np.arange(n) for n in reference.shape)
    state = np.random.get_state()  # noqa: NPY002 - pymedphys draws its points from numpy's global generator
    np.random.seed(seed)  # noqa: NPY002
    try:
        gamma = _gamma(axes, reference, dose, criterion, maximum=float(reference.max()), points=points)
    finally:
        np.random.set_state(state)  # noqa: NPY002
    return _percent(gamma)


def _gamma(
    axes: tuple[NDArray[np.floating[Any]], ...],
    reference: NDArray[np.float32],
    dose: NDArray[np.float32],
    criterion: Criterion,
    *,
    maximum: float,
    points: int | None,
) -> NDArray[np.float64]:
    import pymedphys

    before = logging.root.manager.disable
    logging.disable(logging.INFO)  # it talks through the root logger, and cannot format its own numbers
    try:
        gamma = pymedphys.gamma(
            axes,
            reference.astype(np.float64),
            axes,
            dose.astype(np.float64),
            criterion.percent,
            criterion.distance_mm,
            lower_percent_dose_cutoff=CUTOFF_PERCENT,
            interp_fraction=INTERPOLATION_FRACTION,
            max_gamma=1.05,  # only pass or fail is asked for
            global_normalisation=maximum,
            random_subset=points,
        )
    finally:
        logging.disable(before)
    valid: NDArray[np.float64] = np.asarray(gamma)[np.isfinite(gamma)]
    return valid
