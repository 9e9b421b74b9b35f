"""Linear up-sampling of coarse planes: the baseline of every table, and the output of an untrained network."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from dosenet.slices import RATIO

LEAST_WEIGHT = 1e-6
"""Keeps a quotient of empty voxels at zero."""


LEAST_ERROR = 1e-30
"""Keeps the ratio to a network without any error finite."""


def error_ratio(linear: float, network: float) -> float:
    """Mean squared error of linear up-sampling over the network's."""
    return linear / max(network, LEAST_ERROR)


def resize(image: Tensor, scale: float) -> Tensor:
    """Interpolate bilinearly in plane, ``(b, c, h, w)``.

    Pixel centres stay in place (align_corners=False), as the 4x tiling of the lattices requires.
    """
    return F.interpolate(image, scale_factor=scale, mode="bilinear", align_corners=False)


def between(planes: Tensor, fine_planes: int, filled: Tensor | None = None) -> Tensor:
    """Interpolate coarse planes ``(b, c, h, w)`` linearly along z, at the fine planes of the middle one.

    Parameters
    ----------
    planes
        Coarse planes; the fine planes of the middle channel are returned.
    fine_planes
        1 returns the middle plane itself, 4 the planes at -0.375, -0.125, 0.125 and 0.375 coarse steps from it.
    filled
        1 where a voxel holds dose and 0 elsewhere, shaped as `planes`; voxels without dose are left out of the mean.

    Returns
    -------
    Tensor
        ``(b, fine_planes, h, w)``.
    """
    middle = planes.shape[1] // 2
    if fine_planes == 1:
        return planes[:, middle : middle + 1]
    near = planes[:, middle - 1 : middle + 2]
    if filled is None:
        return _weighted(near)
    held = filled[:, middle - 1 : middle + 2]
    return _weighted(near * held) / _weighted(held).clamp_min(LEAST_WEIGHT)


def _weighted(near: Tensor) -> Tensor:
    places = (torch.arange(RATIO, device=near.device, dtype=near.dtype) - (RATIO - 1) / 2) / RATIO
    weights = torch.stack([(-places).clamp_min(0), 1 - places.abs(), places.clamp_min(0)], 1)
    return (weights[:, :, None, None] * near[:, None]).sum(2)  # not a matrix product: autocast would round it


def upsample(coarse: Tensor, fine_planes: int = 1) -> Tensor:
    """Interpolate linearly: ``(b, c, h, w)`` to ``(b, fine_planes, 4h, 4w)``."""
    return resize(between(coarse, fine_planes), RATIO)
