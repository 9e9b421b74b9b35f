"""What the wanted-dose network sees of a plan: contours, the fields' geometry and what open fields would give.

Two lattices tile each other: that of the labels, 2.5 mm, and one of voxels twice as wide, on which the network thinks.
A wide voxel is the mean of 2x2x2 fine ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.dose_table import SimpleDoseTable
from fluencenet.field import PTV, field_shadow, fitting_px, window
from fluencenet.scene import LABELS, BeamAxes, Lattice, Scene
from fluencenet.simple_dose import PlanRays, dose_gy, dose_weights

FINE_MM = 2.5
COARSE_MM = 5.0
RATIO = 2

ORGANS = (
    ("Rectum",), ("Bladder",), ("Bowel",), ("FemoralHead_R", "FemoralHead_L"), ("PenileBulb",), ("Avoidance",),
    ("Prostate",),
)  # fmt: skip
"""Labels of one channel each. The femoral heads share one, so that a mirrored plan is a plan."""

OPEN_MARGIN_MM = 5.0
"""Open fields are the shadow of the PTV and this much."""

NEAR_MM, FAR_MM = 20.0, 150.0
"""Distances to the PTV and to the skin are cut here, on the fine and on the wide lattice."""

CHANNELS = ("open fields", "fields", "body", "PTV", "PTV distance", "skin distance", *(" ".join(o) for o in ORGANS))
"""Of the wide lattice; dose as a share of the prescription, distances over `FAR_MM`."""

FINE_CHANNELS = ("PTV distance", "PTV", "body")
"""Of the fine lattice; the distance over `NEAR_MM`."""

SPACING_TOLERANCE_MM = 1e-3


@dataclass(frozen=True)
class Contours:
    """Contours of a patient as labels: a `Scene` without dose and prescription.

    Parameters
    ----------
    labels
        ``(z, y, x)`` uint8, index into `LABELS`, voxels of 2.5 mm.
    lattice
        Their lattice.
    """

    labels: NDArray[np.uint8]
    lattice: Lattice

    def __post_init__(self) -> None:
        if not np.allclose(self.lattice.spacing_mm, FINE_MM, atol=SPACING_TOLERANCE_MM):
            raise ValueError(f"expected labels of {FINE_MM} mm, got {self.lattice.spacing_mm} mm")
        if not (self.labels == PTV).any():
            raise ValueError("expected a PTV among the labels, found none")

    @classmethod
    def of(cls, scene: Scene) -> Contours:
        """Return the contours of a scene."""
        return cls(scene.labels, scene.label_lattice)


@dataclass(frozen=True)
class PlanInput:
    """Input of the network, on lattices that tile each other.

    Parameters
    ----------
    wide
        ``(channel, z, y, x)`` float32 on voxels of 5 mm, see `CHANNELS`.
    fine
        ``(channel, 2z, 2y, 2x)`` float32 on voxels of 2.5 mm, see `FINE_CHANNELS`.
    """

    wide: Tensor
    fine: Tensor


def plan_input(contours: Contours, beams: Sequence[BeamAxes], table: SimpleDoseTable, multiple: int) -> PlanInput:
    """Describe a plan to the network.

    Parameters
    ----------
    contours
        The patient.
    beams
        All treatment beams.
    table
        Simple dose of the beams' energy.
    multiple
        The wide lattice gets sizes that are multiples of this; what is added holds nothing.
    """
    labels, step = contours.labels, RATIO * multiple
    added = [(0, -n % step) for n in labels.shape]
    padded = Contours(np.pad(labels, added), contours.lattice)
    masks = {name: padded.labels == number for number, name in enumerate(LABELS)}
    body, target = padded.labels > 0, masks["PTV"]
    opened, fields = _open_fields(padded, beams, table)
    shares = [_share(np.logical_or.reduce([masks[name] for name in names])) for names in ORGANS]
    wide_body, wide_target = _share(body), _share(target)
    wide = np.stack(
        [
            opened,
            fields,
            wide_body,
            wide_target,
            np.clip(_signed_mm(wide_target >= 0.5, COARSE_MM) / FAR_MM, -1, 1),
            np.clip(_signed_mm(wide_body < 0.5, COARSE_MM) / FAR_MM, 0, 1),
            *shares,
        ]
    )
    distance = np.clip(near_mm(target) / NEAR_MM, -1, 1)
    fine = np.stack([distance, target, body])
    return PlanInput(torch.from_numpy(wide.astype(np.float32)), torch.from_numpy(fine.astype(np.float32)))


def wide_lattice(lattice: Lattice) -> Lattice:
    """Return the lattice of voxels twice as wide, each of which holds 2x2x2 voxels of `lattice`."""
    half = lattice.direction @ (np.asarray(lattice.spacing_mm) * (RATIO - 1) / 2)
    x, y, z = (float(v) for v in np.asarray(lattice.origin_mm) + half)
    a, b, c = (float(v) * RATIO for v in lattice.spacing_mm)
    return Lattice((a, b, c), (x, y, z), lattice.direction)


def _open_fields(
    contours: Contours, beams: Sequence[BeamAxes], table: SimpleDoseTable
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Dose of equal open fields over its mean in the PTV, and the share of the fields that a voxel lies in; wide."""
    body = _share(contours.labels > 0)
    scene = Scene(contours.labels, contours.lattice, body.astype(np.float32), wide_lattice(contours.lattice), 1.0)
    side = max(fitting_px(scene, axes, 2, 2) for axes in beams)
    grids = [window(scene, axes, side) for axes in beams]
    rays = PlanRays.of(scene, beams, grids, COARSE_MM)
    maps = torch.stack(
        [field_shadow(scene, axes, grid, OPEN_MARGIN_MM) for axes, grid in zip(beams, grids, strict=True)]
    ).float()
    dose = dose_gy(table, rays, dose_weights(table, rays), maps)
    inside = F.grid_sample(maps[:, None], rays.places, align_corners=True)[:, 0, 0].mean(0)
    opened, fields = np.zeros(body.shape, np.float32), np.zeros(body.shape, np.float32)
    places = rays.voxels.numpy()
    opened.reshape(-1)[places], fields.reshape(-1)[places] = dose.numpy(), inside.numpy()
    target = _share(contours.labels == PTV)
    mean = float((opened * target).sum() / target.sum())
    if not mean > 0:
        raise ValueError("expected fields that reach the PTV, found none that does")
    return opened / mean, fields


