"""Structural similarity of maps (Wang et al., IEEE TIP 13 (2004) 600): 11x11 Gaussian window of sigma 1.5 pixels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

WINDOW, SIGMA_PX = 11, 1.5
K1, K2 = 0.01, 0.03


def structural_similarity(one: Tensor, other: Tensor, data_range: Tensor | float) -> Tensor:
    """Mean structural similarity of each pair of maps.

    Parameters
    ----------
    one, other
        ``(b, 1, rows, columns)``, at least 11 pixels each way; beyond the edge they are mirrored.
    data_range
        Span of values the constants refer to, a number or ``(b,)``.

    Returns
    -------
    Tensor
        ``(b,)``; 1 for equal maps.
    """
    span = torch.as_tensor(data_range, dtype=one.dtype, device=one.device).reshape(-1, 1, 1, 1)
    maps = torch.cat([one, other, one * one, other * other, one * other], 1)
    weights = torch.exp(
        -((torch.arange(WINDOW, dtype=one.dtype, device=one.device) - WINDOW // 2) ** 2) / (2 * SIGMA_PX**2)
    )
    weights = (weights / weights.sum()).expand(5, 1, WINDOW)
    maps = F.pad(maps, (WINDOW // 2,) * 4, mode="reflect")
    maps = F.conv2d(F.conv2d(maps, weights[:, :, :, None], groups=5), weights[:, :, None, :], groups=5)
    mean_a, mean_b, square_a, square_b, product = maps.unbind(1)
    variance = (square_a - mean_a**2) + (square_b - mean_b**2)
    c1, c2 = ((k * span[:, 0]) ** 2 for k in (K1, K2))
    likeness = (2 * mean_a * mean_b + c1) * (2 * (product - mean_a * mean_b) + c2)
    return (likeness / ((mean_a**2 + mean_b**2 + c1) * (variance + c2))).mean((1, 2))
