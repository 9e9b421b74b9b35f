"""Validation during training: mean squared error of the network and of linear up-sampling, field by field."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from dosenet.fitting.run_keeper import Score
from dosenet.loss import LEAST_LINEAR
from dosenet.pairs import FieldLabel, Pairs
from dosenet.preset import Preset
from dosenet.sampling import PairSampler
from dosenet.upsampling import error_ratio, upsample

_SEED = 20200131
"""One seed for all runs: every validation of every run sees the same crops."""

MOST_VALIDATED = 16
"""Crops of a field at most that a validation measures."""


def chosen_by(loss: str) -> str:
    """Return the figure of a `Validation` that selects the best weights of a network that learns by a loss."""
    return "share" if loss == "relative" else "mse"


@dataclass(frozen=True)
class FieldErrors:
    """Mean squared errors (normalised dose squared) of one field."""

    field: FieldLabel
    network: float
    linear: float

    @property
    def ratio(self) -> float:
        """Error of linear up-sampling over the network's."""
        return error_ratio(self.linear, self.network)


@dataclass(frozen=True)
class Validation:
    """Errors of all fields."""

    fields: tuple[FieldErrors, ...]

    @property
    def mse(self) -> float:
        """Error of the network, mean over fields."""
        return statistics.fmean(f.network for f in self.fields)

    @property
    def linear_mse(self) -> float:
        """Error of linear up-sampling, mean over fields."""
        return statistics.fmean(f.linear for f in self.fields)

    def field_ratios(self, group: Callable[[FieldLabel], str]) -> dict[str, float]:
        """Ratio of the errors, mean over the fields of each group."""
        groups = sorted({group(f.field) for f in self.fields})
        return {name: statistics.fmean(f.ratio for f in self.fields if group(f.field) == name) for name in groups}

    @property
    def share(self) -> float:
        """What is left of the error of linear up-sampling, mean over fields, as the loss ``relative`` counts it."""
        return statistics.fmean(f.network / (f.linear + LEAST_LINEAR) for f in self.fields)

    def score(self, loss: str) -> Score:
        """Score that selects the best weights, and figures for the log: of all fields, and by kind and energy.

        A network that learns by the loss ``relative`` is selected by what is left of the error of linear up-sampling,
        any other by the error of the network.
        """
        figures = {
            "validation_mse": self.mse,
            "validation_linear_mse": self.linear_mse,
            "ratio": error_ratio(self.linear_mse, self.mse),
            "field_ratio": statistics.fmean(f.ratio for f in self.fields),
            "worst_field_ratio": min(f.ratio for f in self.fields),
            "share": self.share,
        }
        for ratios in (self.field_ratios(lambda f: f.kind), self.field_ratios(lambda f: f.energy)):
            if len(ratios) > 1:
                figures |= {f"ratio {name}": ratio for name, ratio in ratios.items()}
        value: float = getattr(self, chosen_by(loss))
        return Score(value, figures, f"{figures['ratio']:.1f} x less error than linear")


@torch.no_grad()
def validate(network: nn.Module, pairs: Pairs, preset: Preset) -> Validation:
    """Measure a network in evaluation mode on the same crops every time, one batch of every field."""
    config = preset.training
    sampler = PairSampler(
        pairs,
        preset.network,
        crop_px=config.crop_px,
        batch=min(config.batch, MOST_VALIDATED),
        seed=_SEED,
        augment=False,
    )
    cuda = pairs.device.type == "cuda"
    fields = []
    for index in sorted(set(pairs.field_of.tolist())):
        batch = sampler.draw(index, field=index)
        with torch.autocast(pairs.device.type, dtype=torch.bfloat16, enabled=cuda):
            predicted = network(*batch.inputs)
        doses = (predicted.float(), upsample(batch.coarse, pairs.fine_planes))
        network_mse, linear_mse = torch.stack([(d - batch.target).square().mean() for d in doses]).tolist()
        fields.append(FieldErrors(pairs.fields[index], network_mse, linear_mse))
    return Validation(tuple(fields))
