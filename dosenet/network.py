"""The networks: deep DoseNet as published, and a space-to-depth network that costs a fraction.

All, with that of `dosenet.srcnn`, take the coarse dose ``(b, c, h, w)`` at 5 mm and the CT ``(b, c', 4h, 4w)`` at
1.25 mm on transverse planes, both normalised as in `dosenet.slices`, and return the fine dose ``(b, n, 4h, 4w)`` of
`NetworkConfig.fine_planes` planes. Channels are neighbouring planes from low to high z, the middle ones being the
planes themselves. The output of the two here is the coarse dose, interpolated linearly, plus a learned residual whose
last layer starts at zero: an untrained network is linear up-sampling. Negative dose is set to zero in evaluation mode
only, because a rectifier passes no gradient there. All may be told the outline of the body, see `dosenet.skin`; outside
it the dose is exactly zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from dosenet.energy import ENERGY_CHANNELS
from dosenet.layers import SLOPE, conv, initialise
from dosenet.local_correction import LocalCorrection
from dosenet.neighbours import largest_nearby
from dosenet.preset import NetworkConfig
from dosenet.rays import CHANNELS
from dosenet.skin import carried_outwards, outline_of, within
from dosenet.slices import RATIO
from dosenet.srcnn import Srcnn
from dosenet.upsampling import between, resize

BETA = 0.2
"""Residual scale of the dense blocks (Dong & Xing 2020, section 2.3), at both levels as in ESRGAN."""


def _add_residual(residual: Tensor, coarse: Tensor, training: bool) -> Tensor:
    middle = coarse.shape[1] // 2
    dose = residual.float() + resize(coarse[:, middle : middle + 1].float(), RATIO)
    return dose if training else dose.clamp_min(0.0)


FIRST_SCALE = 0.1
"""Scale of an untrained block's second convolution: keeps activations near unit scale without normalisation layers."""

GATE_LOGIT = 4.0
"""Initial logit of the gate of `DdnLite` inside the body, where the gate is scaled to exactly 1; outside it is 0.02."""

LEAST_NEARBY = 0.02
"""Coarse doses are divided by the nearby maximum, but by no less than this share of the whole maximum."""

LEAST_SHARE, ROOM_ABOVE, LOGIT_SCALE = 1e-3, 1.01, 4.0
"""Logits of shares lie between about -7 and 5; they are shifted to start at 0 and scaled to near unit size."""


class DenseBlock(nn.Module):
    """Five densely connected 3x3 convolutions; the last is linear, scaled and added to the input."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(conv(channels + k * growth, growth if k < 4 else channels) for k in range(5))

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x + beta * f(x)``."""
        seen = [x]
        for layer in self.convs[:-1]:
            seen.append(F.leaky_relu(layer(torch.cat(seen, 1)), SLOPE))
        last: Tensor = self.convs[-1](torch.cat(seen, 1))
        return x + BETA * last


class Rrdb(nn.Module):
    """Residual in residual dense block: three dense blocks inside one more scaled residual."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(DenseBlock(channels, growth) for _ in range(3)))

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x + beta * blocks(x)``."""
        inner: Tensor = self.blocks(x)
        return x + BETA * inner


class DeepDoseNet(nn.Module):
    """Deep DoseNet as published: 8.018 M parameters, 103.4 GFLOP per slice.

    Dong & Xing, Phys. Med. Biol. 65 (2020) 035010, figure 2. Where the paper is ambiguous: the first up-scaling goes to
    128x128 (the caption speaks of two stages), both levels of residual are scaled by 0.2, the fifth convolution of a
    dense block is linear, and the last rectifier acts on the sum.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        planes, ct_planes = len(config.coarse_offsets_mm), len(config.ct_offsets_mm)
        width, mid, tail = config.channels, config.mid_channels, config.tail_channels
        self.head = conv(planes + ct_planes, width, config.head_kernel)
        self.trunk = nn.Sequential(*(Rrdb(width, config.growth) for _ in range(config.blocks)))
        self.mid = nn.ModuleList([conv(width + ct_planes, mid), conv(mid, mid), conv(mid, mid)])
        self.tail = nn.ModuleList([conv(mid + ct_planes, tail), conv(tail, tail), conv(tail, tail)])
        self.last = conv(tail, 1)
        initialise(self, self.last)

    def forward(
        self,
        coarse: Tensor,
        ct: Tensor,
        beam: Tensor | None = None,  # noqa: ARG002 - the paper has none
        contour: Tensor | None = None,
    ) -> Tensor:
        """Return the fine dose ``(b, 1, 4h, 4w)`` of the middle plane, in units of the normalisation dose."""
        ct = ct.to(self.head.weight.dtype)
        x = F.leaky_relu(self.head(torch.cat([coarse.to(ct.dtype), resize(ct, 1 / RATIO)], 1)), SLOPE)
        x = self.trunk(x)
        x = torch.cat([resize(x, 2), resize(ct, 2 / RATIO)], 1)
        for layer in self.mid:
            x = F.leaky_relu(layer(x), SLOPE)
        x = torch.cat([resize(x, 2), ct], 1)
        for layer in self.tail:
            x = F.leaky_relu(layer(x), SLOPE)
        return within(_add_residual(self.last(x), coarse, self.training), contour)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a leaky rectifier, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv(channels, channels)
        self.second = conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x + f(x)``."""
        change: Tensor = self.second(F.leaky_relu(self.first(x), SLOPE, inplace=True))
        return change.add_(x)


