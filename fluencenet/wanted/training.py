"""Training of the wanted-dose network: ``python -m fluencenet.wanted.training --data X.zarr --out DIR --hours 1``.

A training run is a folder, see `dosenet.training`. The store may still be growing, as for `fluencenet.training`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
import yaml
from torch import Tensor, nn

from dosenet.fitting.checkpoint import save_text
from dosenet.fitting.learner import Learner
from dosenet.fitting.options import Progress, RunOptions
from dosenet.fitting.run import fit, set_up
from dosenet.fitting.run_keeper import Score
from dosenet.fitting.seeds import generator_of, process_seed
from dosenet.fitting.split import Split
from fluencenet.field import PTV
from fluencenet.store import FluenceStore
from fluencenet.training import run_command
from fluencenet.wanted.anatomy import ANATOMY_FILE, AnatomyRange, anatomy_of
from fluencenet.wanted.network import Planes, WantedDose
from fluencenet.wanted.plan_input import FINE_CHANNELS, NEAR_MM, RATIO
from fluencenet.wanted.preset import Preset, TrainingConfig, load_preset
from fluencenet.wanted.samples import Sample, SampleFolder

log = logging.getLogger("fluencenet.training")

Readers = Sequence[Callable[[], Sample]]


class Batch(NamedTuple):
    """One plan: wide channels, fine planes, and ``(1, 1, plane, y, x)`` dose and weights there."""

    wide: Tensor
    planes: Planes
    dose: Tensor
    weights: Tensor


class WantedModule(Learner):
    """The network with its loss."""

    def __init__(self, preset: Preset) -> None:
        super().__init__(preset, WantedDose(preset.network), WantedDose(preset.network))

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Loss of one plan."""
        del batch_index
        loss = weighted_error(self.network(batch.wide, batch.planes), batch)
        self.last_loss = loss.detach()
        return loss


def weighted_error(found: Tensor, batch: Batch) -> Tensor:
    """Mean absolute error of dose over prescription, by weights."""
    return ((found - batch.dose).abs() * batch.weights).sum() / batch.weights.sum()


def batch_of(sample: Sample, numbers: Tensor, recipe: TrainingConfig) -> Batch:
    """A plan and some of its fine planes, as the network takes them."""
    labels, dose = sample.labels[numbers], sample.dose[numbers]
    weights = (labels > 0).float() + (recipe.organ_weight - 1.0) * ((labels > 1) & (labels < PTV)).float()
    weights += (recipe.target_weight - 1.0) * (labels == PTV).float()
    fine = sample.given.fine[:, numbers]
    return Batch(sample.given.wide[None], Planes(numbers, fine[None]), dose[None, None], weights[None, None])


def moved(batch: Batch, device: torch.device | str) -> Batch:
    """Put a batch on a device."""
    planes = Planes(*(part.to(device) for part in batch.planes))
    return Batch(batch.wide.to(device), planes, batch.dose.to(device), batch.weights.to(device))


def batches(
    readers: Readers, recipe: TrainingConfig, seed: int, first_step: int, device: torch.device | str = "cpu"
) -> Iterator[Batch]:
    """Plans in an order drawn for each epoch, reproducibly; planes that hold something are drawn evenly."""
    step = first_step
    while True:
        epoch, place = divmod(step, len(readers))
        order = torch.randperm(len(readers), generator=generator_of(3 * seed + 1, epoch))
        draw = generator_of(3 * seed + 2, step)
        sample = readers[int(order[place])]()
        if recipe.mirror and int(torch.randint(2, (), generator=draw)):
            sample = sample.mirrored()
        filled = torch.nonzero(sample.labels.flatten(1).any(1))[:, 0]
        picked = torch.randperm(len(filled), generator=draw)[: recipe.planes]
        yield moved(batch_of(sample, filled[picked.sort().values], recipe), device)
        step += 1


@torch.no_grad()
def validate(network: nn.Module, readers: Readers, recipe: TrainingConfig) -> Score:
    """Loss over every fourth plane of all plans, and the mean absolute error in the body and in the PTV."""
    losses, body, target = [], [], []
    for reader in readers:
        sample = reader()
        filled = torch.nonzero(sample.labels.flatten(1).any(1))[:: 2 * RATIO, 0]
        batch = moved(batch_of(sample, filled, recipe), next(network.parameters()).device)
        found = network(batch.wide, batch.planes)
        error = (found - batch.dose).abs()[0, 0].cpu()
        losses.append(weighted_error(found, batch))
        body.append(error[sample.labels[filled] > 0].mean())
        target.append(error[sample.labels[filled] == PTV].mean())
    figures = {"loss": losses, "body": body, "ptv": target}
    values = {f"validation_{name}": float(torch.stack(parts).mean()) for name, parts in figures.items()}
    return Score(values["validation_loss"], values)


def write_anatomies(run: Path, readers: Readers) -> None:
    """Write what the anatomies of the plans are like beside a run, for its card."""
    samples = (reader() for reader in readers)
    distance = FINE_CHANNELS.index("PTV distance")
    found = AnatomyRange.of(
        anatomy_of(sample.labels.numpy(), NEAR_MM * sample.given.fine[distance].numpy()) for sample in samples
    )
    run.mkdir(parents=True, exist_ok=True)
    save_text(run / ANATOMY_FILE, yaml.safe_dump({name: list(values) for name, values in found.quantiles.items()}))


def train(
    data: Path | str,
    options: RunOptions,
    *,
    preset: str | Preset = "wanted-dose",
    samples: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train on a store of plans, or resume, see `dosenet.training.train`.

    Parameters
    ----------
    samples
        Folder of the samples, which are made first and kept between runs; by default in the folder of the run.
    """
    device = set_up(options)
    recipe = load_preset(preset) if isinstance(preset, str) else preset
    folder = SampleFolder(samples or options.folder / "samples", FluenceStore(data), recipe)
    log.info("samples of %d plans made", folder.update(progress))
    recipe = folder.fitted()
    training, validation = folder.readers(Split.TRAIN), folder.readers(Split.VALIDATION)
    write_anatomies(options.folder, training)
    log.info("%d training and %d validation plans, on %s", len(training), len(validation), device)
    return fit(
        recipe,
        lambda: WantedModule(recipe),
        lambda rank, first: batches(training, recipe.training, process_seed(options.seed, rank), first, device),
        lambda average: validate(average, validation, recipe.training),
        options,
        score_name="loss",
        device=device,
        progress=progress,
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line of the training; returns the exit code."""
    program, description = "fluencenet.wanted.training", "Train a wanted-dose network on a store of plans."
    return run_command(program, description, "wanted-dose", train, arguments)


if __name__ == "__main__":
    sys.exit(main())
