"""Training of a dose network: ``python -m dosenet.training --data X.zarr --preset ddn-lite --out DIR --hours 1``.

A run is a folder: ``last.safetensors`` (everything needed to go on), ``best.safetensors`` (averaged weights of the best
validation), ``metrics.csv`` and ``preset.yaml``. Sessions may be short: a run stops cleanly at its time limit or on
SIGTERM, and ``--resume`` goes on exactly where it stopped. Batches depend on seed and step only.
"""

from __future__ import annotations

import csv
import math
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import yaml
from torch import Tensor, nn

from dosenet.checkpoint import load_state, optimiser_tensors, prefixed, restore_optimiser, save_state, unprefixed
from dosenet.data import Batch, PairSampler, PairStore
from dosenet.network import RATIO, build_network
from dosenet.preset import Preset, TrainingConfig
from dosenet.validation import Validation, validate

try:
    import lightning.pytorch as pl
except ImportError:  # the same library under its older name
    import pytorch_lightning as pl  # type: ignore[no-redef]

LAST, BEST = "last.safetensors", "best.safetensors"


@dataclass(frozen=True)
class RunLimits:
    """How far a run goes and how often it looks up.

    Parameters
    ----------
    hours
        Training time over all sessions; the learning rate follows it. None if `steps` rules.
    steps
        Steps over all sessions; the learning rate follows them (exactly repeatable). None if `hours` rules.
    session_minutes
        Time limit of this session.
    validation_minutes, checkpoint_minutes
        Time between validations and between checkpoints.
    validation_batches
        Batches a validation patient.
    """

    hours: float | None = None
    steps: int | None = None
    session_minutes: float | None = None
    validation_minutes: float = 5.0
    checkpoint_minutes: float = 5.0
    validation_batches: int = 4

    def __post_init__(self) -> None:
        if (self.hours is None) == (self.steps is None):
            raise ValueError("expected either hours or steps of training, found both or none")


def learning_rate(config: TrainingConfig, step: int, progress: float) -> float:
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
    # 0.01 weighs an absolute error of 1 % as the square does; 1e-3 rounds the tip off.
    return 0.5 * mse + 0.5 * 0.01 * (difference.square() + 1e-6).sqrt().mean()


class DoseModule(pl.LightningModule):
    """Network, loss, optimiser and weight average, with their own saved state (no pickle)."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.preset = preset
        self.network = build_network(preset.network)
        self.average = build_network(preset.network).requires_grad_(False).eval()
        self.average.load_state_dict(self.network.state_dict())
        self.steps_done = 0
        self.progress = 0.0
        self.last_loss: Tensor | None = None
        self._pending: dict[str, Tensor] = {}

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Loss of one batch."""
        del batch_index
        layout = torch.channels_last
        predicted = self.network(batch.aaa.contiguous(memory_format=layout), batch.ct.contiguous(memory_format=layout))
        loss = loss_of(predicted, batch.target, self.preset.training.loss)
        self.last_loss = loss.detach()
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW (Adam if without decay), with its state put back when resuming."""
        config = self.preset.training
        fused = next(self.network.parameters()).is_cuda
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=fused
        )
        restore_optimiser(optimiser, self.network, self._pending)
        self._pending = {}
        return optimiser

    def set_learning_rate(self) -> float:
        """Set and return the learning rate of the step to come."""
        rate = learning_rate(self.preset.training, self.steps_done, self.progress)
        for group in self._optimiser().param_groups:
            group["lr"] = rate
        return rate

    @torch.no_grad()
    def update_average(self) -> None:
        """Follow the weights with the average; it follows faster at the beginning."""
        self.steps_done += 1
        decay = min(self.preset.training.ema_decay, self.steps_done / (self.steps_done + 10))
        averaged, live = list(self.average.parameters()), [p.detach() for p in self.network.parameters()]
        torch._foreach_lerp_(averaged, live, 1 - decay)

    def state(self) -> dict[str, Tensor]:
        """All tensors needed to go on."""
        return {
            **prefixed("network/", self.network.state_dict()),
            **prefixed("average/", self.average.state_dict()),
            **optimiser_tensors(self._optimiser(), self.network),
        }

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Take over what `state` returned."""
        self.network.load_state_dict(unprefixed("network/", tensors))
        self.average.load_state_dict(unprefixed("average/", tensors))
        self._pending = tensors
        self.steps_done = step

    def _optimiser(self) -> torch.optim.Optimizer:
        optimiser = self.optimizers(use_pl_optimizer=False)
        if not isinstance(optimiser, torch.optim.Optimizer):
            raise TypeError("expected one optimiser")
        return optimiser


