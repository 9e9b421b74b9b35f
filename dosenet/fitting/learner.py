"""A network in training: optimiser, learning rate and weight average."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn

from dosenet.fitting.checkpoint import optimiser_tensors, prefixed, restore_optimiser, unprefixed
from dosenet.fitting.lightning import pl
from dosenet.fitting.recipe import Recipe


class AnyPreset(Protocol):
    """A preset of any kind of network."""

    @property
    def training(self) -> Recipe: ...  # noqa: D102
    def to_dict(self) -> dict[str, Any]: ...  # noqa: D102
    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self: ...  # noqa: D102


def learning_rate(config: Recipe, step: int, progress: float) -> float:
    """Learning rate after `step` steps and at `progress` (0 to 1) of the run: linear warm-up, then a cosine."""
    start, end = config.learning_rate, config.final_learning_rate
    rate = end + 0.5 * (start - end) * (1 + math.cos(math.pi * min(progress, 1.0)))
    return rate * min(1.0, (step + 1) / config.warmup_steps) if config.warmup_steps else rate


class Learner(pl.LightningModule):
    """Network, optimiser and weight average, with their own saved state (no pickle).

    A subclass computes the loss in `training_step` and stores it in `last_loss`.

    Parameters
    ----------
    preset
        Network and recipe; saved with the state.
    network
        The network, freshly initialised.
    average
        A second network of the same shape, which holds the average of the weights.
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
        """AdamW (Adam without weight decay), with its state restored when resuming."""
        config = self.preset.training
        # Not the fused kind: Lightning refuses to clip gradients with it.
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        restore_optimiser(optimiser, self.network, self._pending)
        self._pending = {}
        return optimiser

    def planned_rate(self) -> float:
        """Learning rate of the next step, before any cut by the divergence guard."""
        return learning_rate(self.preset.training, self.steps_done, self.progress)

    def set_learning_rate(self) -> float:
        """Set and return the learning rate of the next step."""
        rate = self.rate_factor * self.planned_rate()
        for group in self._optimiser().param_groups:
            group["lr"] = rate
        return rate

    @torch.no_grad()
    def update_average(self) -> None:
        """Update the average of the weights, with a shorter memory during the first steps."""
        self.steps_done += 1
        decay = min(self.preset.training.ema_decay, self.steps_done / (self.steps_done + 10))
        averaged: list[Tensor] = list(self.average.parameters())
        live: list[Tensor] = [p.detach() for p in self.network.parameters()]
        torch._foreach_lerp_(averaged, live, 1 - decay)
        for kept, buffer in zip(self.average.buffers(), self.network.buffers(), strict=True):
            kept.copy_(buffer)

    def state(self) -> dict[str, Tensor]:
        """All tensors needed to resume."""
        return {
            **prefixed("network/", self.network.state_dict()),
            **prefixed("average/", self.average.state_dict()),
            **optimiser_tensors(self._optimiser(), self.network),
        }

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Restore what `state` returned, before training resumes."""
        self._load_weights(tensors)
        self._pending = tensors
        self.steps_done = step

    def put_back(self, tensors: dict[str, Tensor]) -> None:
        """Return to an earlier state during a run; the count of steps continues."""
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
