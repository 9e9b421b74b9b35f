"""Training losses of a dose network."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from dosenet.slices import FINE_MM
from dosenet.upsampling import upsample

CHARBONNIER_WEIGHT = 0.01
"""Gives an absolute error of 1 % the same weight as its square."""

CHARBONNIER_ROUNDING = 1e-6
"""Added under the root: smooths the absolute value near zero, within 0.1 % of the maximum dose."""

LEAST_PLANE_DOSE = 0.1
"""Lower limit of a plane's largest dose, in shares of the maximum: the share that selects the planes."""

GAMMA_SHARE, GAMMA_MM, GAMMA_WEIGHT = 0.02, 2.0, 1e-3
"""2 %/2 mm; the weight makes the term about three times the rest of the loss once a network is trained."""

FEW_POINTS = 50
"""A plane with fewer points in the crop has less weight."""

LEAST_WEIGHT = 1e-6
"""Keeps the mean over planes without points at zero."""

LEAST_LINEAR = 2e-5
"""Added to the error of linear up-sampling, normalised dose squared: a crop where that is nearly right counts less."""


def loss_of(predicted: Tensor, target: Tensor, kind: str, coarse: Tensor | None = None) -> Tensor:
    """Training loss, normalised dose squared; of the kind ``relative`` a share.

    Parameters
    ----------
    predicted, target
        ``(b, n, h, w)`` normalised dose.
    kind
        See `dosenet.preset.TrainingConfig`.
    coarse
        ``(b, c, h / 4, w / 4)`` normalised coarse dose, that ``relative`` compares with.

    Raises
    ------
    ValueError
        If it is ``relative`` and there is no coarse dose.
    """
    if kind == "relative":
        return _relative(predicted, target, coarse)
    difference = predicted - target
    mse = difference.square().mean()
    if kind == "mse":
        return mse
    if kind in ("charbonnier-by-plane", "gamma"):
        difference = difference / target.amax((2, 3), keepdim=True).clamp_min(LEAST_PLANE_DOSE)
    charbonnier = (difference.square() + CHARBONNIER_ROUNDING).sqrt().mean()
    loss = 0.5 * mse + 0.5 * CHARBONNIER_WEIGHT * charbonnier
    return loss + GAMMA_WEIGHT * _gamma_term(predicted, target) if kind == "gamma" else loss


def _relative(predicted: Tensor, target: Tensor, coarse: Tensor | None) -> Tensor:
    """Mean over samples of the squared error over that of linear up-sampling: every field counts alike."""
    if coarse is None:
        raise ValueError("expected the coarse dose for the relative loss, found none")
    linear = upsample(coarse, target.shape[1])
    mse, linear_mse = ((dose.float() - target).square().mean((1, 2, 3)) for dose in (predicted, linear))
    return (mse / (linear_mse + LEAST_LINEAR)).mean()


def _gamma_term(predicted: Tensor, target: Tensor) -> Tensor:
    """Mean over planes of ``log(1 + gamma^4)``: near zero within 2 %/2 mm of the plane maximum, slow beyond.

    In a dose that is linear over the distance to agreement, gamma is the difference over the root of the summed squares
    of the dose criterion and of gradient times distance.
    """
    largest = target.amax((2, 3), keepdim=True).clamp_min(LEAST_PLANE_DOSE)
    down = F.pad((target[:, :, 2:] - target[:, :, :-2]) / (2 * FINE_MM), (0, 0, 1, 1))
    right = F.pad((target[:, :, :, 2:] - target[:, :, :, :-2]) / (2 * FINE_MM), (1, 1))
    tolerance = (GAMMA_SHARE * largest).square() + GAMMA_MM**2 * (down.square() + right.square())
    gamma_squared = (predicted - target).square() / tolerance
    judged = (target >= LEAST_PLANE_DOSE * largest).float()
    points = judged.sum((2, 3))
    mean = (torch.log1p(gamma_squared.square()) * judged).sum((2, 3)) / points.clamp_min(1)
    weight = points / (points + FEW_POINTS)
    return (mean * weight).sum() / weight.sum().clamp_min(LEAST_WEIGHT)
