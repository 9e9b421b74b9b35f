"""Beam's-eye view: a patient on planes perpendicular to a beam, with diverging pixels (Lee et al. 2019, figure 4).

A plane at signed distance ``d`` beyond the isocentre carries the pixel grid of the fluence map scaled by
``(SAD + d) / SAD``, so that a pixel is one ray on all planes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.scene import FLUENCE_SPACING_MM, BeamAxes, FluenceImage, Lattice, Scene

PLANES = 64
PLANE_SPACING_MM = 10.0
ISOCENTRE_PLANE = 32
"""Index of the plane through the isocentre; lower indices are nearer to the source."""

PLANE_DEPTHS_MM = tuple(PLANE_SPACING_MM * (k - ISOCENTRE_PLANE) for k in range(PLANES))


@dataclass(frozen=True)
class BevGrid:
    """Pixels of a view in the isocentre plane, as in `FluenceImage`: row 0 at the largest Y, columns towards +X.

    Parameters
    ----------
    rows, columns
        Number of pixels.
    x_origin_mm, y_origin_mm
        Centre of pixel (0, 0), beam-limiting-device axes, mm.
    spacing_mm
        Pixel size in the isocentre plane, mm.
    """

    rows: int
    columns: int
    x_origin_mm: float
    y_origin_mm: float
    spacing_mm: float = FLUENCE_SPACING_MM

    def __post_init__(self) -> None:
        if min(self.rows, self.columns) < 1 or not self.spacing_mm > 0:
            raise ValueError(
                f"expected pixels of positive size, got {self.rows} x {self.columns} of {self.spacing_mm} mm"
            )

    @classmethod
    def of(cls, image: FluenceImage) -> BevGrid:
        """Return the grid of a fluence map."""
        rows, columns = image.values.shape
        return cls(rows, columns, image.x_origin_mm, image.y_origin_mm, image.spacing_mm)

    @classmethod
    def centred(cls, rows: int, columns: int, spacing_mm: float = FLUENCE_SPACING_MM) -> BevGrid:
        """Return a grid whose middle is the isocentre."""
        return cls(rows, columns, -spacing_mm * (columns - 1) / 2, spacing_mm * (rows - 1) / 2, spacing_mm)

    @property
    def x_mm(self) -> Tensor:
        """``(columns,)`` float64, mm."""
        return self.x_origin_mm + self.spacing_mm * torch.arange(self.columns, dtype=torch.float64)

    @property
    def y_mm(self) -> Tensor:
        """``(rows,)`` float64, mm, falling."""
        return self.y_origin_mm - self.spacing_mm * torch.arange(self.rows, dtype=torch.float64)


@dataclass(frozen=True)
class BeamView:
    """Labels and dose in the view of one beam.

    Parameters
    ----------
    labels
        ``(planes, rows, columns)`` uint8, index into `fluencenet.scene.LABELS`; 0 outside the scene.
    dose_gy
        ``(planes, rows, columns)`` float32, Gy of one fraction; 0 outside the scene.
    grid
        The pixels in the isocentre plane.
    """

    labels: Tensor
    dose_gy: Tensor
    grid: BevGrid


def beams_eye_view(
    scene: Scene,
    axes: BeamAxes,
    pixels: BevGrid | FluenceImage,
    *,
    depths_mm: Sequence[float] = PLANE_DEPTHS_MM,
    device: torch.device | str = "cpu",
) -> BeamView:
    """Resample a scene on the planes of a beam: labels of the nearest voxel, dose interpolated linearly.

    Parameters
    ----------
    scene
        The patient.
    axes
        The beam.
    pixels
        Pixel grid in the isocentre plane.
    depths_mm
        Signed distances of the planes beyond the isocentre, mm.
    device
        Device to work on and of the result.
    """
    grid = pixels if isinstance(pixels, BevGrid) else BevGrid.of(pixels)
    labels = sample_planes(
        torch.from_numpy(scene.labels).to(device), scene.label_lattice, axes, grid, depths_mm, mode="nearest"
    )
    dose = sample_planes(torch.from_numpy(scene.dose_gy).to(device), scene.dose_lattice, axes, grid, depths_mm)
    return BeamView(labels, dose, grid)


def sample_planes(
    volume: Tensor,
    lattice: Lattice,
    axes: BeamAxes,
    grid: BevGrid,
    depths_mm: Sequence[float],
    mode: Literal["linear", "nearest"] = "linear",
) -> Tensor:
    """Sample a volume ``(z, y, x)`` on diverging planes; ``(planes, rows, columns)``, 0 outside the volume.

    Linear interpolation falls to 0 within one voxel of the outermost voxel centres.
    """
    start, along, right, up = _in_voxels(lattice, axes)
    scale = torch.tensor([1.0 + depth / axes.sad_mm for depth in depths_mm], dtype=torch.float64)
    # Along each voxel axis the index is a sum of a plane's, a column's and a row's part: only sums run over all points.
    device = volume.device
    parts = []
    for axis in range(3):
        plane = (start[axis] + scale * along[axis])[:, None, None]
        column = scale[:, None, None] * (grid.x_mm * right[axis])[None, None, :]
        row = scale[:, None, None] * (grid.y_mm * up[axis])[None, :, None]
        parts.append(((plane + row).float().to(device), column.float().to(device)))
    if mode == "nearest":
        return _nearest(volume, parts)
    # grid_sample wants -1 and 1 at the outermost voxel centres.
    sizes = (volume.shape[2], volume.shape[1], volume.shape[0])
    shape = (len(scale), grid.rows, grid.columns)
    place = torch.empty((1, *shape, 3), dtype=torch.float32, device=device)
    for axis, (first, second) in enumerate(parts):
        factor = 2.0 / max(sizes[axis] - 1, 1)
        torch.add(first * factor - 1.0, second * factor, out=place[0, ..., axis])
    sampled: Tensor = F.grid_sample(volume.float()[None, None], place, align_corners=True)[0, 0]
    return sampled


def _nearest(volume: Tensor, parts: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Sample the voxel nearest to each point; the outermost voxels reach half their size beyond their centres."""
    sizes = (volume.shape[2], volume.shape[1], volume.shape[0])
    strides = (1, sizes[0], sizes[0] * sizes[1])
    index: Tensor | None = None
    inside: Tensor | None = None
    for (first, second), size, stride in zip(parts, sizes, strides, strict=True):
        places = (first + second + 0.5).floor_().to(torch.int32)
        valid = (places >= 0) & (places < size)
        inside = valid if inside is None else inside.logical_and_(valid)
        index = places.mul_(stride) if index is None else index.add_(places, alpha=stride)
    assert index is not None
    assert inside is not None
    return volume.reshape(-1)[index.mul_(inside)].mul_(inside)


def _in_voxels(lattice: Lattice, axes: BeamAxes) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Source, source to isocentre, and 1 mm along the beam's X and Y, in voxel indices (x, y, z)."""
    spacing = np.asarray(lattice.spacing_mm)

    def turned(vector: np.ndarray) -> Tensor:
        return torch.from_numpy((lattice.direction.T @ vector) / spacing)

    return (
        turned(axes.source_mm - np.asarray(lattice.origin_mm)),
        turned(axes.isocentre_mm - axes.source_mm),
        turned(axes.x_axis),
        turned(axes.y_axis),
    )
