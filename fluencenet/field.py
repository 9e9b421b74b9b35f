"""Window of pixels around a field, which is the input of a network."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.bev import PLANE_DEPTHS_MM, BevGrid, sample_planes
from fluencenet.scene import FLUENCE_SPACING_MM, LABELS, BeamAxes, FluenceImage, Scene

PTV = LABELS.index("PTV")
FIELD_MARGIN_MM = 12.5
"""Fluence is allowed within this margin around the shadow of the PTV."""

SAME_PIXEL = 1e-3
"""Pixels closer than this, in pixels, coincide."""

SAME_SUM = 1e-4
"""A map is whole if its sum within the window is this near to its whole sum, relative."""


def shadow_box(scene: Scene, axes: BeamAxes) -> tuple[float, float, float, float]:
    """Smallest and largest X and Y of the PTV's shadow in the isocentre plane, mm.

    Raises
    ------
    ValueError
        If there is no PTV.
    """
    voxels = np.argwhere(scene.labels == PTV)[:, ::-1]
    if not len(voxels):
        raise ValueError("expected a PTV among the labels, found none")
    lattice = scene.label_lattice
    points = np.asarray(lattice.origin_mm) + (voxels * np.asarray(lattice.spacing_mm)) @ lattice.direction.T
    ray = points - axes.source_mm
    scale = axes.sad_mm / (ray @ ((axes.isocentre_mm - axes.source_mm) / axes.sad_mm))
    x, y = (ray @ axes.x_axis) * scale, (ray @ axes.y_axis) * scale
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())


def window(scene: Scene, axes: BeamAxes, side_px: int, aligned: FluenceImage | None = None) -> BevGrid:
    """Return a square of pixels centred on the PTV's shadow.

    Parameters
    ----------
    scene, axes
        Patient and beam.
    side_px
        Pixels along each side.
    aligned
        A map with whose pixels those of the window coincide; without one, a pixel corner is on the axis.
    """
    left, right, low, high = shadow_box(scene, axes)
    step = FLUENCE_SPACING_MM if aligned is None else aligned.spacing_mm
    x_phase, y_phase = (step / 2, step / 2) if aligned is None else (aligned.x_origin_mm, aligned.y_origin_mm)
    half = step * (side_px - 1) / 2
    x = x_phase + step * round(((left + right) / 2 - half - x_phase) / step)
    y = y_phase + step * round(((low + high) / 2 + half - y_phase) / step)
    return BevGrid(side_px, side_px, x, y, step)


def fitting_px(scene: Scene, axes: BeamAxes, least_px: int, multiple: int) -> int:
    """Return a side, at least `least_px` and a multiple of `multiple`, that covers the field with its margin."""
    left, right, low, high = shadow_box(scene, axes)
    needed = math.ceil((max(right - left, high - low) + 2 * FIELD_MARGIN_MM) / FLUENCE_SPACING_MM) + 2
    return max(least_px, multiple * math.ceil(needed / multiple))


def field_shadow(scene: Scene, axes: BeamAxes, grid: BevGrid, margin_mm: float = FIELD_MARGIN_MM) -> Tensor:
    """Pixels where a beam may have fluence: the PTV's shadow and a margin; ``(rows, columns)`` bool."""
    target = torch.from_numpy(scene.labels == PTV).to(torch.uint8)
    seen = sample_planes(target, scene.label_lattice, axes, grid, PLANE_DEPTHS_MM, mode="nearest")
    reach = round(margin_mm / grid.spacing_mm)
    shadow = seen.amax(0).float()[None, None]
    return F.max_pool2d(shadow, 2 * reach + 1, stride=1, padding=reach)[0, 0] > 0


def placed(image: FluenceImage, grid: BevGrid) -> Tensor:
    """Copy a map into a window of the same pixels; ``(rows, columns)`` float32.

    Raises
    ------
    ValueError
        If the pixels do not coincide, or fluence lies outside the window.
    """
    columns = (image.x_origin_mm - grid.x_origin_mm) / grid.spacing_mm
    rows = (grid.y_origin_mm - image.y_origin_mm) / grid.spacing_mm
    if abs(columns - round(columns)) + abs(rows - round(rows)) > SAME_PIXEL or image.spacing_mm != grid.spacing_mm:
        raise ValueError("expected a map whose pixels coincide with the window's")
    result = torch.zeros(grid.rows, grid.columns)
    first = np.array([round(rows), round(columns)])
    low, high = np.maximum(first, 0), np.minimum(first + image.values.shape, result.shape)
    inner = image.values[low[0] - first[0] : high[0] - first[0], low[1] - first[1] : high[1] - first[1]]
    if (high > low).all():
        result[low[0] : high[0], low[1] : high[1]] = torch.from_numpy(np.ascontiguousarray(inner))
    if not np.isclose(inner.sum(), image.values.sum(), rtol=SAME_SUM):
        raise ValueError("expected a map inside the window, found fluence outside")
    return result
