"""Batches of beams, drawn at random from the samples of plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from dosenet.fitting.seeds import generator_of
from fluencenet.network import Views
from fluencenet.preset import Preset
from fluencenet.samples import PlanSamples


class Batch(NamedTuple):
    """Views and clinical maps ``(b, 1, rows, columns)``, fluence over prescription."""

    views: Views
    target: Tensor


class BeamSampler:
    """Draws batches of beams, reproducibly: step `n` of seed `s` is always the same batch.

    Beams are shifted at random within their windows, without cutting off fluence, and mirrored if the preset says so.

    Parameters
    ----------
    plans
        The samples.
    preset
        Batch, size and augmentation.
    seed
        Any number.
    device
        Device of the batches.
    """

    def __init__(
        self, plans: Sequence[PlanSamples], preset: Preset, seed: int, device: torch.device | str = "cpu"
    ) -> None:
        self.plans, self.preset, self.seed, self.device = plans, preset, seed, device
        self.index = [(plan, beam) for plan, samples in enumerate(plans) for beam in range(len(samples.target))]

    def __len__(self) -> int:
        """Return the number of beams."""
        return len(self.index)

    def draw(self, step: int) -> Batch:
        """Return the batch of one step."""
        config, size, count = self.preset.training, self.preset.network.map_px, len(self.index)
        # Every beam once per epoch, in an order drawn for the epoch.
        places = [divmod(step * config.batch + k, count) for k in range(config.batch)]
        orders = {epoch: self._generator(epoch, 1) for epoch, _ in places}
        shuffled = {epoch: torch.randperm(count, generator=g) for epoch, g in orders.items()}
        generator = self._generator(step, 2)
        parts = []
        for epoch, place in places:
            plan, beam = self.index[int(shuffled[epoch][place])]
            samples = self.plans[plan]
            top, left = (self._shift(samples.target[beam, 0], axis, size, generator) for axis in (0, 1))
            cut = (..., slice(top, top + size), slice(left, left + size))
            parts.append([t[beam][cut] for t in (samples.labels, samples.dose, samples.estimate, samples.target)])
        labels, dose, guess, target = (torch.stack(column).to(self.device) for column in zip(*parts, strict=True))
        if config.mirror:
            flip = torch.randint(4, (), generator=generator).item()
            axes = [axis for bit, axis in ((1, 2), (2, 3)) if int(flip) & bit]
            labels, dose, guess, target = (t.flip(axes) for t in (labels, dose, guess, target))
        return Batch(Views(labels, dose.float(), guess), target)

    def _generator(self, number: int, kind: int) -> torch.Generator:
        return generator_of(3 * self.seed + kind, number)

    def _shift(self, target: Tensor, axis: int, size: int, generator: torch.Generator) -> int:
        """Choose the start of a window along an axis so that all fluence is inside; central if there is none."""
        room = target.shape[axis] - size
        filled = torch.nonzero(target.amax(1 - axis) > 0)[:, 0]
        if not len(filled) or not room:
            return room // 2
        low, high = max(0, int(filled[-1]) + 1 - size), min(room, int(filled[0]))
        return room // 2 if low > high else int(torch.randint(low, high + 1, (), generator=generator))


def centred(plan: PlanSamples, side_px: int) -> PlanSamples:
    """Return the central parts of the windows of a plan."""
    margin = (plan.target.shape[-1] - side_px) // 2
    cut = (..., slice(margin, margin + side_px), slice(margin, margin + side_px))
    tensors = {key: getattr(plan, key)[cut] for key in ("labels", "dose", "estimate", "target")}
    return replace(plan, **tensors)
