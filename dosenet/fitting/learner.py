"""What is trained: a network with its loss, optimiser, learning rate and weight average."""

from __future__ import annotations

import math
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from dosenet.fitting.checkpoint import optimiser_tensors, prefixed, restore_optimiser, unprefixed
from dosenet.network import build_network
from dosenet.preset import Preset
from dosenet.sampling import Batch
from dosenet.slices import FINE_MM

try:
    import lightning.pytorch as pl
except ImportError:  # the same library under its older name
    import pytorch_lightning as pl  # type: ignore[no-redef]


LEAST_PLANE_DOSE = 0.1
"""A crop of a plane counts as holding at least this share of the maximum dose, the share that chooses the planes."""


GAMMA_SHARE, GAMMA_MM, GAMMA_WEIGHT = 0.02, 2.0, 1e-3
"""2 %/2 mm; the weight makes the term about three times the rest of the loss once a network is trained."""

FEW_POINTS = 50
"""A crop that holds fewer points of a plane weighs less."""


class Recipe(Protocol):
    """What a training recipe must say, see `dosenet.preset.TrainingConfig`."""

    @property
    def batch(self) -> int: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def final_learning_rate(self) -> float: ...  # noqa: D102
    @property
    def warmup_steps(self) -> int: ...  # noqa: D102
    @property
    def weight_decay(self) -> float: ...  # noqa: D102
    @property
    def clip_norm(self) -> float: ...  # noqa: D102
    @property
    def ema_decay(self) -> float: ...  # noqa: D102


class AnyPreset(Protocol):
    """A preset of any kind of network."""

    @property
    def training(self) -> Recipe: ...  # noqa: D102
    def to_dict(self) -> dict[str, Any]: ...  # noqa: D102


def learning_rate(config: Recipe, step: int, progress: float) -> float:
    """Learning rate after `step` steps and at `progress` (0 to 1) of the run: linear warm-up, then a cosine."""
    start, end = config.learning_rate, config.final_learning_rate
    rate = end + 0.5 * (start - end) * (1 + math.cos(math.pi * min(progress, 1.0)))
    return rate * min(1.0, (step + 1) / config.warmup_steps) if config.warmup_steps else rate


def loss_of(predicted: Tensor, target: Tensor, kind: str) -> Tensor:
    """Training loss, normalised dose squared (see `TrainingConfig.loss`)."""
    difference = predicted - target
    mse = difference.square().mean()
    if kind == "mse":
        return mse
    if kind in ("charbonnier-by-plane", "gamma"):
        difference = difference / target.amax((2, 3), keepdim=True).clamp_min(LEAST_PLANE_DOSE)
    # 0.01 weighs an absolute error of 1 % as the square does; 1e-3 rounds the tip off.
    loss = 0.5 * mse + 0.5 * 0.01 * (difference.square() + 1e-6).sqrt().mean()
    return loss + GAMMA_WEIGHT * _failing(predicted, target) if kind == "gamma" else loss


def _failing(predicted: Tensor, target: Tensor) -> Tensor:
    """Mean over planes of ``log(1 + gamma^4)``: next to nothing within 2 %/2 mm of the plane's maximum, slow beyond.

    In a dose that is linear over the distance to agreement, gamma is the difference over the root of the summed squares
    of the dose criterion and of gradient times distance.
    """
    largest = target.amax((2, 3), keepdim=True).clamp_min(LEAST_PLANE_DOSE)
    down = F.pad((target[:, :, 2:] - target[:, :, :-2]) / (2 * FINE_MM), (0, 0, 1, 1))
    right = F.pad((target[:, :, :, 2:] - target[:, :, :, :-2]) / (2 * FINE_MM), (1, 1))
    tolerance = (GAMMA_SHARE * largest).square() + GAMMA_MM**2 * (down.square() + right.square())
    gamma_squared = (predicted - target).square() / tolerance
    judged = (target >= LEAST_PLANE_DOSE * largest).float()
    points = judged.sum((2, 3))
    mean = (torch.log1p(gamma_squared.square()) * judged).sum((2, 3)) / points.clamp_min(1)
    weight = points / (points + FEW_POINTS)
    return (mean * weight).sum() / weight.sum().clamp_min(1e-6)


