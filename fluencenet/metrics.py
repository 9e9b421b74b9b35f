"""Errors of predicted maps against the clinical ones (Lee et al. 2019, figure 7), in the paper's unit."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.ssim import structural_similarity

FRAME_PX = 160
"""Maps are compared within 40 x 40 cm2 of 2.5 mm pixels, zeros included, as the paper did (our reading)."""

LEAST_RANGE = 1e-3
"""Lower limit of the sum and data range of a map, in the map's unit, against division by zero on empty maps."""

LEAST_MAXIMUM = 1e-6
"""Data range of an empty clinical map, fractional MU."""

MU_PER_UNIT = 100.0
"""Fractional MU: exposure of one fraction in units of 100 MU (our reading of the paper's unit)."""


def fractional_mu(mu_per_fluence: float) -> float:
    """Fractional MU of fluence 1 (unit of ESAPI), from the monitor units that deliver it."""
    return mu_per_fluence / MU_PER_UNIT


@dataclass(frozen=True)
class MapErrors:
    """Errors of some maps.

    Parameters
    ----------
    mae
        ``(b,)`` mean absolute error over the frame, fractional MU.
    ssim
        ``(b,)`` structural similarity over the frame; its constants refer to the clinical map's maximum.
    energy
        ``(b,)`` relative error of the map's sum.
    """

    mae: Tensor
    ssim: Tensor
    energy: Tensor


def map_errors(predicted: Tensor, clinical: Tensor) -> MapErrors:
    """Compare maps ``(b, 1, rows, columns)`` in fractional MU; they are framed by zeros up to `FRAME_PX`."""
    rows, columns = (max(0, FRAME_PX - n) for n in clinical.shape[-2:])
    frame = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    one, other = F.pad(predicted, frame), F.pad(clinical, frame)
    top = other.amax((1, 2, 3)).clamp_min(LEAST_MAXIMUM)
    return MapErrors(
        mae=(one - other).abs().mean((1, 2, 3)),
        ssim=structural_similarity(one, other, top),
        energy=energy_error(one, other),
    )


def energy_error(predicted: Tensor, target: Tensor) -> Tensor:
    """Relative difference of the sums of maps ``(b, ...)``, not negative; ``(b,)``."""
    wanted = target.flatten(1).sum(1)
    return (predicted.flatten(1).sum(1) - wanted).abs() / wanted.clamp_min(LEAST_RANGE)
