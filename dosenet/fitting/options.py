"""Options of a training run, the same for every network."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import Enum
from pathlib import Path

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, done, in all); an exception it raises ends the work."""


class Device(str, Enum):
    """Where to compute; ``auto`` takes a GPU if there is one."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


@dataclass(frozen=True)
class RunOptions:
    """Folder, limits and settings of a training run.

    Parameters
    ----------
    folder
        Folder of the run, made if missing.
    hours
        Training time over all sessions; the learning rate follows it. None if `steps` is given.
    steps
        Steps over all sessions; the learning rate follows them (exactly repeatable). None if `hours` is given.
    session_minutes
        Time limit of this session.
    validation_minutes, checkpoint_minutes
        Time between validations and between checkpoints.
    resume
        Resume from the checkpoint in the folder, if there is one.
    seed
        Seed of the weights and of the batches.
    device
        Value of a `Device`.
    batch
        Samples per step, instead of the preset's.
    threads
        CPU threads; None for torch's own choice.
    compile_network
        Compile the network (GPU; costs about a minute, and pays in a long run).
    patience
        Validations in a row without a better score after which training ends; None for no such end.
    bf16
        Compute in bfloat16; by default on a GPU only. On a CPU with AVX-512 BF16 a step takes little more than half.

    Raises
    ------
    ValueError
        If neither or both of `hours` and `steps` are given.
    """

    folder: Path
    hours: float | None = None
    steps: int | None = None
    session_minutes: float | None = None
    validation_minutes: float = 5.0
    checkpoint_minutes: float = 5.0
    resume: bool = False
    seed: int = 1
    device: str = Device.AUTO.value
    batch: int | None = None
    threads: int | None = None
    compile_network: bool = False
    bf16: bool | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        if (self.hours is None) == (self.steps is None):
            raise ValueError("expected either hours or steps of training, found both or none")

    def rest(self, steps_done: int, elapsed_s: float) -> RunOptions:
        """Return these options for what a run that got so far has left to do."""
        if self.steps is not None:
            return replace(self, steps=max(self.steps - steps_done, 0))
        return replace(self, hours=max((self.hours or 0.0) - elapsed_s / 3600, 0.0))

    @classmethod
    def parsed(cls, arguments: argparse.Namespace) -> RunOptions:
        """Return what a parser with `add_run_options` found."""
        return cls(**{f.name: getattr(arguments, f.name) for f in fields(cls)})


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add one argument for each field of `RunOptions`."""
    parser.add_argument("--out", dest="folder", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--hours", type=float, help="training time over all sessions")
    parser.add_argument("--steps", type=int, help="training steps over all sessions, instead of --hours")
    parser.add_argument("--session-minutes", type=float, help="time limit of this session")
    parser.add_argument("--validation-minutes", type=float, default=RunOptions.validation_minutes)
    parser.add_argument("--checkpoint-minutes", type=float, default=RunOptions.checkpoint_minutes)
    parser.add_argument("--resume", action="store_true", help="resume from the checkpoint in the folder")
    parser.add_argument("--seed", type=int, default=RunOptions.seed, help="seed of weights and batches")
    parser.add_argument("--device", default=RunOptions.device, choices=[device.value for device in Device])
    parser.add_argument("--batch", type=int, help="samples per step, instead of the preset's")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--compile", dest="compile_network", action="store_true", help="compile the network (GPU)")
    parser.add_argument("--patience", type=int, help="end after so many validations in a row without a better score")
    parser.add_argument(
        "--bf16",
        action=argparse.BooleanOptionalAction,
        help="compute in bfloat16 (default: on a GPU only; pays on a CPU that has AVX-512 BF16)",
    )
