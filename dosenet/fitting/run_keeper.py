"""What happens between the steps of a training run: time limits, validations, log and checkpoints."""

from __future__ import annotations

import csv
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dosenet.fitting.checkpoint import BEST, LAST, save_state
from dosenet.fitting.divergence import WINDOW_STEPS, DivergenceGuard
from dosenet.fitting.learner import Learner
from dosenet.fitting.lightning import pl
from dosenet.fitting.options import Progress, RunOptions

log = logging.getLogger("dosenet.fitting")


@dataclass(frozen=True)
class Score:
    """Outcome of a validation.

    Parameters
    ----------
    value
        Selects the best weights: lower is better.
    figures
        For the log.
    said
        What the progress says of it, such as how much better than nothing learned; may be empty.
    """

    value: float
    figures: dict[str, float]
    said: str = ""


@dataclass(frozen=True)
class Pace:
    """What a run goes by.

    Parameters
    ----------
    clock
        Seconds, from any moment on: of the wall by default, or of the processor.
    validations
        Evenly spread over the run, each followed by a checkpoint; None for those that the options ask for.
    """

    clock: Callable[[], float] = time.monotonic
    validations: int | None = None


class RunKeeper(pl.Callback):
    """Sets the learning rate of a training run, validates, logs and saves it, and stops it when its time is up.

    Parameters
    ----------
    options
        Folder, limits and intervals of the run.
    validate
        Validates the averaged network.
    score_name
        Name of the score in the checkpoint.
    values
        Plain values of the checkpoint to resume from; empty for a new run.
    progress
        Called with (text, steps or seconds done, in all) after every step; the text begins with "training" and goes on
        with the loss and what the last validation said.
    pace
        What the run goes by.
    """

    def __init__(
        self,
        options: RunOptions,
        validate: Callable[[nn.Module], Score],
        score_name: str,
        values: dict[str, Any],
        progress: Progress | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self.clock = self.pace.clock
        self.options, self.folder, self.validate, self.progress = options, options.folder, validate, progress
        self.score_name = f"best_{score_name}"
        self.elapsed_before = float(values.get("elapsed_s", 0.0))
        self.best = float(values.get(self.score_name, math.inf))
        self.since_best = int(values.get("validations_since_best", 0))
        self.text = "training"
        self.stop_requested = False
        self.next_part = 1
        self.started = self.validated = self.saved = self.clock()
        self.losses: list[Tensor] = []
        self.guard = DivergenceGuard()

    def on_train_start(self, trainer: pl.Trainer, pl_module: Learner) -> None:  # type: ignore[override]
        """Start the clocks."""
        del trainer
        self.started = self.validated = self.saved = self.clock()
        self.next_part = self._part(self._progress(pl_module)) + 1

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
        """Update the average, report progress, and validate, save and stop when due."""
        del outputs, batch, batch_idx
        pl_module.update_average()
        self._report_progress(pl_module)
        if pl_module.last_loss is not None:
            self.losses.append(pl_module.last_loss)
            if len(self.losses) % WINDOW_STEPS == 0:
                self.guard.watch(pl_module, self.losses[-WINDOW_STEPS:])
        now, progress = self.clock(), self._progress(pl_module)
        limit = self.options.session_minutes
        over = self.stop_requested or (limit is not None and now - self.started >= 60 * limit) or progress >= 1.0
        over = trainer.strategy.reduce_boolean_decision(over, all=False)
        due = self._due(progress)
        if over or due:
            self._validate(trainer, pl_module)
            self.validated = self.clock()
            self.next_part = self._part(progress) + 1
            over = over or self._lost_patience()
        if over or (due and self.pace.validations) or now - self.saved >= 60 * self.options.checkpoint_minutes:
            self.save(trainer, pl_module)
            self.saved = self.clock()
        if over:
            trainer.should_stop = True

    def save(self, trainer: pl.Trainer, module: Learner) -> None:
        """Write the checkpoint to resume from."""
        if trainer.is_global_zero:
            save_state(self.folder / LAST, module.state(), self._values(module))

    def _elapsed_s(self) -> float:
        return self.elapsed_before + self.clock() - self.started

    def _part(self, progress: float) -> int:
        """In which of the evenly spread parts of the run it is."""
        return int(progress * (self.pace.validations or 0))

    def _due(self, progress: float) -> bool:
        if self.pace.validations:
            return self._part(progress) >= self.next_part
        return self.clock() - self.validated >= 60 * self.options.validation_minutes

    def _lost_patience(self) -> bool:
        lost = self.options.patience is not None and self.since_best >= self.options.patience
        if lost:
            log.info("no better score in %d validations: training ends", self.since_best)
        return lost

    def _progress(self, module: Learner) -> float:
        if self.options.steps is not None:
            return module.steps_done / self.options.steps
        return self._elapsed_s() / (3600 * (self.options.hours or 1.0))

    def _report_progress(self, module: Learner) -> None:
        if self.progress is None:
            return
        if self.options.steps is not None:
            self.progress(self.text, module.steps_done, self.options.steps)
        else:
            whole = round(3600 * (self.options.hours or 0.0))
            self.progress(self.text, min(round(self._elapsed_s()), whole), whole)

    def _values(self, module: Learner) -> dict[str, Any]:
        return {
            "preset": module.preset.to_dict(),
            "step": module.steps_done,
            "elapsed_s": self._elapsed_s(),
            self.score_name: self.best,
            "seed": self.options.seed,
            "rate_factor": module.rate_factor,
            "validations_since_best": self.since_best,
        }

    def _validate(self, trainer: pl.Trainer, module: Learner) -> None:
        score = self.validate(module.average)
        better = score.value < self.best
        self.since_best = 0 if better else self.since_best + 1
        self.best = min(self.best, score.value)
        if not trainer.is_global_zero:
            return
        if better:
            save_state(self.folder / BEST, module.average.state_dict(), self._values(module))
        train_loss = float(torch.stack(self.losses).mean()) if self.losses else math.nan
        self.losses.clear()
        self.text = ", ".join(["training", f"loss {train_loss:.2e}", *([score.said] if score.said else [])])
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
        append_row(path, row)
        figures = "  ".join(f"{name} {value:.4g}" for name, value in score.figures.items())
        log.info("step %d  %.0f s  loss %.3e  %s", row["step"], row["elapsed_s"], train_loss, figures)


def append_row(path: Path, row: Mapping[str, object]) -> None:
    """Append to a table; one that is there keeps its columns, of an earlier version perhaps."""
    columns = list(row)
    if path.exists():
        with path.open(newline="", encoding="utf-8") as handle:
            columns = next(csv.reader(handle), columns)
    with path.open("a", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns, restval="", extrasaction="ignore")
        if handle.tell() == 0:
            writer.writeheader()
        writer.writerow(row)
