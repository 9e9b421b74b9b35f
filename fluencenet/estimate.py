"""Estimate of all fluences of a plan together: the maps whose simple dose is closest to the wanted one.

In the view of one beam the doses of all beams are superimposed. A simple dose model separates them: along each ray a
depth dose for water, times the map blurred by a few Gaussians, times the inverse square. It is linear, so a few steps
of conjugate gradients fit all maps at once: first on coarse pixels, which settles the share of each beam, then on those
of the maps. The model's table is fitted to training plans (`fluencenet.simple_dose.fit`); the network corrects its
errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.bev import BevGrid
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.field import field_shadow
from fluencenet.scene import BeamAxes, Scene
from fluencenet.simple_dose import POINT_SPACING_MM, PlanRays, dose_gy, dose_weights

COARSE_ITERATIONS, FINE_ITERATIONS = 25, 8
"""Iterations on pixels of twice the size and on the maps' own; fewer iterations give smoother maps."""

LEAST_SQUARE = 1e-30
"""Keeps the steps of a fit that has converged finite."""


def estimate(scene: Scene, beams: Sequence[BeamAxes], grids: Sequence[BevGrid], model: SimpleDoseTable) -> Tensor:
    """Fit the maps of all beams to the wanted dose.

    Parameters
    ----------
    scene
        Contours and wanted dose.
    beams
        All beams of the plan.
    grids
        Pixels of each map; all of one even size.
    model
        The simple dose.

    Returns
    -------
    Tensor
        ``(beams, rows, columns)`` fluence of one fraction, unit of ESAPI, not negative.
    """
    allowed = torch.stack([field_shadow(scene, axes, grid) for axes, grid in zip(beams, grids, strict=True)]).float()
    coarse = [halved(grid) for grid in grids]
    reached = F.max_pool2d(allowed, 2)
    maps = _fit(
        scene, beams, coarse, model, torch.zeros_like(reached), reached, 2 * POINT_SPACING_MM, COARSE_ITERATIONS
    )
    maps = F.interpolate(maps[:, None], scale_factor=2, mode="bilinear", align_corners=False)[:, 0]
    return _fit(scene, beams, grids, model, maps, allowed, POINT_SPACING_MM, FINE_ITERATIONS).clamp_min(0.0)


def halved(grid: BevGrid) -> BevGrid:
    """Return the grid of pixels of twice the size."""
    shift = grid.spacing_mm / 2
    return BevGrid(
        grid.rows // 2, grid.columns // 2, grid.x_origin_mm + shift, grid.y_origin_mm - shift, 2 * grid.spacing_mm
    )


def _fit(
    scene: Scene,
    beams: Sequence[BeamAxes],
    grids: Sequence[BevGrid],
    model: SimpleDoseTable,
    start: Tensor,
    allowed: Tensor,
    point_spacing_mm: float,
    iterations: int,
) -> Tensor:
    """Improve the maps `start`; they stay zero where they are not allowed."""
    rays = PlanRays.of(scene, beams, grids, point_spacing_mm)
    if not len(rays):
        return start
    return closest(model, rays, dose_weights(model, rays), start, allowed, iterations)


def closest(
    model: SimpleDoseTable,
    rays: PlanRays,
    weights: Tensor,
    start: Tensor,
    allowed: Tensor,
    iterations: int,
    importance: Tensor | None = None,
) -> Tensor:
    """Bring the simple dose of maps nearer to the dose of points, by least squares.

    Parameters
    ----------
    model, rays, weights
        The simple dose, the points with the dose that is wanted there, and their `dose_weights`.
    start
        ``(beams, rows, columns)`` maps to begin with.
    allowed
        The same shape: 1 where a map may have fluence, else 0.
    iterations
        Steps of conjugate gradients.
    importance
        ``(points,)`` weight of each point's squared difference; all alike when None.

    Returns
    -------
    Tensor
        Maps; they may be negative.
    """
    root = torch.ones_like(rays.dose_gy) if importance is None else importance.sqrt()

    def forward(maps: Tensor) -> Tensor:
        return root * dose_gy(model, rays, weights, maps * allowed)

    return allowed * _conjugate_gradients(forward, root * rays.dose_gy, start, iterations)


def _conjugate_gradients(forward: Callable[[Tensor], Tensor], wanted: Tensor, start: Tensor, iterations: int) -> Tensor:
    """Least squares ``forward(x) = wanted`` for a linear `forward`, by its normal equations (CGLS)."""
    probe = start.clone().requires_grad_()
    seen = forward(probe)

    def adjoint(values: Tensor) -> Tensor:
        (gradient,) = torch.autograd.grad(seen, probe, values, retain_graph=True)
        return gradient

    x, residual = start.clone(), wanted - seen.detach()
    gradient = adjoint(residual)
    direction, size = gradient.clone(), gradient.square().sum()
    for _ in range(iterations):
        with torch.no_grad():
            image = forward(direction)
        step = size / image.square().sum().clamp_min(LEAST_SQUARE)
        x += step * direction
        residual -= step * image
        gradient = adjoint(residual)
        before, size = size, gradient.square().sum()
        direction = gradient + (size / before.clamp_min(LEAST_SQUARE)) * direction
    return x
