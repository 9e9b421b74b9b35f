"""Training of a dose network: ``python -m dosenet.training --data X.zarr --preset ddn-lite --out DIR --hours 1``.

A training run is a folder: ``last.safetensors`` (everything needed to resume), ``best.safetensors`` (averaged weights
of the best validation), ``metrics.csv`` and ``preset.yaml``. Sessions may be short: a run stops cleanly at its time
limit or on SIGTERM, and ``--resume`` continues exactly where it stopped. Batches depend on seed and step only.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from torch import Tensor, nn

from dosenet.fitting.command import log_to_console
from dosenet.fitting.learner import Learner
from dosenet.fitting.options import Progress, RunOptions, add_run_options
from dosenet.fitting.run import fit, rest_of_run, set_up
from dosenet.fitting.run_keeper import Pace, Score
from dosenet.fitting.seeds import process_seed
from dosenet.fitting.split import Split
from dosenet.loss import loss_of
from dosenet.network import build_network
from dosenet.pairs import Pairs
from dosenet.preset import Preset, load_preset
from dosenet.sampling import Batch, PairSampler
from dosenet.training_need import training_need, used_bytes
from dosenet.validation import chosen_by, validate
from dosenet.weights import load_model
from dosenet.widening import starting_weights

log = logging.getLogger("dosenet.training")

VALIDATION_ROWS = 16
"""Rows of each validation field that are kept: it is measured on one batch of crops."""


class DoseModule(Learner):
    """A dose network with its loss; `start` holds the initial weights, instead of random ones."""

    def __init__(self, preset: Preset, start: Mapping[str, Tensor] | None = None) -> None:
        network = build_network(preset.network)
        if start is not None:
            network.load_state_dict(start)
        super().__init__(preset, network, build_network(preset.network))
        self.loss = preset.training.loss

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Loss of one batch."""
        del batch_index
        predicted = self.network(*batch.inputs)
        loss = loss_of(predicted, batch.target, self.loss, batch.coarse)
        self.last_loss = loss.detach()
        return loss


def train(
    data: Path | str,
    options: RunOptions,
    *,
    preset: str | Preset = "ddn-lite",
    start: str | Path | None = None,
    crop_px: int | None = None,
    most_rows: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train a network on a pair store, or resume, and return the file of the best averaged weights.

    Parameters
    ----------
    data
        Pair store.
    options
        Folder, limits and settings of the run.
    preset
        Name, YAML file, or the preset itself.
    start
        Name or folder of a model whose weights a new run starts from: to train a shipped network on one's own data. Its
        network may lack the energy that the preset's is told (`dosenet.widening`).
    crop_px
        Side of the crops in fine pixels, instead of the preset's.
    most_rows
        Of each training field take at most so many planes (groups of four, with four fine planes), to save memory.
    progress
        Called while pairs are read, and after every step.

    Raises
    ------
    ValueError
        If preset, store or checkpoint cannot be used, or the model to start from has another network.
    """
    device = set_up(options)
    recipe = load_preset(preset) if isinstance(preset, str) else preset
    usual = recipe.training
    changed = replace(usual, batch=options.batch or usual.batch, crop_px=crop_px or usual.crop_px)
    recipe = replace(recipe, training=changed)
    begin = None if start is None else starting_weights(load_model(start).network, recipe.network)

    def read(split: Split, most: int | None) -> Pairs:
        network = recipe.network
        told = None if progress is None else partial(progress, f"reading {split.value}")
        return Pairs.load(
            data,
            split.value,
            device,
            fine_planes=network.fine_planes,
            beam=network.beam,
            most_rows=most,
            progress=told,
        )

    most = {Split.TRAIN: most_rows, Split.VALIDATION: VALIDATION_ROWS}
    need = training_need(data, recipe, options, device, {str(split): rows for split, rows in most.items()})
    rest = rest_of_run(options)
    log.info(need.expected(rest))
    began = time.monotonic()
    training, validation = (read(split, rows) for split, rows in most.items())
    log.info("%d training and %d validation planes on %s", len(training), len(validation), device)
    best = train_on(training, validation, recipe, options, start=begin, progress=progress)
    log.info(need.taken(rest, time.monotonic() - began, used_bytes(device)))
    return best


def train_on(
    training: Pairs,
    validation: Pairs | Callable[[nn.Module], Score],
    preset: Preset,
    options: RunOptions,
    *,
    start: Mapping[str, Tensor] | None = None,
    pace: Pace | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train on pairs in memory, on the device where they are.

    Parameters
    ----------
    training, validation
        The pairs; in place of those to validate on may be what a validation of the averaged network is.
    preset
        Network and recipe.
    options
        Folder, limits and settings of the run.
    start
        Weights that a new run starts from.
    pace
        What the run goes by, see `fit`.
    progress
        Called after every step, see `fit`.

    Raises
    ------
    ValueError
        If the checkpoint belongs to another network or seed.
    """
    config = preset.training

    def batches(rank: int, first_step: int) -> Iterator[Batch]:
        sampler = PairSampler(
            training,
            preset.network,
            crop_px=config.crop_px,
            batch=config.batch,
            seed=process_seed(options.seed, rank),
            source_known=config.source_known,
            energy_known=config.energy_known,
            body_known=config.body_known,
        )
        return sampler.batches(first_step)

    def validated(average: nn.Module) -> Score:
        if isinstance(validation, Pairs):
            return validate(average, validation, preset).score(config.loss)
        return validation(average)

    return fit(
        preset,
        lambda: DoseModule(preset, start),
        batches,
        validated,
        options,
        score_name=chosen_by(config.loss),
        device=training.device,
        progress=progress,
        pace=pace,
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line of the training; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m dosenet.training", description="Train a dose network on a pair store."
    )
    parser.add_argument("--data", required=True, help="pair store (.zarr)")
    parser.add_argument("--preset", default="ddn-lite", help="preset name or YAML file")
    parser.add_argument("--start", help="name or folder of a model whose weights a new run starts from")
    parser.add_argument("--crop", type=int, help="side of the crops in fine pixels, instead of the preset's")
    parser.add_argument("--planes", type=int, help="planes (or groups of four) of a training field at most")
    add_run_options(parser)
    found = parser.parse_args(arguments)
    log_to_console()
    best = train(
        found.data,
        RunOptions.parsed(found),
        preset=found.preset,
        start=found.start,
        crop_px=found.crop,
        most_rows=found.planes,
    )
    log.info("best weights: %s", best)
    return 0


if __name__ == "__main__":
    sys.exit(main())
