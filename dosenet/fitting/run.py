"""One session of a training run, with Lightning: seed, checkpoint, steps, clean end."""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import yaml
from torch import nn

from dosenet.fitting.checkpoint import BEST, LAST, load_state, load_values
from dosenet.fitting.learner import AnyPreset, Learner
from dosenet.fitting.lightning import pl
from dosenet.fitting.options import Device, Progress, RunOptions
from dosenet.fitting.run_keeper import Pace, RunKeeper, Score


def set_up(options: RunOptions) -> str:
    """Set the number of threads and the precision of products; return the device to train on."""
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.set_float32_matmul_precision("high")
    if options.device == Device.AUTO.value:
        return "cuda" if torch.cuda.is_available() else "cpu"
    return options.device


def rest_of_run(options: RunOptions) -> RunOptions:
    """Return the options for what a run that is resumed has left to do; those of a new run are the same.

    Raises
    ------
    ValueError
        If the checkpoint is damaged.
    """
    if not (options.resume and (options.folder / LAST).exists()):
        return options
    values = load_values(options.folder / LAST)
    return options.rest(int(values["step"]), float(values["elapsed_s"]))


def fit(
    preset: AnyPreset,
    make: Callable[[], Learner],
    batches: Callable[[int, int], Iterator[Any]],
    validate: Callable[[nn.Module], Score],
    options: RunOptions,
    *,
    score_name: str,
    device: torch.device | str,
    progress: Progress | None = None,
    pace: Pace | None = None,
) -> Path:
    """Train, or resume, and return the file of the best averaged weights.

    Parameters
    ----------
    preset
        Network and recipe; written beside the weights.
    make
        Builds the learner, called after the seed is set.
    batches
        Yields the batches of (process number, first step) and all later steps.
    validate
        Validates the averaged network.
    options
        Folder, limits and settings of the run.
    score_name
        Name of the score in the checkpoint.
    device
        Device to train on.
    progress
        Called after every step, see `RunKeeper`.
    pace
        What the run goes by; the clock on the wall if not given.

    Raises
    ------
    ValueError
        If the checkpoint belongs to another network or seed, or exists although `resume` is false.
    """
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "preset.yaml").write_text(yaml.safe_dump(preset.to_dict(), sort_keys=False), encoding="utf-8")
    pl.seed_everything(options.seed, verbose=False)
    module = make()
    values: dict[str, Any] = {}
    if options.resume and (folder / LAST).exists():
        tensors, values = load_state(folder / LAST)
        _check_same_run(values, preset, options.seed)
        module.restore(tensors, int(values["step"]))
        module.rate_factor = float(values.get("rate_factor", 1.0))
    elif (folder / LAST).exists():
        raise ValueError("expected an empty run folder, found a checkpoint; resume it or choose another folder")
    _quiet()
    cuda = torch.device(device).type == "cuda"
    module.to(device, memory_format=_fastest_layout(module))
    if options.compile_network:
        module.network.compile()
    keeper = RunKeeper(options, validate, score_name, values, progress, pace)
    trainer = pl.Trainer(
        accelerator="cuda" if cuda else "cpu",
        devices="auto" if cuda else 1,
        precision="bf16-mixed" if (cuda if options.bf16 is None else options.bf16) else "32-true",
        max_epochs=1,
        gradient_clip_val=preset.training.clip_norm or None,
        callbacks=[keeper],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    with _stopped_by_termination(keeper), warnings.catch_warnings():
        # Lightning's advice is about loaders and services that this project does not use.
        warnings.filterwarnings("ignore", module=r"(lightning|pytorch_lightning)\.")
        trainer.fit(module, train_dataloaders=_Batches(batches, trainer.global_rank, module.steps_done))
    return folder / BEST


def _fastest_layout(module: nn.Module) -> torch.memory_format:
    """Memory layout in which convolutions on images, or on volumes, are fastest."""
    volumes = any(weight.dim() == 5 for weight in module.parameters())
    return torch.channels_last_3d if volumes else torch.channels_last


class _Batches:
    """The batches as an iterable, which Lightning accepts as a data loader."""

    def __init__(self, batches: Callable[[int, int], Iterator[Any]], rank: int, first_step: int) -> None:
        self.batches, self.rank, self.first_step = batches, rank, first_step

    def __iter__(self) -> Iterator[Any]:
        return self.batches(self.rank, self.first_step)


def _quiet() -> None:
    """Keep Lightning's remarks out of the output."""
    for name in ("lightning.pytorch", "pytorch_lightning", "lightning.fabric", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _check_same_run(values: dict[str, Any], preset: AnyPreset, seed: int) -> None:
    # By way of the preset: what a checkpoint of an earlier version does not name is as it was without it.
    found, wanted = (kept.to_dict()["network"] for kept in (type(preset).from_dict(values["preset"]), preset))
    if found != wanted:
        raise ValueError(f"expected a checkpoint of network {wanted}, found {found}")
    if values["seed"] != seed:
        raise ValueError(f"expected a checkpoint of seed {seed}, found seed {values['seed']}")


@contextmanager
def _stopped_by_termination(keeper: RunKeeper) -> Iterator[None]:
    """Request a clean stop on SIGTERM; only the main thread of a process hears of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        keeper.stop_requested = True

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
