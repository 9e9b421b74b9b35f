"""Points at which the optimiser evaluates dose: densely in target and organs, thinly in the rest of the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Grid

FINE_MM = 5.0
"""Distance of points in target, organs and the tissue next to the target; the target has a second lattice between."""

THIN = 2
"""Elsewhere every second point along each axis is taken."""

NEAR_MM = 25.0
"""What counts as next to the target."""

BEYOND_MM = 50.0
"""How far above and below the target points are taken: beyond, fields and scatter contribute next to nothing."""


@dataclass(frozen=True)
class SamplePoints:
    """Points with the structures they belong to.

    Parameters
    ----------
    points_mm
        LPS positions ``(n, 3)``, mm.
    members
        Indices of the points in each structure; a point may belong to several.
    to_target_mm
        Distance of each point from the target ``(n,)``, mm; 0 inside.
    volume_mm3
        Tissue that each point stands for ``(n,)``, mm3.
    """

    points_mm: NDArray[np.float64]
    members: Mapping[str, NDArray[np.int64]]
    to_target_mm: NDArray[np.float64]
    volume_mm3: NDArray[np.float64]


def sample_points(masks: Mapping[str, NDArray[np.bool_]], grid: Grid) -> SamplePoints:
    """Choose points from the voxel centres of a CT.

    Parameters
    ----------
    masks
        Structures ``(z, y, x)`` on `grid`, among them BODY and PTV.
    grid
        Grid with axes along LPS.

    Raises
    ------
    ValueError
        If there is no target.
    """
    target, body = masks["PTV"], masks["BODY"]
    if not target.any():
        raise ValueError("an optimisation needs a PTV with at least one voxel, got an empty one")
    step = tuple(max(1, round(FINE_MM / s)) for s in grid.spacing_mm[::-1])
    spacing = [n * s for n, s in zip(step, grid.spacing_mm[::-1], strict=True)]
    fine = tuple(slice(None, None, n) for n in step)
    between = tuple(slice(n // 2, None, n) for n in step)
    distance = ndimage.distance_transform_edt(~target[fine], sampling=spacing)
    organs = np.any([mask[fine] for name, mask in masks.items() if name not in ("BODY", "zAvoidance")], axis=0)
    planes = np.flatnonzero(target[fine].any(axis=(1, 2)))
    room = round(BEYOND_MM / spacing[0])
    reached = np.zeros(distance.shape, dtype=bool)
    reached[max(planes[0] - room, 0) : planes[-1] + room + 1] = True
    reached &= body[fine]
    dense = reached & (organs | (distance <= NEAR_MM))
    thin = np.zeros_like(dense)
    thin[::THIN, ::THIN, ::THIN] = reached[::THIN, ::THIN, ::THIN] & ~dense[::THIN, ::THIN, ::THIN]

    first = np.argwhere(dense | thin)
    extra = np.argwhere(target[between])
    index = np.concatenate([first * step, extra * step + [n // 2 for n in step]])
    at = tuple(index.T)
    cell = float(np.prod(spacing))
    volume = np.where(thin[tuple(first.T)], THIN**3 * cell, np.where(target[at][: len(first)], cell / 2, cell))
    return SamplePoints(
        points_mm=grid.to_patient(index[:, ::-1]),
        members={name: np.flatnonzero(mask[at]) for name, mask in masks.items()},
        to_target_mm=np.concatenate([distance[tuple(first.T)], np.zeros(len(extra))]),
        volume_mm3=np.concatenate([volume, np.full(len(extra), cell / 2)]),
    )
