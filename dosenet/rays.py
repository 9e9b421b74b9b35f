"""Beam channels: radiological depth of a voxel and the mean densities just upstream and downstream of it.

A network that sees transverse planes can only guess the direction of the beam and the depth of a voxel. The plan has
the position of the source, and the CT the densities along the ray from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from dosenet.lattice import Lattice, Triple

CHANNELS = 6
"""Depth, three mean densities, distance from the source, and 1 to mark a known source."""

STORED_CHANNELS = CHANNELS - 1
"""All except the last."""

HALVES = 2
"""Densities are kept at half the coarse spacing."""

NEAR_STEP_MM, NEAR_STEPS, FEW_STEPS = 2.5, 12, 4
"""Means are taken over the 10 mm on either side and over the 30 mm upstream."""

FAR_STEP_MM = 5.0
MAX_DENSITY = 2.5
DEPTH_UNIT_MM = 200.0
DISTANCE_UNIT_MM, USUAL_DISTANCE_MM = 200.0, 1000.0
"""Scales of depths and distances."""


@dataclass(frozen=True)
class Densities:
    """Densities relative to water on a lattice of half the coarse spacing that tiles the coarse one; zero outside.

    Parameters
    ----------
    values
        ``(2 z, 2 y, 2 x)``, float32.
    coarse
        The coarse lattice.
    """

    values: Tensor
    coarse: Lattice

    @classmethod
    def within_dose(cls, hu: NDArray[np.generic], dose: NDArray[np.float32], coarse: Lattice) -> Densities:
        """Densities where there is dose, so without a couch or mask that the planning system left out.

        Parameters
        ----------
        hu
            ``(2 z, 2 y, 2 x)`` CT numbers on `half_lattice`.
        dose
            ``(z, y, x)`` coarse dose, any unit; the body is the voxels above zero and their neighbours.
        coarse
            The coarse lattice.
        """
        body = F.max_pool3d(torch.from_numpy((dose > 0).astype(np.float32))[None, None], 3, stride=1, padding=1)
        body = F.interpolate(body, scale_factor=HALVES, mode="nearest")[0, 0]
        density = (1.0 + torch.from_numpy(np.asarray(hu, dtype=np.float32)) / 1000.0).clamp_(0.0, MAX_DENSITY)
        return cls(density.mul_(body), coarse)

    @cached_property
    def tissue(self) -> Tensor:
        """Corners ``(2, 3)``, (x, y, z), of the box beyond which densities are zero, also between voxels.

        As `grid_sample` counts: from -1 to 1 between the outermost faces.
        """
        corners = []
        for axis, others in ((2, (0, 1)), (1, (0, 2)), (0, (1, 2))):
            some = torch.nonzero(self.values.amax(others) > 0)[:, 0]
            first, last = (int(some[0]), int(some[-1])) if len(some) else (0, -2)
            corners.append([2 * (place + 0.5) / self.values.shape[axis] - 1 for place in (first - 1, last + 1)])
        return torch.tensor(corners).T


def half_lattice(coarse: Lattice) -> Lattice:
    """Return the lattice of half the spacing that tiles a coarse one."""
    nx, ny, nz = coarse.size
    sx, sy, sz = (s / HALVES for s in coarse.spacing_mm)
    x, y, z = (v - s / 2 for v, s in zip(coarse.origin_mm, (sx, sy, sz), strict=True))
    return Lattice((HALVES * nx, HALVES * ny, HALVES * nz), (sx, sy, sz), (x, y, z))


def along_beam(densities: Densities, source_mm: Triple, coarse: Lattice, planes: NDArray[np.intp]) -> Tensor:
    """Integrate along the rays from the source to every voxel of some planes of a coarse lattice.

    Parameters
    ----------
    densities
        Densities along the rays.
    source_mm
        The radiation source (x, y, z), mm, LPS.
    coarse
        Lattice of the voxels.
    planes
        Indices of its planes ``(n,)``.

    Returns
    -------
    Tensor
        ``(n, 6, y, x)``: radiological depth, in 200 mm of water; mean density 10 mm and 30 mm upstream and 10 mm
        downstream; distance from the source less 1000 mm, in 200 mm; 1.
    """
    lattice = densities.coarse
    x, y, z = (torch.from_numpy(coarse.centres_mm(axis)) for axis in range(3))
    z = z[torch.from_numpy(planes)]
    shape = (len(z), len(y), len(x))
    points = torch.stack([x.expand(shape), y[:, None].expand(shape), z[:, None, None].expand(shape)], -1)
    away = points - torch.tensor(source_mm, dtype=points.dtype)
    distance = away.norm(dim=-1)
    # grid_sample counts from -1 to 1 between the outermost faces.
    extent = torch.tensor([n * s for n, s in zip(lattice.size, lattice.spacing_mm, strict=True)], dtype=points.dtype)
    middle = torch.tensor([float(lattice.centres_mm(a).mean()) for a in range(3)], dtype=points.dtype)
    place = (2 * (points - middle) / extent).float()
    step = (2 * away / distance[..., None] / extent).float()
    grid = densities.values[None, None]

    def density(upstream_mm: float) -> Tensor:
        where = (place - upstream_mm * step)[None]
        return F.grid_sample(grid, where, mode="bilinear", padding_mode="zeros", align_corners=False)[0, 0]

    before = [density(NEAR_STEP_MM * (k + 0.5)) for k in range(NEAR_STEPS)]
    behind = [density(-NEAR_STEP_MM * (k + 0.5)) for k in range(FEW_STEPS)]
    depth_mm = NEAR_STEP_MM * torch.stack(before).sum(0) + _beyond(densities, place, step)
    channels = [
        depth_mm / DEPTH_UNIT_MM,
        torch.stack(before[:FEW_STEPS]).mean(0),
        torch.stack(before).mean(0),
        torch.stack(behind).mean(0),
        ((distance - USUAL_DISTANCE_MM) / DISTANCE_UNIT_MM).float(),
        torch.ones(shape),
    ]
    return torch.stack(channels, 1)


def _beyond(densities: Densities, place: Tensor, step: Tensor) -> Tensor:
    """Radiological depth before the nearest steps, mm, of points ``(z, y, x, 3)``; `step` is 1 mm towards them.

    Points are sorted by where their rays leave the tissue, so that every step is made for those that need it only.
    """
    shape = place.shape[:3]
    exits_mm = ((place - densities.tissue[:, None, None, None]) / step).nan_to_num(torch.inf).amax(0).amin(-1)
    order = exits_mm.flatten().argsort(descending=True)
    exits_mm, place, step = exits_mm.flatten()[order], place.flatten(0, 2)[order], step.flatten(0, 2)[order]
    grid, depth_mm = densities.values[None, None], torch.zeros(len(order))
    upstream_mm = NEAR_STEP_MM * NEAR_STEPS + FAR_STEP_MM / 2
    while count := int((exits_mm > upstream_mm).sum()):
        where = (place[:count] - upstream_mm * step[:count])[None, None, None]
        found = F.grid_sample(grid, where, mode="bilinear", padding_mode="zeros", align_corners=False)
        depth_mm[:count] += FAR_STEP_MM * found[0, 0, 0, 0]
        upstream_mm += FAR_STEP_MM
    return torch.empty_like(depth_mm).index_copy_(0, order, depth_mm).view(shape)
