"""Network of the wanted dose: a small 3-D U-Net on voxels of 5 mm, and a head on those of 2.5 mm.

The head looks at each fine voxel alone: what the U-Net says there, interpolated, and where the voxel lies with respect
to the edge of the PTV and the skin, which voxels of 5 mm cannot say. Its output is added to the dose of open fields.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.wanted.plan_input import CHANNELS, FINE_CHANNELS
from fluencenet.wanted.preset import NetworkConfig

SLOPE = 0.1
BODY = FINE_CHANNELS.index("body")


class Planes(NamedTuple):
    """Fine planes to answer for: their numbers, and the fine channels ``(batch, channel, plane, y, x)`` there."""

    numbers: Tensor
    fine: Tensor


class WantedDose(nn.Module):
    """Dose over prescription from a `PlanInput`."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.channels * 2**level for level in range(config.levels + 1)]
        self.encoder = nn.ModuleList(
            _pair(a, b) for a, b in zip([len(CHANNELS), *widths[:-2]], widths[:-1], strict=True)
        )
        self.bottom = _pair(widths[-2], widths[-1])
        self.up = nn.ModuleList(nn.ConvTranspose3d(b, a, 2, stride=2) for a, b in pairwise(widths))
        self.decoder = nn.ModuleList(_pair(2 * a, a) for a in widths[:-1])
        self.features = nn.Conv3d(widths[0], config.features, 1)
        self.hidden = nn.Conv3d(config.features + len(FINE_CHANNELS) + 1, config.hidden, 1)
        self.last = nn.Conv3d(config.hidden, 1, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, wide: Tensor, planes: Planes) -> Tensor:
        """Return dose over prescription ``(batch, 1, plane, y, x)`` on fine planes, zero outside the body."""
        return self.on_planes(self.described(wide), planes)

    def on_planes(self, described: Tensor, planes: Planes) -> Tensor:
        """Answer for some planes of what `described` returned; negative values are set to zero in evaluation mode."""
        seen = _on_planes(described, planes)
        x = F.leaky_relu(self.hidden(torch.cat([seen, planes.fine], 1)), SLOPE)
        dose: Tensor = (seen[:, -1:] + self.last(x)).float()
        dose = dose * planes.fine[:, BODY : BODY + 1]
        return dose if self.training else dose.clamp_min(0.0)

    def described(self, wide: Tensor) -> Tensor:
        """Describe each wide voxel ``(batch, features + 1, z, y, x)``; the last is the dose of open fields."""
        x, skips = wide, []
        for encode in self.encoder:
            skips.append(encode(x))
            x = F.avg_pool3d(skips[-1], 2)
        x = self.bottom(x)
        for level in reversed(range(len(skips))):
            x = self.decoder[level](torch.cat([skips[level], self.up[level](x)], 1))
        return torch.cat([self.features(x), wide[:, :1]], 1)


def _pair(before: int, after: int) -> nn.Sequential:
    """Two 3x3x3 convolutions, each behind a group normalisation's rectifier."""
    return nn.Sequential(
        nn.Conv3d(before, after, 3, padding=1), nn.GroupNorm(1, after), nn.LeakyReLU(SLOPE),
        nn.Conv3d(after, after, 3, padding=1), nn.GroupNorm(1, after), nn.LeakyReLU(SLOPE),
    )  # fmt: skip


def _on_planes(wide: Tensor, planes: Planes) -> Tensor:
    """Interpolate ``(batch, channel, z, y, x)`` linearly onto fine planes."""
    place = ((planes.numbers.to(wide.dtype) + 0.5) / 2 - 0.5).clamp(0, wide.shape[2] - 1)
    lower = place.floor().long()
    upper = (lower + 1).clamp_max(wide.shape[2] - 1)
    share = (place - lower)[:, None, None]
    between = torch.lerp(wide[:, :, lower], wide[:, :, upper], share)
    batch, channels, count, rows, columns = between.shape
    flat = between.reshape(batch, channels * count, rows, columns)
    flat = F.interpolate(flat, scale_factor=2, mode="bilinear", align_corners=False)
    return flat.reshape(batch, channels, count, 2 * rows, 2 * columns)
