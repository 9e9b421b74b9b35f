"""Doses that fields can give: the one nearest to a predicted dose, and a plan's shifted towards an organ.

A predicted dose is an average of plans, and a wish for less dose in an organ is no dose at all: neither is one that
fields can give. The simple dose finds one that is: that of the fluences, none negative, whose dose is closest to the
wished one. The target counts most, organs more than the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.dose_table import SimpleDoseTable
from fluencenet.estimate import closest, halved
from fluencenet.field import PTV, field_shadow, fitting_px, window
from fluencenet.on_labels import on_labels
from fluencenet.scene import LABELS, ORGANS, SPARED, BeamAxes, Scene
from fluencenet.simple_dose import PlanRays, dose_gy, dose_weights
from fluencenet.views import one_thread

STRIDE = 2
"""Every second voxel along each axis is looked at: 5 mm."""

ROUNDS, STEPS = 10, 6
"""So many times, steps of a fit without bounds are followed by setting negative fluence to zero."""

TARGET_IMPORTANCE, ORGAN_IMPORTANCE = 80.0, 8.0
"""Importance of a voxel of the target and of an organ; any other has 1."""

PREDICTED_ORGANS = 1.08
"""Organs of a prediction are wished this many times smaller: not all of a wish is had. Found on validation plans, which
then have what optimised ones have."""


def achievable(scene: Scene, beams: Sequence[BeamAxes], table: SimpleDoseTable, factors: Mapping[str, float]) -> Scene:
    """Turn a predicted dose into one that fields can give, with the prescription all over the target.

    Parameters
    ----------
    scene
        Contours and predicted dose.
    beams
        All treatment beams.
    table
        Simple dose of the beams' energy.
    factors
        By label of `SPARED`: its dose is wished so many times smaller than predicted; 1 asks nothing more.

    Returns
    -------
    Scene
        The same contours with that dose on their lattice; its mean in the PTV is the prescription.

    Raises
    ------
    ValueError
        If a label cannot be spared, a factor is below 1, or the patient has no voxel of the label.
    """
    _require(scene, factors)
    dose = on_labels(scene)
    wishes = {name: PREDICTED_ORGANS * factors.get(name, 1.0) for name in {*ORGANS, *factors}}
    with one_thread():
        points = _Points.of(replace(scene, dose_gy=dose, dose_lattice=scene.label_lattice), beams)
        given = points.rays.dose_gy
        wished = torch.where(points.labels == PTV, torch.full_like(given, scene.prescription_gy), given)
        change = points.given(table, points.wished(wished, wishes), [*wishes]) - given
        return _changed(scene, dose, points.on_all_voxels(change), scene.prescription_gy)


def spared(scene: Scene, beams: Sequence[BeamAxes], table: SimpleDoseTable, factors: Mapping[str, float]) -> Scene:
    """Shift a plan's dose towards less dose in some organs: by what the nearest fluences change in the simple dose.

    Parameters, values returned and errors are those of `achievable`, with a plan's dose for a predicted one; its mean
    in the PTV stays.
    """
    _require(scene, factors)
    dose = on_labels(scene)
    with one_thread():
        points = _Points.of(replace(scene, dose_gy=dose, dose_lattice=scene.label_lattice), beams)
        given = points.rays.dose_gy
        before, after = (points.given(table, wish, [*factors]) for wish in (given, points.wished(given, factors)))
        mean_gy = float(dose[scene.labels == PTV].mean(dtype=np.float64))
        return _changed(scene, dose, points.on_all_voxels(after - before), mean_gy)


@dataclass(frozen=True)
class _Points:
    """Every `STRIDE`-th voxel with dose, and pixels of twice the size to reach it with.

    Parameters
    ----------
    rays
        The voxels, as the simple dose sees them.
    labels
        ``(points,)`` their labels.
    allowed
        ``(beams, rows, columns)`` 1 where a map may have fluence.
    whole
        Shape of the labels ``(z, y, x)``.
    """

    rays: PlanRays
    labels: Tensor
    allowed: Tensor
    whole: tuple[int, ...]

    @classmethod
    def of(cls, scene: Scene, beams: Sequence[BeamAxes]) -> _Points:
        side = max(fitting_px(scene, axes, 2, 2) for axes in beams)
        grids = [halved(window(scene, axes, side)) for axes in beams]
        rays = PlanRays.of(scene, beams, grids, STRIDE * min(scene.label_lattice.spacing_mm))
        labels = torch.from_numpy(scene.labels[::STRIDE, ::STRIDE, ::STRIDE].copy()).reshape(-1)
        shadows = [field_shadow(scene, axes, grid) for axes, grid in zip(beams, grids, strict=True)]
        return cls(rays, labels[rays.voxels], torch.stack(shadows).float(), scene.labels.shape)

    def wished(self, dose: Tensor, factors: Mapping[str, float]) -> Tensor:
        """Divide the dose of organs by their factors."""
        found = dose.clone()
        for name, factor in factors.items():
            found[self.labels == LABELS.index(name)] /= factor
        return found

    def given(self, table: SimpleDoseTable, wished: Tensor, organs: Sequence[str]) -> Tensor:
        """Dose of the fluences that are nearest to a wish ``(points,)``, Gy; the organs count more than the rest."""
        importance = torch.ones_like(wished)
        for name in organs:
            importance[self.labels == LABELS.index(name)] = ORGAN_IMPORTANCE
        importance[self.labels == PTV] = TARGET_IMPORTANCE
        rays, weights = replace(self.rays, dose_gy=wished), dose_weights(table, self.rays)
        maps = torch.zeros_like(self.allowed)
        for _ in range(ROUNDS):
            maps = closest(table, rays, weights, maps, self.allowed, STEPS, importance).clamp_min(0.0)
        with torch.no_grad():
            return dose_gy(table, rays, weights, maps)

    def on_all_voxels(self, values: Tensor) -> NDArray[np.float32]:
        """Interpolate what the points have to all voxels ``(z, y, x)``; zero where there is none."""
        strided = [-(-n // STRIDE) for n in self.whole]
        sparse = torch.zeros(int(np.prod(strided)))
        sparse[self.rays.voxels] = values
        reach = [STRIDE * (n - 1) + 1 for n in strided]
        dense = F.interpolate(sparse.reshape(1, 1, *strided), size=reach, mode="trilinear", align_corners=True)[0, 0]
        added = [(0, n - m) for n, m in zip(self.whole, reach, strict=True)]
        return np.asarray(np.pad(dense.numpy(), added, mode="edge"), dtype=np.float32)


def _changed(scene: Scene, dose: NDArray[np.float32], change: NDArray[np.float32], mean_gy: float) -> Scene:
    """Add a change within the body, and scale the dose to a mean in the PTV, Gy."""
    found = np.where(scene.labels > 0, np.maximum(dose + change, 0), dose).astype(np.float32)
    found *= np.float32(mean_gy / found[scene.labels == PTV].mean(dtype=np.float64))
    return replace(scene, dose_gy=found, dose_lattice=scene.label_lattice)


def _require(scene: Scene, factors: Mapping[str, float]) -> None:
    for name, factor in factors.items():
        if name not in SPARED:
            raise ValueError(f"expected a structure to spare of {', '.join(SPARED)}, found {name}")
        if not factor >= 1:
            raise ValueError(f"expected factors of 1 or more, by which a dose is wished smaller, found {factor:g}")
        if not (scene.labels == LABELS.index(name)).any():
            raise ValueError(f"expected a {name} to spare among the contours, found none")
