"""Options of both trainings: one for every field of `dosenet.fitting.options.RunOptions`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any

import typer

from dosenet.fitting.options import Device, RunOptions
from esapi_bridge.cli.networks import Threads
from esapi_bridge.folders.lock import only_process

OPTIONS: Mapping[str, Any] = {
    "folder": Annotated[Path, typer.Option("--output", "-o", help="Folder of the training run.")],
    "hours": Annotated[float | None, typer.Option(min=0, help="Training time over all sessions, h; or give --steps.")],
    "steps": Annotated[int | None, typer.Option(min=1, help="Steps over all sessions; or give --hours.")],
    "session_minutes": Annotated[float | None, typer.Option(min=0, help="Time limit of this session, min.")],
    "validation_minutes": Annotated[float, typer.Option(min=0, help="Time between validations, min.")],
    "checkpoint_minutes": Annotated[float, typer.Option(min=0, help="Time between checkpoints, min.")],
    "resume": Annotated[bool, typer.Option("--resume", help="Go on from the folder's checkpoint, if there is one.")],
    "seed": Annotated[int, typer.Option(help="Seed of weights and batches.")],
    "device": Annotated[Device, typer.Option(help="Where to compute; auto takes a GPU if there is one.")],
    "batch": Annotated[int | None, typer.Option(min=1, help="Samples per step. [default: the preset's]")],
    "threads": Threads,
    "compile_network": Annotated[
        bool, typer.Option("--compile", help="Compile the network (GPU): costs a minute, pays in a long run.")
    ],
    "bf16": Annotated[
        bool | None,
        typer.Option(
            "--bf16/--no-bf16", help="Compute in bfloat16; pays on CPUs with AVX-512 BF16. [default: on a GPU]"
        ),
    ],
    "patience": Annotated[
        int | None,
        typer.Option(min=1, help="End after so many validations in a row without a better score. [default: never]"),
    ],
}


def with_run_options(train: Callable[..., None]) -> Callable[..., None]:
    """Give a command, in place of its parameter `options`, one option for every field of `RunOptions`."""

    def command(**given: Any) -> None:
        chosen = {field.name: given.pop(field.name) for field in fields(RunOptions)}
        if (chosen["hours"] is None) == (chosen["steps"] is None):
            raise typer.BadParameter("give either --hours or --steps")
        with only_process(chosen["folder"], "a training run"):
            train(**given, options=RunOptions(**{**chosen, "device": chosen["device"].value}))

    own = [p for name, p in inspect.signature(train, eval_str=True).parameters.items() if name != "options"]
    added = [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=OPTIONS[field.name],
        )
        for field in fields(RunOptions)
    ]
    required_first = sorted([*own, *added], key=lambda p: p.default is not Parameter.empty)
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [p.replace(kind=Parameter.KEYWORD_ONLY) for p in required_first]
    )
    command.__doc__ = train.__doc__
    return command