class RunKeeper(pl.Callback):
    """Keeps a run's time, learning rate, validations, log and checkpoints, and stops it when its time is up."""

    def __init__(self, folder: Path, limits: RunLimits, validation: PairStore, seed: int, values: dict[str, Any]) -> None:
        self.folder, self.limits, self.validation_store, self.seed = folder, limits, validation, seed
        self.elapsed_before = float(values.get("elapsed_s", 0.0))
        self.best = float(values.get("best_mse", math.inf))
        self.stop_requested = False
        self.started = self.validated = self.saved = time.monotonic()
        self.losses: list[Tensor] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: DoseModule) -> None:  # type: ignore[override]
        """Start the clocks."""
        del trainer, pl_module
        self.started = self.validated = self.saved = time.monotonic()

    def on_train_batch_start(  # type: ignore[override]
        self, trainer: pl.Trainer, pl_module: DoseModule, batch: Batch, batch_idx: int
    ) -> None:
        """Set the learning rate."""
        del trainer, batch, batch_idx
        pl_module.progress = self._progress(pl_module)
        pl_module.set_learning_rate()

    def on_train_batch_end(  # type: ignore[override]
        self, trainer: pl.Trainer, pl_module: DoseModule, outputs: Any, batch: Batch, batch_idx: int
    ) -> None:
        """Average, and now and then validate, save and stop."""
        del outputs, batch, batch_idx
        pl_module.update_average()
        if pl_module.last_loss is not None:
            self.losses.append(pl_module.last_loss)
        now = time.monotonic()
        limit = self.limits.session_minutes
        over = self.stop_requested or (limit is not None and now - self.started >= 60 * limit)
        over = over or self._progress(pl_module) >= 1.0
        over = trainer.strategy.reduce_boolean_decision(over, all=False)
        if over or now - self.validated >= 60 * self.limits.validation_minutes:
            self._validate(trainer, pl_module)
            self.validated = time.monotonic()
        if over or now - self.saved >= 60 * self.limits.checkpoint_minutes:
            self.save(trainer, pl_module)
            self.saved = time.monotonic()
        if over:
            trainer.should_stop = True

    def save(self, trainer: pl.Trainer, module: DoseModule) -> None:
        """Write the checkpoint to go on from."""
        if trainer.is_global_zero:
            save_state(self.folder / LAST, module.state(), self._values(module))

    def _elapsed_s(self) -> float:
        return self.elapsed_before + time.monotonic() - self.started

    def _progress(self, module: DoseModule) -> float:
        if self.limits.steps is not None:
            return module.steps_done / self.limits.steps
        return self._elapsed_s() / (3600 * (self.limits.hours or 1.0))

    def _values(self, module: DoseModule) -> dict[str, Any]:
        return {
            "preset": module.preset.to_dict(),
            "step": module.steps_done,
            "elapsed_s": self._elapsed_s(),
            "best_mse": self.best,
            "seed": self.seed,
        }

    def _validate(self, trainer: pl.Trainer, module: DoseModule) -> None:
        result = validate(
            module.average, self.validation_store, module.preset, batches=self.limits.validation_batches
        )
        if not trainer.is_global_zero:
            return
        if result.mse < self.best:
            self.best = result.mse
            save_state(self.folder / BEST, module.average.state_dict(), self._values(module))
        train_loss = float(torch.stack(self.losses).mean()) if self.losses else math.nan
        self.losses.clear()
        self._log(module, train_loss, result)

    def _log(self, module: DoseModule, train_loss: float, result: Validation) -> None:
        path = self.folder / "metrics.csv"
        row = {
            "step": module.steps_done,
            "elapsed_s": round(self._elapsed_s(), 1),
            "samples": module.steps_done * module.preset.training.batch,
            "learning_rate": learning_rate(module.preset.training, module.steps_done, module.progress),
            "train_loss": train_loss,
            "validation_mse": result.mse,
            "validation_linear_mse": result.linear_mse,
            "ratio": result.ratio,
            "worst_ratio": result.worst_ratio,
        }
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, row)
            if new:
                writer.writeheader()
            writer.writerow(row)
        print(
            f"step {row['step']}  {row['elapsed_s']:.0f} s  loss {train_loss:.3e}  validation {result.mse:.3e} "
            f"(linear {result.linear_mse:.3e}, ratio {result.ratio:.2f}, worst patient {result.worst_ratio:.2f})",
            flush=True,
        )


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
    elif (folder / LAST).exists():
        raise ValueError("expected an empty run folder, found a checkpoint; resume it or choose another folder")
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
        ct_offsets_mm=network.ct_offsets_mm,
        seed=seed + 7919 * trainer.global_rank,
    )
    before = _on_termination(keeper)
    try:
        trainer.fit(module, train_dataloaders=_Batches(sampler, module.steps_done))
    finally:
        signal.signal(signal.SIGTERM, before)
    return folder / BEST


class _Batches:
    """The batches from a step on, as something that can be iterated (what Lightning takes for a data loader)."""

    def __init__(self, sampler: PairSampler, first_step: int) -> None:
        self.sampler, self.first_step = sampler, first_step

    def __iter__(self) -> Any:
        return self.sampler.batches(self.first_step)


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


def _parse(arguments: list[str] | None) -> Any:
    import argparse

    parser = argparse.ArgumentParser(prog="python -m dosenet.training", description="Train a dose network on a pair store.")
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
    from dosenet.preset import load_preset

    options = _parse(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    preset = load_preset(options.preset)
    changes = {"batch": options.batch, "crop_px": options.crop}
    preset = replace(preset, training=replace(preset.training, **{k: v for k, v in changes.items() if v}))
    device = options.device if options.device != "auto" else ("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    training = PairStore.load(options.data, "train", device)
    validation = PairStore.load(options.data, "validation", device)
    print(f"{len(training)} training and {len(validation)} validation planes on {device}", flush=True)
    limits = RunLimits(
        hours=options.hours if options.steps is None else None,
        steps=options.steps,
        session_minutes=options.session_minutes,
        validation_minutes=options.validation_minutes,
        checkpoint_minutes=options.checkpoint_minutes,
    )
    best = train(
        preset, training, validation, options.out, limits, seed=options.seed, resume=options.resume, compile_network=options.compile
    )
    print(f"best weights: {best}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
