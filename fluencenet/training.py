"""Training of a fluence network: ``python -m fluencenet.training --data X.zarr --out DIR --hours 1``.

A training run is a folder, see `dosenet.training`. The store may still be growing: a session uses the plans that are
complete when it begins, and ``--resume`` also those added since. Samples are made once and kept (``--samples``, by
default in the folder of the run).
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from dosenet.fitting.command import log_to_console
from dosenet.fitting.learner import Learner
from dosenet.fitting.options import Progress, RunOptions, add_run_options
from dosenet.fitting.run import fit, set_up
from dosenet.fitting.run_keeper import Score
from dosenet.fitting.seeds import process_seed
from dosenet.fitting.split import Split
from fluencenet.loss import clip_kernels, fluence_loss
from fluencenet.metrics import map_errors
from fluencenet.network import Views, build_network
from fluencenet.preset import Preset, load_preset
from fluencenet.samples import PlanSamples, SampleFolder
from fluencenet.sampling import Batch, BeamSampler, centred
from fluencenet.store import FluenceStore

log = logging.getLogger("fluencenet.training")

STAIRS, STAIR_FACTOR = 10, 0.8
"""Lee et al. 2019 multiply the learning rate by 0.8 every 10 of 100 epochs."""


class FluenceModule(Learner):
    """A fluence network with its loss."""

    def __init__(self, preset: Preset) -> None:
        super().__init__(preset, build_network(preset.network), build_network(preset.network))
        self.recipe = preset.training

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Loss of one batch."""
        del batch_index
        loss = fluence_loss(self.network(channels_last(batch.views)), batch.target, self.recipe.energy_weight)
        self.last_loss = loss.detach()
        return loss

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Clip the gradient of each kernel if the recipe says so."""
        del optimizer
        if self.recipe.clip_kernel_norm:
            clip_kernels(self.network, self.recipe.clip_kernel_norm)

    def planned_rate(self) -> float:
        """Learning rate of the next step: the paper's steps, or warm-up and cosine."""
        if self.recipe.stepped:
            return float(self.recipe.learning_rate * STAIR_FACTOR ** int(STAIRS * min(self.progress, 1.0)))
        return super().planned_rate()


def channels_last(views: Views) -> Views:
    """Return views in the memory layout in which convolutions on CPUs are fastest."""
    layout = torch.channels_last
    return Views(*(t.contiguous(memory_format=layout) for t in views))


@torch.no_grad()
def validate(network: nn.Module, plans: Sequence[PlanSamples], preset: Preset) -> Score:
    """Validate a network on all beams of some plans: loss, and the paper's figures (medians over the beams)."""
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
    data: Path | str,
    options: RunOptions,
    *,
    preset: str | Preset = "dual-frame-lite",
    samples: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train a network on a store of plans, or resume, see `dosenet.training.train`.

    Parameters
    ----------
    samples
        Folder of the samples, which are made first and kept between runs; by default in the folder of the run.
    """
    device = set_up(options)
    recipe = load_preset(preset) if isinstance(preset, str) else preset
    if options.batch:
        recipe = replace(recipe, training=replace(recipe.training, batch=options.batch))
    folder = SampleFolder(samples or options.folder / "samples", FluenceStore(data), recipe)
    log.info("samples of %d plans made", folder.update(progress))
    recipe = folder.fitted()
    training, validation = folder.load(Split.TRAIN), folder.load(Split.VALIDATION)
    log.info("%d training and %d validation plans, on %s", len(training), len(validation), device)
    return train_on(training, validation, recipe, options, device=device, progress=progress)


def train_on(
    training: Sequence[PlanSamples],
    validation: Sequence[PlanSamples],
    preset: Preset,
    options: RunOptions,
    *,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> Path:
    """Train on samples in memory, on any device, see `dosenet.training.train_on`.

    Parameters
    ----------
    preset
        Network and recipe, with the simple dose if the network takes estimates.
    """

    def batches(rank: int, first_step: int) -> Iterator[Batch]:
        sampler, step = BeamSampler(training, preset, process_seed(options.seed, rank), device), first_step
        while True:
            yield sampler.draw(step)
            step += 1

    return fit(
        preset,
        lambda: FluenceModule(preset),
        batches,
        lambda average: validate(average, validation, preset),
        options,
        score_name="loss",
        device=device,
        progress=progress,
    )


def run_command(
    program: str, description: str, preset: str, train: Callable[..., Path], arguments: list[str] | None
) -> int:
    """Command line of a training on plans; returns the exit code.

    Parameters
    ----------
    program, description
        Name of the module, and what it does.
    preset
        Preset where none is named.
    train
        `train`, or one like it.
    arguments
        Words of the command line; those of the process when None.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument("--data", required=True, help="store of plans (.zarr)")
    parser.add_argument("--preset", default=preset, help="preset name or YAML file")
    parser.add_argument("--samples", type=Path, help="folder of the samples, kept between runs")
    add_run_options(parser)
    found = parser.parse_args(arguments)
    log_to_console()
    best = train(found.data, RunOptions.parsed(found), preset=found.preset, samples=found.samples)
    log.info("best weights: %s", best)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Command line of the training; returns the exit code."""
    return run_command(
        "fluencenet.training", "Train a fluence network on a store of plans.", "dual-frame-lite", train, arguments
    )


if __name__ == "__main__":
    sys.exit(main())
