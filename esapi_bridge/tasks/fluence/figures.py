"""Differences between two fluences of a beam, in the measures of Lee et al. 2019."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosenet.gamma import Criterion, image_pass_rate
from esapi_bridge.case import FluenceMap
from esapi_bridge.case.fluence_rules import SPACING_MM
from esapi_bridge.case.resample import sample_fluence

CRITERION = Criterion(3, 3)


@dataclass(frozen=True)
class FluenceFigures:
    """Figures of one map against another.

    Parameters
    ----------
    mean_error_fractional_mu
        Mean absolute difference as `fluencenet.metrics.MapErrors`, fractional MU; NaN without a commissioned factor.
    ssim
        Structural similarity, 1 for equal maps.
    gamma_percent
        Pixels above 10 % of the reference's maximum that pass gamma 3 %/3 mm, per cent.
    sum_error_percent
        Difference of the sums, per cent of the reference's.
    """

    mean_error_fractional_mu: float
    ssim: float
    gamma_percent: float
    sum_error_percent: float


def fluence_figures(found: FluenceMap, reference: FluenceMap, mu_per_fluence: float = math.nan) -> FluenceFigures:
    """Measure a fluence against another one.

    Parameters
    ----------
    found, reference
        Maps of one beam.
    mu_per_fluence
        Monitor units for fluence 1 in the unit of ESAPI.
    """
    import torch

    from fluencenet.metrics import fractional_mu, map_errors

    one, other = on_common_pixels(found, reference)
    factor = fractional_mu(mu_per_fluence)
    known = factor if math.isfinite(factor) else 1.0
    errors = map_errors(*(torch.from_numpy(values * np.float32(known))[None, None] for values in (one, other)))
    total = float(other.sum(dtype=np.float64))
    return FluenceFigures(
        mean_error_fractional_mu=float(errors.mae[0]) if known == factor else math.nan,
        ssim=float(errors.ssim[0]),
        gamma_percent=image_pass_rate(other, one, CRITERION, SPACING_MM),
        sum_error_percent=100 * (float(one.sum(dtype=np.float64)) / total - 1) if total > 0 else math.nan,
    )


def on_common_pixels(one: FluenceMap, other: FluenceMap) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Bring two maps to the pixels of the first, as many as cover both; the second is interpolated linearly."""
    maps = (one, other)
    step = one.spacing_mm
    left = min(round((m.x_origin_mm - one.x_origin_mm) / step) for m in maps)
    top = max(round((m.y_origin_mm - one.y_origin_mm) / step) for m in maps)
    right = max(round((m.x_origin_mm - one.x_origin_mm) / step) + m.values.shape[1] for m in maps)
    bottom = min(round((m.y_origin_mm - one.y_origin_mm) / step) - m.values.shape[0] for m in maps)
    x_mm = one.x_origin_mm + step * np.arange(left, right)
    y_mm = one.y_origin_mm + step * np.arange(top, bottom, -1)
    first, second = (sample_fluence(m, x_mm, y_mm) for m in maps)
    return first, second
