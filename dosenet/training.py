"""Training of a dose network: ``python -m dosenet.training --data X.zarr --preset ddn-lite --out DIR --hours 1``.

A run is a folder: ``last.safetensors`` (everything needed to go on), ``best.safetensors`` (averaged weights of the best
validation), ``metrics.csv`` and ``preset.yaml``. Sessions may be short: a run stops cleanly at its time limit or on
SIGTERM, and ``--resume`` goes on exactly where it stopped. Batches depend on seed and step only.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from dosenet.data import PairStore
from dosenet.fitting.learner import Learner
from dosenet.fitting.run import add_run_options, fit, prepare
from dosenet.fitting.run_keeper import RunLimits, Score
from dosenet.loss import loss_of
from dosenet.network import build_network
from dosenet.preset import Preset, load_preset
from dosenet.sampling import Batch, PairSampler
from dosenet.validation import validate
from dosenet.weights import load_model

log = logging.getLogger("dosenet.training")


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


def train(
    preset: Preset,
    training: PairStore,
    validation: PairStore,
    folder: Path,
    limits: RunLimits,
    *,
    seed: int = 1,
    resume: bool = False,
    compile_network: bool = False,
    bf16: bool | None = None,
    start: str | Path | None = None,
) -> Path:
    """Train, or go on training, and return the file of the best averaged weights.

    Parameters
    ----------
    preset
        Network and recipe.
    training, validation
        Pairs on the device to train on.
    folder
        Where the run is kept.
    limits
        When to stop and how often to look.
    seed
        Seed of the weights and of the batches.
    resume
        Go on from the folder's checkpoint if there is one.
    compile_network
        Compile the network (GPU; costs about a minute, and pays in a long run).
    bf16
        Compute in bfloat16; by default on a GPU only.
    start
        Model, by name or folder, whose weights a new run begins with: to train a shipped network on data of one's own.

    Raises
    ------
    ValueError
        If the checkpoint belongs to another preset or seed, or the model to start from has another network.
    """
    config = preset.training
    begin = None if start is None else _network_of(start, preset)

    def batches(rank: int, first_step: int) -> Iterator[Batch]:
        sampler = PairSampler(
            training,
            preset.network,
            crop_px=config.crop_px,
            batch=config.batch,
            seed=seed + 7919 * rank,
            source_known=config.source_known,
        )
        return sampler.batches(first_step)

    def judge(average: nn.Module) -> Score:
        return validate(average, validation, preset, batches=limits.validation_batches).score

    return fit(
        preset,
        lambda: DoseModule(preset, begin),
        batches,
        judge,
        folder,
        limits,
        score_name="mse",
        device=training.device,
        seed=seed,
        resume=resume,
        compile_network=compile_network,
        bf16=bf16,
    )


def _network_of(model: str | Path, preset: Preset) -> nn.Module:
    network, _ = load_model(model)
    if network.config != preset.network:
        raise ValueError(f"expected a model to start from with network {preset.network}, found {network.config}")
    return network


def main(arguments: list[str] | None = None) -> int:
    """Command line of the training; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m dosenet.training", description="Train a dose network on a pair store."
    )
    parser.add_argument("--data", required=True, help="pair store (.zarr)")
    parser.add_argument("--preset", default="ddn-lite", help="preset name or YAML file")
    parser.add_argument("--start", help="model, by name or folder, whose weights a new run begins with")
    parser.add_argument("--crop", type=int, help="crop side in fine pixels, instead of the preset's")
    add_run_options(parser)
    options = parser.parse_args(arguments)
    device, limits = prepare(options)
    preset = load_preset(options.preset)
    changes = {"batch": options.batch, "crop_px": options.crop}
    preset = replace(preset, training=replace(preset.training, **{k: v for k, v in changes.items() if v}))
    planes = preset.network.fine_planes
    beam = preset.network.beam
    training = PairStore.load(options.data, "train", device, fine_planes=planes, beam=beam)
    validation = PairStore.load(options.data, "validation", device, fine_planes=planes, beam=beam)
    log.info("%d training and %d validation planes on %s", len(training), len(validation), device)
    best = train(
        preset,
        training,
        validation,
        options.out,
        limits,
        seed=options.seed,
        resume=options.resume,
        compile_network=options.compile,
        bf16=options.bf16,
        start=options.start,
    )
    log.info("best weights: %s", best)
    return 0


if __name__ == "__main__":
    sys.exit(main())
