"""Validation during training: mean squared error of the network and of linear up-sampling, per patient."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from dosenet.fitting.run_keeper import Score
from dosenet.pairs import Pairs
from dosenet.preset import Preset
from dosenet.sampling import PairSampler
from dosenet.upsampling import error_ratio, upsample

_SEED = 20200131
"""One seed for all runs: every validation of every run sees the same crops."""


@dataclass(frozen=True)
class Validation:
    """Mean squared errors (normalised dose squared) by patient."""

    network: dict[str, float]
    linear: dict[str, float]

    @property
    def mse(self) -> float:
        """Error of the network, mean over patients."""
        return sum(self.network.values()) / len(self.network)

    @property
    def linear_mse(self) -> float:
        """Error of linear up-sampling, mean over patients."""
        return sum(self.linear.values()) / len(self.linear)

    @property
    def ratio(self) -> float:
        """Error of linear up-sampling over the network's."""
        return error_ratio(self.linear_mse, self.mse)

    @property
    def score(self) -> Score:
        """Score that selects the best weights, and figures for the log."""
        figures = {
            "validation_mse": self.mse,
            "validation_linear_mse": self.linear_mse,
            "ratio": self.ratio,
            "worst_ratio": self.worst_ratio,
        }
        return Score(self.mse, figures)

    @property
    def worst_ratio(self) -> float:
        """Smallest ratio of a patient."""
        return min(error_ratio(self.linear[name], self.network[name]) for name in self.network)


@torch.no_grad()
def validate(network: nn.Module, pairs: Pairs, preset: Preset, *, batches: int = 4) -> Validation:
    """Measure a network in evaluation mode on the same crops every time."""
    config = preset.training
    sampler = PairSampler(
        pairs,
        preset.network,
        crop_px=config.crop_px,
        batch=min(config.batch, 16),
        seed=_SEED,
        augment=False,
    )
    net: dict[str, float] = {}
    linear: dict[str, float] = {}
    cuda = pairs.device.type == "cuda"
    for index, name in enumerate(pairs.patients):
        sums = torch.zeros(2, dtype=torch.float64)
        for step in range(batches):
            batch = sampler.draw(step, patient=index)
            given = (batch.coarse, batch.ct, batch.beam)
            inputs = [t.contiguous(memory_format=torch.channels_last) for t in given]
            with torch.autocast(pairs.device.type, dtype=torch.bfloat16, enabled=cuda):
                predicted = network(*inputs)
            linear_dose = upsample(batch.coarse, pairs.fine_planes)
            errors = [(p.float() - batch.target).square().mean() for p in (predicted, linear_dose)]
            sums += torch.stack(errors).double().cpu()
        net[name], linear[name] = (sums / batches).tolist()
    return Validation(net, linear)
