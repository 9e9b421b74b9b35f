"""Running a training session with Lightning: seed, checkpoint, steps, clean end."""

from __future__ import annotations

import argparse
import logging
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import yaml
from torch import nn

from dosenet.fitting.checkpoint import BEST, LAST, load_state
from dosenet.fitting.learner import AnyPreset, Learner
from dosenet.fitting.lightning import pl
from dosenet.fitting.run_keeper import RunKeeper, RunLimits, Score


def fit(
    preset: AnyPreset,
    make: Callable[[], Learner],
    batches: Callable[[int, int], Iterator[Any]],
    validate: Callable[[nn.Module], Score],
    folder: Path,
    limits: RunLimits,
    *,
    score_name: str,
    device: torch.device | str = "cpu",
    seed: int = 1,
    resume: bool = False,
    compile_network: bool = False,
    bf16: bool | None = None,
) -> Path:
    """Train, or go on training, and return the file of the best averaged weights.

    Parameters
    ----------
    preset
        Network and recipe; written beside the weights.
    make
        Builds what is trained, once the seed is set.
    batches
        Gives the batches from a step on, for (process number, first step).
    validate
        Judges the averaged network.
    folder
        Where the run is kept.
    limits
        When to stop and how often to look.
    score_name
        What the score is called in the checkpoint.
    device
        Where to train.
    seed
        Seed of the weights.
    resume
        Go on from the folder's checkpoint if there is one.
    compile_network
        Compile the network (GPU; costs about a minute, and pays in a long run).
    bf16
        Compute in bfloat16; by default on a GPU only. On a CPU with AVX-512 BF16 a step takes little more than half.

    Raises
    ------
    ValueError
        If the checkpoint belongs to another network or seed, or there is one and it is not to be resumed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "preset.yaml").write_text(yaml.safe_dump(preset.to_dict(), sort_keys=False), encoding="utf-8")
    pl.seed_everything(seed, verbose=False)
    module = make()
    values: dict[str, Any] = {}
    if resume and (folder / LAST).exists():
        tensors, values = load_state(folder / LAST)
        _check_same_run(values, preset, seed)
        module.restore(tensors, int(values["step"]))
        module.rate_factor = float(values.get("rate_factor", 1.0))
    elif (folder / LAST).exists():
        raise ValueError("expected an empty run folder, found a checkpoint; resume it or choose another folder")
    _quiet()
    cuda = torch.device(device).type == "cuda"
    module.to(device, memory_format=torch.channels_last)
    if compile_network:
        module.network.compile()
    keeper = RunKeeper(folder, limits, validate, score_name, seed, values)
    trainer = pl.Trainer(
        accelerator="cuda" if cuda else "cpu",
        devices="auto" if cuda else 1,
        precision="bf16-mixed" if (cuda if bf16 is None else bf16) else "32-true",
        max_epochs=1,
        gradient_clip_val=preset.training.clip_norm or None,
        callbacks=[keeper],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    before = _on_termination(keeper)
    try:
        with warnings.catch_warnings():
            # Lightning's advice is about loaders and services that this project does not use.
            warnings.filterwarnings("ignore", module=r"(lightning|pytorch_lightning)\.")
            trainer.fit(module, train_dataloaders=_Batches(batches, trainer.global_rank, module.steps_done))
    finally:
        signal.signal(signal.SIGTERM, before)
    return folder / BEST


class _Batches:
    """The batches from a step on, as something that can be iterated (what Lightning takes for a data loader)."""

    def __init__(self, batches: Callable[[int, int], Iterator[Any]], rank: int, first_step: int) -> None:
        self.batches, self.rank, self.first_step = batches, rank, first_step

    def __iter__(self) -> Iterator[Any]:
        return self.batches(self.rank, self.first_step)


def _quiet() -> None:
    """Keep Lightning's talk out of the output."""
    for name in ("lightning.pytorch", "pytorch_lightning", "lightning.fabric", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _check_same_run(values: dict[str, Any], preset: AnyPreset, seed: int) -> None:
    found, wanted = values["preset"]["network"], preset.to_dict()["network"]
    if found != wanted:
        raise ValueError(f"expected a checkpoint of network {wanted}, found {found}")
    if values["seed"] != seed:
        raise ValueError(f"expected a checkpoint of seed {seed}, found seed {values['seed']}")


def _on_termination(keeper: RunKeeper) -> Any:
    """Ask for a clean stop on SIGTERM; return the handler that was there."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        keeper.stop_requested = True

    return signal.signal(signal.SIGTERM, stop)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every training command has."""
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
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--compile", action="store_true", help="compile the network (GPU)")
    parser.add_argument(
        "--bf16",
        action=argparse.BooleanOptionalAction,
        help="compute in bfloat16 (default: on a GPU only; pays on a CPU that has AVX-512 BF16)",
    )


def prepare(options: argparse.Namespace) -> tuple[str, RunLimits]:
    """Set logging and threads from the options; return the device and the limits of the run."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if options.threads:
        torch.set_num_threads(options.threads)
    device = options.device if options.device != "auto" else ("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    limits = RunLimits(
        hours=options.hours if options.steps is None else None,
        steps=options.steps,
        session_minutes=options.session_minutes,
        validation_minutes=options.validation_minutes,
        checkpoint_minutes=options.checkpoint_minutes,
    )
    return device, limits
