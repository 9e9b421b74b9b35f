"""``esapi-bridge train dose``: train a dose network on paired doses."""

from __future__ import annotations

from typing import Annotated

import typer

from dosenet.fitting.options import RunOptions
from esapi_bridge.cli.networks import PairStore, Preset
from esapi_bridge.cli.train.run_options import with_run_options


@with_run_options
def dose(
    data: PairStore,
    options: RunOptions,
    preset: Preset = "ddn-lite",
    start: Annotated[
        str | None,
        typer.Option(help="Network whose weights a new run begins with, a name or a folder. [default: random weights]"),
    ] = None,
    crop: Annotated[
        int | None, typer.Option(min=1, help="Side of a training crop, fine pixels (1.25 mm). [default: the preset's]")
    ] = None,
    planes: Annotated[
        int | None,
        typer.Option(min=1, help="Coarse planes (5 mm) of a training field at most, to save memory. [default: all]"),
    ] = None,
) -> None:
    """Train a dose network on paired doses.

    A run stops cleanly at its limit and on SIGTERM, and goes on with --resume.
    """
    from dosenet.training import train
    from esapi_bridge.cli.console import out, show_log
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar

    show_log()
    with plain_errors(), progress_bar() as progress:
        best = train(data, options, preset=preset, start=start, crop_px=crop, most_rows=planes, progress=progress)
    out.print(f"best weights  {best}")
