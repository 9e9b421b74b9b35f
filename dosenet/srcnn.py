"""SRCNN: three convolutions after cubic up-sampling, the network that Dong and Xing start from.

Dong et al., "Image super-resolution using deep convolutional networks" (IEEE TPAMI 38 (2016) 295, first ECCV 2014): an
image, up-sampled by cubic interpolation, goes through 64 kernels of 9x9 (patches), 32 of 1x1 (a mapping between them)
and one of 5x5 (the answer), all at the fine resolution, with rectifiers between and nothing added in the end.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from dosenet.layers import conv, initialise
from dosenet.preset import NetworkConfig
from dosenet.skin import within
from dosenet.slices import RATIO

LAST_KERNEL = 5
"""Kernel of the last of the three convolutions."""


class Srcnn(nn.Module):
    """The 9-1-5 network with a channel more: the CT at 1.25 mm beside the up-sampled dose; 13 313 parameters.

    Untrained it answers with zero, not with linear up-sampling as the other networks do.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        planes = len(config.coarse_offsets_mm) + len(config.ct_offsets_mm)
        self.head = conv(planes, config.channels, config.head_kernel)
        self.mapping = conv(config.channels, config.tail_channels, 1)
        self.last = conv(config.tail_channels, 1, LAST_KERNEL)
        initialise(self, self.last)

    def forward(
        self,
        coarse: Tensor,
        ct: Tensor,
        beam: Tensor | None = None,  # noqa: ARG002 - it has none
        contour: Tensor | None = None,
    ) -> Tensor:
        """Return the fine dose ``(b, 1, 4h, 4w)`` of the middle plane, in units of the normalisation dose."""
        precision = self.head.weight.dtype
        raised = F.interpolate(coarse.float(), scale_factor=RATIO, mode="bicubic", align_corners=False)
        x = F.relu(self.head(torch.cat([raised.to(precision), ct.to(precision)], 1)))
        dose = within(self.last(F.relu(self.mapping(x))).float(), contour)
        return dose if self.training else dose.clamp_min(0.0)