class Learner(pl.LightningModule):
    """Network, optimiser and weight average, with their own saved state (no pickle).

    A subclass gives the loss in `training_step` and keeps it in `last_loss`.

    Parameters
    ----------
    preset
        What is trained and how; saved with the state.
    network
        The network, freshly initialised.
    average
        Another one of the same shape, for the average of the weights.
    """

    def __init__(self, preset: AnyPreset, network: nn.Module, average: nn.Module) -> None:
        super().__init__()
        self.preset: AnyPreset = preset
        self.network = network
        self.average = average.requires_grad_(False).eval()
        self.average.load_state_dict(self.network.state_dict())
        self.steps_done = 0
        self.progress = 0.0
        self.rate_factor = 1.0
        self.last_loss: Tensor | None = None
        self._pending: dict[str, Tensor] = {}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW (Adam if without decay), with its state put back when resuming."""
        config = self.preset.training
        # Not the fused kind: Lightning refuses to clip gradients with it.
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        restore_optimiser(optimiser, self.network, self._pending)
        self._pending = {}
        return optimiser

    def planned_rate(self) -> float:
        """Learning rate of the step to come, before any cut."""
        return learning_rate(self.preset.training, self.steps_done, self.progress)

    def set_learning_rate(self) -> float:
        """Set and return the learning rate of the step to come."""
        rate = self.rate_factor * self.planned_rate()
        for group in self._optimiser().param_groups:
            group["lr"] = rate
        return rate

    @torch.no_grad()
    def update_average(self) -> None:
        """Follow the weights with the average; it follows faster at the beginning."""
        self.steps_done += 1
        decay = min(self.preset.training.ema_decay, self.steps_done / (self.steps_done + 10))
        averaged: list[Tensor] = list(self.average.parameters())
        live: list[Tensor] = [p.detach() for p in self.network.parameters()]
        torch._foreach_lerp_(averaged, live, 1 - decay)
        for kept, buffer in zip(self.average.buffers(), self.network.buffers(), strict=True):
            kept.copy_(buffer)

    def state(self) -> dict[str, Tensor]:
        """All tensors needed to go on."""
        return {
            **prefixed("network/", self.network.state_dict()),
            **prefixed("average/", self.average.state_dict()),
            **optimiser_tensors(self._optimiser(), self.network),
        }

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Take over what `state` returned."""
        self._load_weights(tensors)
        self._pending = tensors
        self.steps_done = step

    def put_back(self, tensors: dict[str, Tensor]) -> None:
        """Return to an earlier state in the middle of a run; the count of steps goes on."""
        self._load_weights(tensors)
        restore_optimiser(self._optimiser(), self.network, tensors)

    def _load_weights(self, tensors: dict[str, Tensor]) -> None:
        self.network.load_state_dict(unprefixed("network/", tensors))
        self.average.load_state_dict(unprefixed("average/", tensors))

    def _optimiser(self) -> torch.optim.Optimizer:
        optimiser = self.optimizers(use_pl_optimizer=False)
        if not isinstance(optimiser, torch.optim.Optimizer):
            raise TypeError("expected one optimiser")
        return optimiser


class DoseModule(Learner):
    """A dose network with its loss; `start` gives the weights to begin with instead of random ones."""

    def __init__(self, preset: Preset, start: nn.Module | None = None) -> None:
        network = build_network(preset.network)
        if start is not None:
            network.load_state_dict(start.state_dict())
        super().__init__(preset, network, build_network(preset.network))
        self.loss = preset.training.loss

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Loss of one batch."""
        del batch_index
        layout = torch.channels_last
        inputs = (batch.aaa, batch.ct, batch.beam)
        predicted = self.network(*(t.contiguous(memory_format=layout) for t in inputs))
        loss = loss_of(predicted, batch.target, self.loss)
        self.last_loss = loss.detach()
        return loss
