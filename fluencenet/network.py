"""The networks: the dual frame U-Net as published, and a small one that corrects an estimate of all fields together.

Both take a beam's-eye view and return fluence over prescription ``(b, 1, rows, columns)``. Doses and fluences are
divided by the prescription of one fraction, so the networks do not depend on absolute dose.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.bev import ISOCENTRE_PLANE, PLANES
from fluencenet.preset import NetworkConfig
from fluencenet.scene import LABELS

LABEL_SCALE = 1.0 / (len(LABELS) - 1)
PTV = LABELS.index("PTV")

SLOPE = 0.1
"""Negative slope of the leaky rectifiers of `DualFrameLite`."""

FIRST_SCALE = 0.1
"""Scale of an untrained block's second convolution: no normalisation layers are needed."""

ESTIMATE_SCALE, RESIDUAL_SCALE = 5.0, 0.1
"""Fluence over prescription, a few tenths, is brought near unit scale on the way in, and its correction scaled back."""


class Views(NamedTuple):
    """Beam's-eye views of a batch.

    Labels ``(b, 64, rows, columns)`` uint8; dose of one fraction over its prescription, the same shape, float; estimate
    of the fluence over prescription ``(b, 1, rows, columns)``, zeros if the network takes none.
    """

    labels: Tensor
    dose: Tensor
    estimate: Tensor


def _double(inputs: int, middle: int, outputs: int) -> nn.Sequential:
    """Two 3x3 convolutions, each with batch normalisation and rectifier."""
    return nn.Sequential(
        nn.Conv2d(inputs, middle, 3, padding=1, bias=False),
        nn.BatchNorm2d(middle),
        nn.ReLU(inplace=True),
        nn.Conv2d(middle, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class DualFrameUNet(nn.Module):
    """Dual frame U-Net as published: 24.9 M parameters, 24.6 GFLOP at 128x128 and 38.5 at 160x160 pixels.

    Lee et al., Sci. Rep. 9 (2019) 15671, after Han & Ye, IEEE TMI 37 (2018) 1418: half the difference between the
    deeper features and the pooled skip is passed upwards. Pooling and unpooling are learned (2x2, stride 2). Labels
    enter as numbers from 0 to 1, and the central dose plane times a fixed factor is added to the output.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.channels * 2**level for level in range(config.levels)]
        above = [2 * PLANES, *widths[:-1]]
        self.encoder = nn.ModuleList(_double(i, w, w) for i, w in zip(above, widths, strict=True))
        self.down = nn.ModuleList(nn.Conv2d(w, w, 2, stride=2) for w in widths)
        self.bottom = _double(widths[-1], 2 * widths[-1], widths[-1])
        self.up = nn.ModuleList(nn.ConvTranspose2d(w, w, 2, stride=2) for w in widths)
        below = [widths[0], *widths[:-1]]
        self.decoder = nn.ModuleList(_double(2 * w, w, b) for w, b in zip(widths, below, strict=True))
        self.last = nn.ConvTranspose2d(widths[0], widths[0] // 2, 3, padding=1)
        self.out = nn.Conv2d(widths[0] // 2, 1, 1)

    def forward(self, views: Views) -> Tensor:
        """Return fluence over prescription; negative values are set to zero in evaluation mode."""
        x = torch.cat([views.labels.to(views.dose.dtype) * LABEL_SCALE, views.dose], 1)
        skips, pooled = [], []
        for encode, down in zip(self.encoder, self.down, strict=True):
            skips.append(encode(x))
            x = down(skips[-1])
            pooled.append(x)
        x = self.bottom(x)
        for level in reversed(range(len(skips))):
            x = self.decoder[level](torch.cat([skips[level], self.up[level](0.5 * (x - pooled[level]))], 1))
        central = views.dose[:, ISOCENTRE_PLANE : ISOCENTRE_PLANE + 1]
        fluence: Tensor = self.out(self.last(x)).float() + self.config.residual_factor * central
        return fluence if self.training else fluence.clamp_min(0.0)


class _Block(nn.Module):
    """Two 3x3 convolutions around a leaky rectifier, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        with torch.no_grad():  # an untrained block does little: no normalisation layers are needed
            self.second.weight.mul_(FIRST_SCALE)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x + f(x)``."""
        change: Tensor = self.second(F.leaky_relu(self.first(x), SLOPE))
        return x + change


def _blocks(channels: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(_Block(channels) for _ in range(count)))


class DualFrameLite(nn.Module):
    """Small dual frame network for CPUs: corrects the estimate of all fields together.

    Dose planes and, separately, target and body on each plane are compressed by 1x1 convolutions. The output is the
    estimate plus a residual whose last layer starts at zero.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.channels + config.channels // 2 * level for level in range(config.levels + 1)]
        self.doses = nn.Conv2d(PLANES, config.compressed, 1)
        self.organs = nn.Conv2d(2 * PLANES, config.compressed, 1)
        self.head = nn.Conv2d(2 * config.compressed + 2, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(_blocks(w, config.blocks) for w in widths[:-1])
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.bottom = _blocks(widths[-1], 2 * config.blocks)
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in pairwise(widths))
        self.decoder = nn.ModuleList(_blocks(w, config.blocks) for w in widths[:-1])
        self.last = nn.Conv2d(widths[0], 1, 3, padding=1, bias=False)
        nn.init.zeros_(self.last.weight)

    def forward(self, views: Views) -> Tensor:
        """Return fluence over prescription; negative values are set to zero in evaluation mode."""
        kind = views.dose.dtype
        organs = torch.cat([(views.labels == PTV).to(kind), (views.labels > 0).to(kind)], 1)
        central = views.dose[:, ISOCENTRE_PLANE : ISOCENTRE_PLANE + 1]
        estimate = views.estimate
        x = self.head(torch.cat([self.doses(views.dose), self.organs(organs), central, ESTIMATE_SCALE * estimate], 1))
        skips, pooled = [], []
        for encode, down in zip(self.encoder, self.down, strict=True):
            skips.append(encode(F.leaky_relu(x, SLOPE)))
            x = down(skips[-1])
            pooled.append(x)
        x = self.bottom(F.leaky_relu(x, SLOPE))
        for level in reversed(range(len(skips))):
            x = self.decoder[level](skips[level] + self.up[level](0.5 * (x - pooled[level])))
        fluence: Tensor = estimate + RESIDUAL_SCALE * self.last(F.leaky_relu(x, SLOPE)).float()
        return fluence if self.training else fluence.clamp_min(0.0)


def build_network(config: NetworkConfig) -> DualFrameUNet | DualFrameLite:
    """Build the network that `config` describes, freshly initialised."""
    return DualFrameUNet(config) if config.kind == "dual-frame" else DualFrameLite(config)
