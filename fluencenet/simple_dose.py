"""A simple, linear dose of fluence maps: water depth dose along rays, blurred maps, inverse square.

The decomposition of fast dose engines (Bortfeld et al., Med. Phys. 20 (1993) 311), with the table fitted to
plans with known fluence and dose: ``dose(p) = sum over j of T_j(depth) (fluence * Gauss_j)(p) (SAD / distance)^2``.
It uses contours but no densities.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.bev import BevGrid, sample_planes
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.field import fitting_px, placed, window
from fluencenet.scene import BeamAxes, FluenceCase, Scene

SIGMAS_MM = (3.0, 30.0)
"""Widths of the blurred maps at the isocentre."""

DEPTHS_MM = (0.0, 5.0, 10.0, 20.0, 30.0, *(float(d) for d in range(50, 401, 25)))
"""Depths of the table; linear between them."""

POINT_SPACING_MM = 5.0
"""Finer doses are fitted on every n-th voxel along an axis, about this far apart."""

AIR_STEP_MM = 5.0
AIR_START_MM = 400.0
"""Start before the isocentre and step of the rays along which the entry into the body is searched."""

SKIN_PIXEL_MM = 7.5
"""Distance between these rays at the isocentre."""

REGULARISATION = 1e-6
"""Tikhonov, of the mean diagonal: table entries at depths without points stay at zero."""

REACH_SIGMAS = 3.0
"""Gaussians are cut off at this many widths."""


@dataclass(frozen=True)
class PlanRays:
    """Points of a plan's dose, and the rays of all beams through them.

    Parameters
    ----------
    dose_gy
        ``(points,)`` wanted dose of one fraction, Gy.
    voxels
        ``(points,)`` which voxels of the dose they are, counted along its last axis first; where only every n-th
        voxel is looked at, of those.
    places
        ``(beams, 1, points, 2)`` column and row in each map, -1 to 1 between its outermost pixel centres.
    inverse_square
        ``(beams, points)``.
    depth_mm
        ``(beams, points)`` depth below the skin along the ray, mm.
    spacing_mm
        Pixel size of the maps, mm.
    """

    dose_gy: Tensor
    voxels: Tensor
    places: Tensor
    inverse_square: Tensor
    depth_mm: Tensor
    spacing_mm: float

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.dose_gy)

    def some(self, index: Tensor) -> PlanRays:
        """Return some of the points."""
        return replace(
            self,
            dose_gy=self.dose_gy[index],
            voxels=self.voxels[index],
            places=self.places[:, :, index],
            inverse_square=self.inverse_square[:, index],
            depth_mm=self.depth_mm[:, index],
        )

    @classmethod
    def of(
        cls,
        scene: Scene,
        beams: Sequence[BeamAxes],
        grids: Sequence[BevGrid],
        point_spacing_mm: float = POINT_SPACING_MM,
    ) -> PlanRays:
        """Select voxels with dose, about `point_spacing_mm` apart, that are within at least one map."""
        lattice = scene.dose_lattice
        strides = [max(1, round(point_spacing_mm / spacing)) for spacing in lattice.spacing_mm]
        dose = torch.from_numpy(scene.dose_gy[:: strides[2], :: strides[1], :: strides[0]].copy())
        steps = torch.stack(torch.meshgrid(*(torch.arange(n) for n in dose.shape), indexing="ij"), -1).flip(-1)
        inside = torch.nonzero(dose.reshape(-1) > 0)[:, 0]
        index = steps.reshape(-1, 3)[inside].double() * torch.tensor(strides) * torch.tensor(lattice.spacing_mm)
        points = index @ torch.from_numpy(lattice.direction.T.copy()) + torch.tensor(lattice.origin_mm)
        body = torch.from_numpy((scene.labels > 0).astype(np.float32))
        parts = [_rays(points, scene, body, axes, grid) for axes, grid in zip(beams, grids, strict=True)]
        places, square, depth = (torch.stack(column) for column in zip(*parts, strict=True))
        reached = (places.abs() <= 1).all(-1).any(0)
        return cls(
            dose_gy=dose.reshape(-1)[inside][reached],
            voxels=inside[reached],
            places=places[:, reached][:, None].contiguous(),
            inverse_square=square[:, reached],
            depth_mm=depth[:, reached],
            spacing_mm=grids[0].spacing_mm,
        )


def _rays(points: Tensor, scene: Scene, body: Tensor, axes: BeamAxes, grid: BevGrid) -> tuple[Tensor, Tensor, Tensor]:
    """Positions in the map ``(points, 2)``, inverse squares and depths ``(points,)`` of one beam."""
    frame = np.stack([axes.x_axis, axes.y_axis, (axes.isocentre_mm - axes.source_mm) / axes.sad_mm], -1)
    across = (points - torch.from_numpy(axes.source_mm)) @ torch.from_numpy(frame)
    scale = axes.sad_mm / across[:, 2]
    at_isocentre_mm = across[:, :2] * scale[:, None]
    coarse = BevGrid(
        math.ceil(grid.rows * grid.spacing_mm / SKIN_PIXEL_MM) + 1,
        math.ceil(grid.columns * grid.spacing_mm / SKIN_PIXEL_MM) + 1,
        grid.x_origin_mm,
        grid.y_origin_mm,
        SKIN_PIXEL_MM,
    )
    starts = [AIR_STEP_MM * (k + 0.5) - AIR_START_MM for k in range(round(AIR_START_MM / AIR_STEP_MM))]
    filled = sample_planes(body, scene.label_lattice, axes, coarse, starts)
    skin = axes.sad_mm - AIR_START_MM + AIR_STEP_MM * (1.0 - filled).sum(0)
    entered = F.grid_sample(
        skin[None, None], _places(at_isocentre_mm, coarse)[None, None], padding_mode="border", align_corners=True
    )[0, 0, 0]
    depth = (across[:, 2].float() - entered).clamp_min(0.0)
    return _places(at_isocentre_mm, grid), scale.square().float(), depth


def _places(at_isocentre_mm: Tensor, grid: BevGrid) -> Tensor:
    """Convert positions ``(points, 2)`` in the isocentre plane to the coordinates of `grid_sample`."""
    x, y = at_isocentre_mm.unbind(-1)
    column, row = (x - grid.x_origin_mm) / grid.spacing_mm, (grid.y_origin_mm - y) / grid.spacing_mm
    return torch.stack([2 * column / (grid.columns - 1) - 1, 2 * row / (grid.rows - 1) - 1], -1).float()


def fit(cases: Sequence[FluenceCase], points: int = 20000, seed: int = 0) -> SimpleDoseTable:
    """Fit the table to plans whose fluence and dose are known, by least squares.

    Parameters
    ----------
    cases
        The plans; a handful is enough.
    points
        Random points per plan.
    seed
        Seed of the draw.
    """
    terms, knots = len(SIGMAS_MM), len(DEPTHS_MM)
    normal = torch.zeros(terms * knots, terms * knots, dtype=torch.float64)
    wanted = torch.zeros(terms * knots, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    for case in cases:
        beams = [beam.axes for beam in case.beams]
        side = max(fitting_px(case.scene, axes, 2, 2) for axes in beams)
        grids = [window(case.scene, beam.axes, side, beam.fluence) for beam in case.beams]
        maps = torch.stack([placed(beam.fluence, grid) for beam, grid in zip(case.beams, grids, strict=True)])
        rays = PlanRays.of(case.scene, beams, grids)
        rays = rays.some(torch.randperm(len(rays), generator=generator)[:points])
        layers = _layers(rays, maps, SIGMAS_MM) * rays.inverse_square[:, None]
        hats = _hats(rays.depth_mm, DEPTHS_MM)
        columns = torch.einsum("bjp,bkp->jkp", layers, hats).reshape(terms * knots, -1).double()
        normal += columns @ columns.T
        wanted += columns @ rays.dose_gy.double()
    normal.diagonal().add_(REGULARISATION * float(normal.diagonal().mean()))
    table = torch.linalg.solve(normal, wanted).reshape(terms, knots)
    return SimpleDoseTable(SIGMAS_MM, DEPTHS_MM, tuple(tuple(round(v, 7) for v in row) for row in table.tolist()))


def dose_weights(model: SimpleDoseTable, rays: PlanRays) -> Tensor:
    """Gy at each point for a blurred fluence of 1; ``(beams, terms, points)``."""
    table = torch.tensor(model.table, dtype=torch.float32)
    knots = torch.tensor(model.depths_mm, dtype=torch.float32)
    upper = torch.searchsorted(knots, rays.depth_mm).clamp(1, len(knots) - 1)
    share = ((rays.depth_mm - knots[upper - 1]) / (knots[upper] - knots[upper - 1])).clamp(0.0, 1.0)
    value = torch.lerp(table[:, upper - 1], table[:, upper], share)
    return (value * rays.inverse_square).transpose(0, 1).contiguous()


def dose_gy(model: SimpleDoseTable, rays: PlanRays, weights: Tensor, maps: Tensor) -> Tensor:
    """Dose of one fraction at the points ``(points,)``; linear in `maps` ``(beams, rows, columns)``."""
    return (_layers(rays, maps, model.sigmas_mm) * weights).sum((0, 1))


def _layers(rays: PlanRays, maps: Tensor, sigmas_mm: Sequence[float]) -> Tensor:
    """Blurred maps at the points, ``(beams, terms, points)``."""
    blurred = torch.stack([_blurred(maps, sigma / rays.spacing_mm) for sigma in sigmas_mm], 1)
    return F.grid_sample(blurred, rays.places.expand(len(maps), -1, -1, -1), align_corners=True)[:, :, 0]


def _blurred(maps: Tensor, sigma_px: float) -> Tensor:
    reach = math.ceil(REACH_SIGMAS * sigma_px)
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma_px) ** 2)
    weights = (weights / weights.sum())[None, None]
    across = F.conv2d(maps[:, None], weights[:, :, None], padding=(0, reach))
    return F.conv2d(across, weights[..., None], padding=(reach, 0))[:, 0]


def _hats(depth_mm: Tensor, knots: Sequence[float]) -> Tensor:
    """Weights of the table's depths at each point, for linear interpolation; ``(beams, knots, points)``."""
    places = torch.tensor(knots)
    upper = torch.searchsorted(places, depth_mm).clamp(1, len(places) - 1)
    share = ((depth_mm - places[upper - 1]) / (places[upper] - places[upper - 1])).clamp(0.0, 1.0)
    hats = torch.zeros(depth_mm.shape[0], len(places), depth_mm.shape[1])
    hats.scatter_(1, upper[:, None], share[:, None])
    hats.scatter_(1, upper[:, None] - 1, 1.0 - share[:, None])
    return hats
