"""Convolutions of the dose networks: how they are padded, rectified and initialised."""

from __future__ import annotations

from torch import nn

SLOPE = 0.2
"""Negative slope of every leaky rectifier (TensorFlow 1.12's default, which Dong and Xing used)."""


def conv(inputs: int, outputs: int, kernel: int = 3) -> nn.Conv2d:
    """Make a convolution whose output has the size of its input; zeros beyond the edge."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)


def initialise(network: nn.Module, last: nn.Conv2d) -> None:
    """Draw the weights of a network; those of its last convolution are zero."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            # A network that is built to count its weights has none to draw, and trying imports all of torch's compiler.
            if not module.weight.is_meta:
                nn.init.kaiming_normal_(module.weight, a=SLOPE)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    nn.init.zeros_(last.weight)