def _share(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Share of each wide voxel that a structure fills."""
    z, y, x = (n // RATIO for n in mask.shape)
    return np.asarray(mask.reshape(z, RATIO, y, RATIO, x, RATIO).mean((1, 3, 5), dtype=np.float32))


def _signed_mm(mask: NDArray[np.bool_], spacing_mm: float) -> NDArray[np.float64]:
    """Distance of each voxel to the edge of a structure, mm, negative within it."""
    if not mask.any():
        return np.full(mask.shape, np.inf)
    outside = ndimage.distance_transform_edt(~mask, spacing_mm)
    inside = ndimage.distance_transform_edt(mask, spacing_mm)
    return np.asarray(np.where(mask, spacing_mm / 2 - inside, outside - spacing_mm / 2))


def near_mm(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance to the edge of a structure of 2.5 mm voxels, mm, negative within it; infinite beyond `NEAR_MM`.

    Only a box around the structure is looked at.
    """
    reach = int(np.ceil(NEAR_MM / FINE_MM)) + 1
    (box,) = ndimage.find_objects(mask.astype(np.uint8))
    near = tuple(slice(max(0, s.start - reach), s.stop + reach) for s in box)
    found = np.full(mask.shape, np.inf)
    found[near] = _signed_mm(mask[near], FINE_MM)
    return found
