"""Weights of a network that is given less, for one of the same shape that is also told the energy."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dosenet.energy import ENERGY_CHANNELS
from dosenet.network import DoseNetwork
from dosenet.preset import NetworkConfig
from dosenet.slices import RATIO


def starting_weights(start: DoseNetwork, config: NetworkConfig) -> dict[str, Tensor]:
    """Return weights with which a network of `config` answers as `start` does, whatever energy it is told.

    A local correction stays behind: it was made for the errors of `start`.

    Parameters
    ----------
    start
        A network of the same configuration, or of one that is the same but not told the energy.
    config
        Network to begin with.

    Raises
    ------
    ValueError
        If the networks differ in anything else.
    """
    tensors = {name: values for name, values in start.state_dict().items() if not name.startswith("correction.")}
    began = replace(start.config, correction=0)
    if began == config:
        return tensors
    if replace(began, energy=config.energy) != config or not config.energy:
        raise ValueError(f"expected a model to start from with network {config}, found {start.config}")
    head = tensors["head.weight"]
    # The channels of the energy follow those of the source, before the folded planes (`DdnLite.forward`).
    folded = RATIO**2 * (len(config.ct_offsets_mm) - 2 * config.ct_far + config.fine_planes)
    before, after = head[:, :-folded], head[:, -folded:]
    told = head.new_zeros(len(head), ENERGY_CHANNELS, *head.shape[2:])
    return {**tensors, "head.weight": torch.cat([before, told, after], 1)}
