"""Training of a dose network: ``python -m dosenet.training --data X.zarr --preset ddn-lite --out DIR --hours 1``.

A run is a folder: ``last.safetensors`` (everything needed to go on), ``best.safetensors`` (averaged weights of the best
validation), ``metrics.csv`` and ``preset.yaml``. Sessions may be short: a run stops cleanly at its time limit or on
SIGTERM, and ``--resume`` goes on exactly where it stopped. Batches depend on seed and step only.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import yaml

from dosenet.checkpoint import load_state
from dosenet.data import PairStore
from dosenet.learner import DoseModule
from dosenet.preset import Preset, load_preset
from dosenet.run_keeper import BEST, LAST, RunKeeper, RunLimits
from dosenet.sampling import Batch, PairSampler

try:
    import lightning.pytorch as pl
except ImportError:  # the same library under its older name
    import pytorch_lightning as pl  # type: ignore[no-redef]

log = logging.getLogger("dosenet.training")


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

    Raises
    ------
    ValueError
        If the checkpoint belongs to another preset or seed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "preset.yaml").write_text(yaml.safe_dump(preset.to_dict(), sort_keys=False), encoding="utf-8")
    pl.seed_everything(seed, verbose=False)
    module = DoseModule(preset)
    values: dict[str, Any] = {}
    if resume and (folder / LAST).exists():
        tensors, values = load_state(folder / LAST)
        _check_same_run(values, preset, seed)
        module.restore(tensors, int(values["step"]))
        module.rate_factor = float(values.get("rate_factor", 1.0))
    elif (folder / LAST).exists():
        raise ValueError("expected an empty run folder, found a checkpoint; resume it or choose another folder")
    _quiet()
    cuda = training.device.type == "cuda"
    module.to(training.device, memory_format=torch.channels_last)
    if compile_network:
        module.network.compile()
    keeper = RunKeeper(folder, limits, validation, seed, values)
    config, network = preset.training, preset.network
    trainer = pl.Trainer(
        accelerator="cuda" if cuda else "cpu",
        devices="auto" if cuda else 1,
        precision="bf16-mixed" if cuda else "32-true",
        max_epochs=1,
        gradient_clip_val=config.clip_norm,
        callbacks=[keeper],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    sampler = PairSampler(
        training,
        crop_px=config.crop_px,
        batch=config.batch,
        aaa_offsets_mm=network.aaa_offsets_mm,
        ct_steps=network.ct_steps,
        seed=seed + 7919 * trainer.global_rank,
    )
    before = _on_termination(keeper)
    try:
        with warnings.catch_warnings():
            # Lightning's advice is about loaders and services that this project does not use.
            warnings.filterwarnings("ignore", module=r"(lightning|pytorch_lightning)\.")
            trainer.fit(module, train_dataloaders=_Batches(sampler, module.steps_done))
    finally:
        signal.signal(signal.SIGTERM, before)
    return folder / BEST


class _Batches:
    """The batches from a step on, as something that can be iterated (what Lightning takes for a data loader)."""

    def __init__(self, sampler: PairSampler, first_step: int) -> None:
        self.sampler, self.first_step = sampler, first_step

    def __iter__(self) -> Iterator[Batch]:
        return self.sampler.batches(self.first_step)


def _quiet() -> None:
    """Keep Lightning's talk out of the output."""
    for name in ("lightning.pytorch", "pytorch_lightning", "lightning.fabric", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _check_same_run(values: dict[str, Any], preset: Preset, seed: int) -> None:
    found = Preset.from_dict(values["preset"])
    if found.network != preset.network:
        raise ValueError(f"expected a checkpoint of network {preset.network}, found {found.network}")
    if values["seed"] != seed:
        raise ValueError(f"expected a checkpoint of seed {seed}, found seed {values['seed']}")


def _on_termination(keeper: RunKeeper) -> Any:
    """Ask for a clean stop on SIGTERM; return the handler that was there."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        keeper.stop_requested = True

    return signal.signal(signal.SIGTERM, stop)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m dosenet.training", description="Train a dose network on a pair store."
    )
    parser.add_argument("--data", required=True, help="pair store (.zarr)")
    parser.add_argument("--preset", default="ddn-lite", help="preset name or YAML file")
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    parser.add_argument("--hours", type=float, help="training time over all sessions")
    parser.add_argument("--steps", type=int, help="training steps over all sessions, instead of --hours")
    parser.add_argument("--session-minutes", type=float, help="time limit of this session")
    parser.add_argument("--validation-minutes", type=float, default=5.0)
    parser.add_argument("--checkpoint-minutes", type=float, default=5.0)
    parser.add_argument("--resume", action="store_true", help="go on from the run folder's checkpoint")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--batch", type=int, help="instead of the preset's")
    parser.add_argument("--crop", type=int, help="crop side in fine pixels, instead of the preset's")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--compile", action="store_true", help="compile the network (GPU)")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Command line of the training; returns the exit code."""
    options = _parse(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if options.threads:
        torch.set_num_threads(options.threads)
    preset = load_preset(options.preset)
    changes = {"batch": options.batch, "crop_px": options.crop}
    preset = replace(preset, training=replace(preset.training, **{k: v for k, v in changes.items() if v}))
    device = options.device if options.device != "auto" else ("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    fine_planes = preset.network.fine_planes
    training = PairStore.load(options.data, "train", device, fine_planes=fine_planes)
    validation = PairStore.load(options.data, "validation", device, fine_planes=fine_planes)
    log.info(
        "%d training and %d validation planes on %s", len(training) * fine_planes, len(validation) * fine_planes, device
    )
    limits = RunLimits(
        hours=options.hours if options.steps is None else None,
        steps=options.steps,
        session_minutes=options.session_minutes,
        validation_minutes=options.validation_minutes,
        checkpoint_minutes=options.checkpoint_minutes,
    )
    best = train(
        preset,
        training,
        validation,
        options.out,
        limits,
        seed=options.seed,
        resume=options.resume,
        compile_network=options.compile,
    )
    log.info("best weights: %s", best)
    return 0


if __name__ == "__main__":
    sys.exit(main())
