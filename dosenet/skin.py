"""Outline of the body: as the plan has it, or as the CT shows it, sixteen times finer than the coarse dose."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from dosenet.neighbours import largest_nearby
from dosenet.slices import CT_RANGE_HU, RATIO
from dosenet.upsampling import LEAST_WEIGHT

CT_SPAN_HU = CT_RANGE_HU[1] - CT_RANGE_HU[0]
AIR_TISSUE_MIDDLE = 500.0 / CT_SPAN_HU
AIR_TISSUE_WIDTH_HU = 60.0
"""The skin is assumed half way between air and water, at -500 HU."""


def body(coarse: Tensor, ct: Tensor, empty_below: float = 0.0) -> Tensor:
    """Soft mask of the body at 1.25 mm, between 0 and 1.

    A planning system calculates inside the body only. Away from its edge the coarse dose shows where that is; along the
    edge, the CT tells tissue from air. `coarse` is ``(b, n, h, w)``, `ct` ``(b, n, 4h, 4w)`` scaled from (-1000, 3500)
    HU; coarse dose of no more than `empty_below` counts as none.
    """
    empty = coarse <= empty_below
    inside, near = (mask.to(coarse.dtype) for mask in (~largest_nearby(empty), largest_nearby(~empty)))
    tissue = torch.sigmoid((ct * CT_SPAN_HU - CT_SPAN_HU * AIR_TISSUE_MIDDLE) / AIR_TISSUE_WIDTH_HU)
    inside, near = (F.interpolate(mask, scale_factor=RATIO, mode="nearest") for mask in (inside, near))
    return torch.maximum(inside, near * tissue)


def outline_of(coarse: Tensor, ct: Tensor, contour: Tensor | None, empty_below: float = 0.0) -> Tensor:
    """Mask of the body at 1.25 mm: as the contour says where it is known, else `body`.

    In the voxels on either side of the contour's edge it is the mean of both: a planning system fills contours in a way
    of its own, and they are drawn on slices farther apart than planes of dose.

    Parameters
    ----------
    coarse, ct, empty_below
        As of `body`.
    contour
        ``(b, n, 4h, 4w)``: 1 inside, 0 outside, negative where that is not known; None if nothing is known.
    """
    guess = body(coarse, ct, empty_below)
    if contour is None:
        return guess
    outside = contour == 0
    core = ~largest_nearby(outside)
    told = torch.where(_far_outside(contour), 0.0, torch.where(core, 1.0, 0.5 * (guess + ~outside)))
    return torch.where(contour < 0, guess, told)


def within(dose: Tensor, contour: Tensor | None) -> Tensor:
    """Set a dose to zero more than a voxel outside the contour of `outline_of`."""
    return dose if contour is None else dose.masked_fill(_far_outside(contour), 0.0)


def _far_outside(contour: Tensor) -> Tensor:
    """Where there is nothing but outside within a voxel."""
    return ~largest_nearby(contour != 0)


def carried_outwards(coarse: Tensor, voxels: int = 2, empty_below: float = 0.0) -> Tensor:
    """Continue a coarse dose beyond the body, where a planning system sets it to zero.

    Interpolating towards these zeros would lower the dose inside the skin. Every empty voxel takes the mean of its
    neighbours that hold dose; this is repeated `voxels` times.
    """
    for _ in range(voxels):
        filled = (coarse > empty_below).to(coarse.dtype)
        total = F.avg_pool2d(coarse * filled, 3, stride=1, padding=1)
        count = F.avg_pool2d(filled, 3, stride=1, padding=1)
        coarse = torch.where(filled > 0, coarse, total / count.clamp_min(LEAST_WEIGHT))
    return coarse