class DdnLite(nn.Module):
    """Space-to-depth network: each 1.25 mm CT plane is folded into 16 channels, so that every convolution runs at 5 mm.

    The folding loses nothing of the CT, and the output is unfolded the same way (Shi et al., CVPR 2016, 1609.05158): a
    residual to the up-sampled coarse dose, and a correction to a gate that closes outside the body, whose outline the
    contour or the CT shows sixteen times finer than the coarse dose; for one fine plane, or for the four of a coarse
    plane at once.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        planes, fine_planes = len(config.coarse_offsets_mm), config.fine_planes
        channels = planes + config.shares * 2 * planes
        near = len(config.ct_offsets_mm) - 2 * config.ct_far
        channels += beam_channels(config)
        inputs = channels + 2 * config.ct_far + RATIO**2 * (near + fine_planes)
        self.head = conv(inputs, config.channels, config.head_kernel)
        self.trunk = nn.Sequential(*(ResidualBlock(config.channels) for _ in range(config.blocks)))
        self.tail = conv(config.channels, config.tail_channels)
        self.last = conv(config.tail_channels, 2 * fine_planes * RATIO**2)
        initialise(self, self.last)
        self.correction = LocalCorrection(config.correction) if config.correction else None
        """Applied to whole volumes by `dosenet.prediction`."""
        with torch.no_grad():
            for block in self.trunk:
                block.second.weight.mul_(FIRST_SCALE)  # type: ignore[union-attr,operator]

    def forward(self, coarse: Tensor, ct: Tensor, beam: Tensor | None = None, contour: Tensor | None = None) -> Tensor:
        """Return the fine dose ``(b, n, 4h, 4w)`` of the n middle planes, in units of the normalisation dose.

        `beam` ``(b, 6, h, w)`` holds the channels of `dosenet.rays` on the coarse plane, zeros if the source is
        unknown, and two of the energy (`dosenet.energy`) if the network is told it; None if nothing is known.
        `contour` ``(b, n, 4h, 4w)`` is 1 inside the body's outline, 0 outside and negative where that is not known.
        """
        config, n = self.config, self.config.fine_planes
        empty_below, below = config.empty_below, (ct.shape[1] - n) // 2
        outline = outline_of(between(coarse, n), ct[:, below : below + n], contour, empty_below)
        filled = carried_outwards(coarse, empty_below=empty_below)
        base = between(filled.float(), n, (filled > empty_below).float())
        channels = [filled]
        if config.shares:
            shares = filled / nearby_maximum(filled.amax(1, keepdim=True))
            channels += [shares, logit(shares)]
        if config.ct_far:
            channels += [F.avg_pool2d(ct[:, : config.ct_far], RATIO), F.avg_pool2d(ct[:, -config.ct_far :], RATIO)]
            ct = ct[:, config.ct_far : -config.ct_far]
        if config.beam:
            size = (len(filled), beam_channels(config), *filled.shape[2:])
            channels.append(filled.new_zeros(size) if beam is None else beam)
        precision = self.head.weight.dtype
        fine = F.pixel_unshuffle(torch.cat([ct.to(precision), (outline - 1.0).to(precision)], 1), RATIO)
        inputs = torch.cat([*(channel.to(precision) for channel in channels), fine], 1)
        x = self.trunk(F.leaky_relu(self.head(inputs), SLOPE, inplace=True))
        unfolded = F.pixel_shuffle(self.last(F.leaky_relu(self.tail(x), SLOPE, inplace=True)), RATIO).float()
        residual, change = unfolded[:, :n], unfolded[:, n:]
        if config.shares:
            residual = residual * resize(nearby_maximum(base), RATIO)
        gate = torch.sigmoid(GATE_LOGIT * (2.0 * outline.float() - 1.0) + change) * (1.0 + math.exp(-GATE_LOGIT))
        dose = within((resize(base, RATIO) + residual) * gate, contour)
        return dose if self.training else dose.clamp_min(0.0)


def beam_channels(config: NetworkConfig) -> int:
    """Count the channels of the beam that a network is given."""
    return config.beam * CHANNELS + config.energy * ENERGY_CHANNELS


def nearby_maximum(planes: Tensor) -> Tensor:
    """Largest dose within one voxel in plane, plane by plane, ``(b, c, h, w)``.

    A correction multiplied by it scales with the local dose, also in the penumbra.
    """
    return largest_nearby(planes).clamp_min(LEAST_NEARBY)


def logit(shares: Tensor) -> Tensor:
    """Logit of shares between 0 and 1, which makes a penumbra, roughly a logistic curve, a straight line; 0 stays 0."""
    spread = torch.logit(shares.float() / ROOM_ABOVE, eps=LEAST_SHARE)
    return (spread - math.log(LEAST_SHARE / (1.0 - LEAST_SHARE))) / LOGIT_SCALE


DoseNetwork = DeepDoseNet | DdnLite | Srcnn
"""Any network of this package."""

NETWORKS: Mapping[str, type[DoseNetwork]] = MappingProxyType({"ddn": DeepDoseNet, "ddn-lite": DdnLite, "srcnn": Srcnn})
"""By kind."""


def build_network(config: NetworkConfig) -> DoseNetwork:
    """Build the network that `config` describes, freshly initialised.

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if config.kind not in NETWORKS:
        raise ValueError(f"network kind must be one of {list(NETWORKS)}, got {config.kind!r}")
    return NETWORKS[config.kind](config)
