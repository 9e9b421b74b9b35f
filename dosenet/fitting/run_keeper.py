"""What surrounds the steps of a training run: time limits, validation, log and checkpoints."""

from __future__ import annotations

import csv
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dosenet.fitting.checkpoint import BEST, LAST, save_state
from dosenet.fitting.divergence import WINDOW_STEPS, DivergenceGuard
from dosenet.fitting.learner import Learner
from dosenet.fitting.lightning import pl

log = logging.getLogger("dosenet.training")


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


@dataclass(frozen=True)
class Score:
    """Outcome of a validation: what decides which weights are best (less is better), and figures for the log."""

    value: float
    figures: dict[str, float]


class RunKeeper(pl.Callback):
    """Keeps a run's time, learning rate, validations, log and checkpoints, and stops it when its time is up.

    Parameters
    ----------
    folder
        Where the run is kept.
    limits
        When to stop and how often to look.
    validate
        Judges the averaged network.
    score_name
        What the score is called in the checkpoint.
    seed
        Seed of the run, kept in the checkpoint.
    values
        Plain values of the checkpoint to go on from; empty for a new run.
    """

    def __init__(
        self,
        folder: Path,
        limits: RunLimits,
        validate: Callable[[nn.Module], Score],
        score_name: str,
        seed: int,
        values: dict[str, Any],
    ) -> None:
        self.folder, self.limits, self.validate, self.seed = folder, limits, validate, seed
        self.score_name = f"best_{score_name}"
        self.elapsed_before = float(values.get("elapsed_s", 0.0))
        self.best = float(values.get(self.score_name, math.inf))
        self.stop_requested = False
        self.started = self.validated = self.saved = time.monotonic()
        self.losses: list[Tensor] = []
        self.guard = DivergenceGuard()

    def on_train_start(self, trainer: pl.Trainer, pl_module: Learner) -> None:  # type: ignore[override]
        """Start the clocks."""
        del trainer, pl_module
        self.started = self.validated = self.saved = time.monotonic()

    def on_train_batch_start(  # type: ignore[override]
        self, trainer: pl.Trainer, pl_module: Learner, batch: Any, batch_idx: int
    ) -> None:
        """Set the learning rate."""
        del trainer, batch, batch_idx
        pl_module.progress = self._progress(pl_module)
        pl_module.set_learning_rate()

    def on_train_batch_end(  # type: ignore[override]
        self, trainer: pl.Trainer, pl_module: Learner, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Average, and now and then validate, save and stop."""
        del outputs, batch, batch_idx
        pl_module.update_average()
        if pl_module.last_loss is not None:
            self.losses.append(pl_module.last_loss)
            if len(self.losses) % WINDOW_STEPS == 0:
                self.guard.watch(pl_module, self.losses[-WINDOW_STEPS:])
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

    def save(self, trainer: pl.Trainer, module: Learner) -> None:
        """Write the checkpoint to go on from."""
        if trainer.is_global_zero:
            save_state(self.folder / LAST, module.state(), self._values(module))

    def _elapsed_s(self) -> float:
        return self.elapsed_before + time.monotonic() - self.started

    def _progress(self, module: Learner) -> float:
        if self.limits.steps is not None:
            return module.steps_done / self.limits.steps
        return self._elapsed_s() / (3600 * (self.limits.hours or 1.0))

    def _values(self, module: Learner) -> dict[str, Any]:
        return {
            "preset": module.preset.to_dict(),
            "step": module.steps_done,
            "elapsed_s": self._elapsed_s(),
            self.score_name: self.best,
            "seed": self.seed,
            "rate_factor": module.rate_factor,
        }

    def _validate(self, trainer: pl.Trainer, module: Learner) -> None:
        score = self.validate(module.average)
        if not trainer.is_global_zero:
            return
        if score.value < self.best:
            self.best = score.value
            save_state(self.folder / BEST, module.average.state_dict(), self._values(module))
        train_loss = float(torch.stack(self.losses).mean()) if self.losses else math.nan
        self.losses.clear()
        self._log(module, train_loss, score)

    def _log(self, module: Learner, train_loss: float, score: Score) -> None:
        path = self.folder / "metrics.csv"
        row = {
            "step": module.steps_done,
            "elapsed_s": round(self._elapsed_s(), 1),
            "samples": module.steps_done * module.preset.training.batch,
            "learning_rate": module.set_learning_rate(),
            "train_loss": train_loss,
            **score.figures,
        }
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, row)
            if new:
                writer.writeheader()
            writer.writerow(row)
        figures = "  ".join(f"{name} {value:.4g}" for name, value in score.figures.items())
        log.info("step %d  %.0f s  loss %.3e  %s", row["step"], row["elapsed_s"], train_loss, figures)
