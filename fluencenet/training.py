"""Training of a fluence network: ``python -m fluencenet.training --data X.zarr --out DIR --hours 1``.

A run is a folder as of `dosenet.training`. The store may still be growing: what is complete when a session begins is
used, and ``--resume`` picks up what has been added since. Samples are made once and kept (``--samples``, by default in
the run).
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from dosenet.fitting.learner import Learner
from dosenet.fitting.run import add_run_options, fit, prepare
from dosenet.fitting.run_keeper import RunLimits, Score
from fluencenet.loss import clip_kernels, fluence_loss
from fluencenet.metrics import map_errors
from fluencenet.network import Views, build_network
from fluencenet.preset import FluencePreset, load_fluence_preset
from fluencenet.samples import Batch, BeamSampler, PlanSamples, SampleFolder, centred
from fluencenet.store import FluenceStore

log = logging.getLogger("fluencenet.training")


class FluenceModule(Learner):
    """A fluence network with its loss."""

    def __init__(self, preset: FluencePreset) -> None:
        super().__init__(preset, build_network(preset.network), build_network(preset.network))
        self.recipe = preset.training

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Loss of one batch."""
        del batch_index
        loss = fluence_loss(self.network(channels_last(batch.views)), batch.target, self.recipe.energy_weight)
        self.last_loss = loss.detach()
        return loss

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Clip kernel by kernel, where the recipe says so."""
        del optimizer
        if self.recipe.clip_kernel_norm:
            clip_kernels(self.network, self.recipe.clip_kernel_norm)

    def planned_rate(self) -> float:
        """Learning rate of the step to come: the paper's stairs, or warm-up and cosine."""
        if self.recipe.stepped:
            return float(self.recipe.learning_rate * 0.8 ** int(10 * min(self.progress, 1.0)))
        return super().planned_rate()


def channels_last(views: Views) -> Views:
    """Return views in the memory layout that convolutions on CPUs are fastest with."""
    layout = torch.channels_last
    return Views(*(t.contiguous(memory_format=layout) for t in views))


@torch.no_grad()
def validate(network: nn.Module, plans: Sequence[PlanSamples], preset: FluencePreset) -> Score:
    """Judge a network on all beams of some plans: loss, and the paper's figures (medians over the beams)."""
    losses, errors = [], []
    for plan in plans:
        middle = centred(plan, preset.network.map_px)
        device = next(network.parameters()).device
        views = channels_last(Views(*(t.to(device) for t in middle.views())))
        target = middle.target.to(device)
        predicted = network(views).float()
        losses.append(fluence_loss(predicted, target, preset.training.energy_weight))
        errors.append(map_errors(predicted * plan.fractional_mu, target * plan.fractional_mu))
    loss = float(torch.stack(losses).mean())
    figures = {f"validation_{key}": _median([getattr(e, key) for e in errors]) for key in ("mae", "ssim", "energy")}
    return Score(loss, {"validation_loss": loss, **figures})


def _median(parts: list[Tensor]) -> float:
    return float(torch.cat(parts).median())


def train(
    preset: FluencePreset,
    training: Sequence[PlanSamples],
    validation: Sequence[PlanSamples],
    folder: Path,
    limits: RunLimits,
    *,
    device: torch.device | str = "cpu",
    seed: int = 1,
    resume: bool = False,
    compile_network: bool = False,
    bf16: bool | None = None,
) -> Path:
    """Train, or go on training, and return the file of the best averaged weights; see `dosenet.fitting.run.fit`."""

    def batches(rank: int, first_step: int) -> Iterator[Batch]:
        sampler, step = BeamSampler(training, preset, seed + 7919 * rank, device), first_step
        while True:
            yield sampler.draw(step)
            step += 1

    return fit(
        preset,
        lambda: FluenceModule(preset),
        batches,
        lambda average: validate(average, validation, preset),
        folder,
        limits,
        score_name="loss",
        device=device,
        seed=seed,
        resume=resume,
        compile_network=compile_network,
        bf16=bf16,
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line of the training; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m fluencenet.training", description="Train a fluence network on a store of plans."
    )
    parser.add_argument("--data", required=True, help="fluence store (.zarr)")
    parser.add_argument("--preset", default="dual-frame-lite", help="preset name or YAML file")
    parser.add_argument("--samples", type=Path, help="folder of the samples, kept between runs")
    add_run_options(parser)
    options = parser.parse_args(arguments)
    device, limits = prepare(options)
    preset = load_fluence_preset(options.preset)
    if options.batch:
        preset = replace(preset, training=replace(preset.training, batch=options.batch))
    folder = SampleFolder(options.samples or options.out / "samples", FluenceStore(options.data), preset)
    log.info("%d plans made ready", folder.update())
    preset = replace(preset, simple_dose=folder.table())
    training, validation = folder.load("train"), folder.load("validation")
    log.info("%d training and %d validation plans, on %s", len(training), len(validation), device)
    best = train(
        preset,
        training,
        validation,
        options.out,
        limits,
        device=device,
        seed=options.seed,
        resume=options.resume,
        compile_network=options.compile,
        bf16=options.bf16,
    )
    log.info("best weights: %s", best)
    return 0


if __name__ == "__main__":
    sys.exit(main())
