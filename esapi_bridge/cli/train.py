"""``esapi-bridge train``: train a dose network on a pair store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Pair store, a .zarr folder.", exists=True)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Run folder.")],
    preset: Annotated[str, typer.Option(help="Preset name or YAML file.")] = "ddn-lite",
    start: Annotated[
        str | None,
        typer.Option(help="Model whose weights a new run begins with, a name or a folder. [default: random weights]"),
    ] = None,
    hours: Annotated[float | None, typer.Option(min=0, help="Training time over all sessions.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps over all sessions, instead of hours.")] = None,
    session_minutes: Annotated[float | None, typer.Option(min=0, help="Time limit of this session.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run folder's checkpoint.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of weights and batches.")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    bf16: Annotated[
        bool | None,
        typer.Option(
            "--bf16/--no-bf16", help="Compute in bfloat16; pays on CPUs with AVX-512 BF16. [default: on a GPU]"
        ),
    ] = None,
) -> None:
    """Train a network."""
    from dosenet.training import main
    from esapi_bridge.errors import BridgeError

    if (hours is None) == (steps is None):
        raise typer.BadParameter("give either --hours or --steps")
    options = {
        "--data": data,
        "--out": output,
        "--preset": preset,
        "--start": start,
        "--hours": hours,
        "--steps": steps,
        "--session-minutes": session_minutes,
        "--seed": seed,
        "--device": device,
    }
    arguments = [text for name, value in options.items() if value is not None for text in (name, str(value))]
    try:
        precision = {None: [], True: ["--bf16"], False: ["--no-bf16"]}[bf16]
        main([*arguments, *precision, *(["--resume"] if resume else [])])
    except ValueError as error:
        raise BridgeError(str(error)) from error
