"""Training loss of a fluence network: structural similarity and absolute error (Lee et al. 2019), and energy."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fluencenet.metrics import LEAST_RANGE, energy_error
from fluencenet.ssim import structural_similarity


def fluence_loss(predicted: Tensor, target: Tensor, energy_weight: float = 0.0) -> Tensor:
    """Mean over a batch of ``(1 - SSIM) + MAE + energy_weight * energy error``.

    Parameters
    ----------
    predicted, target
        ``(b, 1, rows, columns)`` fluence over prescription.
    energy_weight
        Weight of the relative error of each map's sum, to which structural similarity is hardly sensitive.

    Notes
    -----
    Absolute errors are relative to each map's maximum, which is also the data range of SSIM, so that the weights of the
    two parts do not depend on the unit.
    """
    top = target.amax((1, 2, 3)).clamp_min(LEAST_RANGE)
    dissimilarity = 1.0 - structural_similarity(predicted, target, top)
    error = (predicted - target).abs().mean((1, 2, 3)) / top
    loss = dissimilarity + error
    if energy_weight:
        loss = loss + energy_weight * energy_error(predicted, target)
    return loss.mean()


@torch.no_grad()
def clip_kernels(network: nn.Module, limit: float) -> None:
    """Scale the gradient of each kernel (output filter of a weight, or bias) to a norm of at most `limit`."""
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.grad is None:
                continue
            # The filters of a transposed convolution lie along the second axis.
            transposed = isinstance(module, nn.ConvTranspose2d) and name == "weight"
            gradient = parameter.grad.transpose(0, 1) if transposed else parameter.grad
            flat = gradient.reshape(gradient.shape[0], -1)
            norm = flat.norm(dim=1).reshape(-1, *(1,) * (gradient.ndim - 1))
            gradient.mul_(limit / norm.clamp_min(limit))
