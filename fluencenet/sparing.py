"""A wanted dose shifted towards an organ: less there, as far as fields can give it and the target allows.

A wish for less dose in an organ is not a dose that fields can give. The simple dose finds one that is: the fluences
whose dose is closest to the wished one, the target counting most. What they change in the simple dose is the shift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.dose_table import SimpleDoseTable
from fluencenet.estimate import closest, halved
from fluencenet.field import PTV, field_shadow, fitting_px, window
from fluencenet.scene import LABELS, SPARED, BeamAxes, Scene
from fluencenet.simple_dose import PlanRays, dose_gy, dose_weights
from fluencenet.views import one_thread
from fluencenet.wanted.samples import on_labels

STRIDE = 2
"""Every second voxel along each axis is looked at: 5 mm."""

STEPS = 30
"""Steps of the fit to the dose as it is, and of that to the wished one."""

TARGET_IMPORTANCE, ORGAN_IMPORTANCE = 40.0, 4.0
"""Importance of a voxel of the target and of a spared organ; any other has 1."""


def spared(scene: Scene, beams: Sequence[BeamAxes], table: SimpleDoseTable, factors: Mapping[str, float]) -> Scene:
    """Shift a wanted dose towards less dose in some organs.

    Parameters
    ----------
    scene
        Contours and wanted dose.
    beams
        All treatment beams.
    table
        Simple dose of the beams' energy.
    factors
        By label of `SPARED`: its dose is wished so many times smaller; 1 wishes nothing.

    Returns
    -------
    Scene
        The same contours with the shifted dose on their lattice, its mean in the PTV as it was.

    Raises
    ------
    ValueError
        If a label cannot be spared, a factor is below 1, or the patient has no voxel of the label.
    """
    _require(scene, factors)
    dose = on_labels(scene)
    with one_thread(), torch.no_grad():
        shift = _shift(replace(scene, dose_gy=dose, dose_lattice=scene.label_lattice), beams, table, factors)
    target = scene.labels == PTV
    found = np.where(scene.labels > 0, np.maximum(dose + shift, 0), dose).astype(np.float32)
    found *= np.float32(dose[target].mean(dtype=np.float64) / found[target].mean(dtype=np.float64))
    return replace(scene, dose_gy=found, dose_lattice=scene.label_lattice)


def _shift(
    scene: Scene, beams: Sequence[BeamAxes], table: SimpleDoseTable, factors: Mapping[str, float]
) -> NDArray[np.float32]:
    """What the nearest fluences change in the simple dose, ``(z, y, x)`` on the labels' lattice, Gy."""
    side = max(fitting_px(scene, axes, 2, 2) for axes in beams)
    grids = [halved(window(scene, axes, side)) for axes in beams]
    rays = PlanRays.of(scene, beams, grids, STRIDE * min(scene.label_lattice.spacing_mm))
    allowed = torch.stack([field_shadow(scene, axes, grid) for axes, grid in zip(beams, grids, strict=True)]).float()
    labels = torch.from_numpy(scene.labels[::STRIDE, ::STRIDE, ::STRIDE].copy())
    at_points = labels.reshape(-1)[rays.voxels]

    importance, wished = torch.ones_like(rays.dose_gy), rays.dose_gy.clone()
    importance[at_points == PTV] = TARGET_IMPORTANCE
    for name, factor in factors.items():
        inside = at_points == LABELS.index(name)
        importance[inside] = ORGAN_IMPORTANCE
        wished[inside] /= factor
    with torch.enable_grad():
        before, after = (
            closest(table, replace(rays, dose_gy=dose), torch.zeros_like(allowed), allowed, STEPS, importance)
            for dose in (rays.dose_gy, wished)
        )
    change = dose_gy(table, rays, dose_weights(table, rays), after.clamp_min(0.0) - before.clamp_min(0.0))
    return _on_all_voxels(change, rays.voxels, labels.shape, scene.labels.shape)


def _on_all_voxels(values: Tensor, voxels: Tensor, strided: torch.Size, whole: tuple[int, ...]) -> NDArray[np.float32]:
    """Interpolate what every `STRIDE`-th voxel has between them; zero where there is none."""
    sparse = torch.zeros(strided.numel())
    sparse[voxels] = values
    reach = [STRIDE * (n - 1) + 1 for n in strided]
    dense = F.interpolate(sparse.reshape(1, 1, *strided), size=reach, mode="trilinear", align_corners=True)[0, 0]
    added = [(0, max(0, n - m)) for n, m in zip(whole, reach, strict=True)]
    return np.asarray(np.pad(dense.numpy(), added, mode="edge"), dtype=np.float32)


def _require(scene: Scene, factors: Mapping[str, float]) -> None:
    for name, factor in factors.items():
        if name not in SPARED:
            raise ValueError(f"expected a structure to spare of {', '.join(SPARED)}, found {name}")
        if not factor >= 1:
            raise ValueError(f"expected factors of 1 or more, by which a dose is wished smaller, found {factor:g}")
        if not (scene.labels == LABELS.index(name)).any():
            raise ValueError(f"expected a {name} to spare among the contours, found none")
