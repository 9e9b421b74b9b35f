"""``esapi-bridge train dose``: train a dose network on paired doses."""

from __future__ import annotations

from typing import Annotated

import typer

from dosenet.fitting.options import RunOptions
from esapi_bridge.cli.networks import PairStore
from esapi_bridge.cli.train.run_options import with_run_options


def _list_presets(value: bool) -> None:
    if not value:
        return
    from rich.table import Table

    from dosenet.preset_list import list_presets
    from esapi_bridge.cli.console import out

    table = Table("preset", "for", "parameters", "memory, GB", box=None)
    for preset in list_presets():
        weights, memory = f"{preset.parameters / 1e6:.2f} M", f"{preset.memory_bytes / 1e9:.1f}"
        table.add_row(preset.name, preset.summary, weights, memory)
    out.print(table)
    out.print("Memory of network and steps; the planes it learns from come on top, and are told before a run.")
    raise typer.Exit


@with_run_options
def dose(
    data: PairStore,
    options: RunOptions,
    preset: Annotated[
        str,
        typer.Option(
            help="Network and recipe: ddn-lite to train on a processor, ddn the published network for a GPU, srcnn to "
            "compare with; or a YAML file. --list-presets says more."
        ),
    ] = "ddn-lite",
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
    list_presets: Annotated[  # noqa: ARG001  acted on by its callback
        bool,
        typer.Option(
            "--list-presets", callback=_list_presets, is_eager=True, help="Say what each preset is for, and end."
        ),
    ] = False,
) -> None:
    """Train a dose network on paired doses.

    Says what time and memory it will take before it starts. A run stops cleanly at its limit and on SIGTERM, and goes
    on with --resume.
    """
    from dosenet.training import train
    from esapi_bridge.cli.console import out, show_log
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar

    show_log()
    with plain_errors(), progress_bar() as progress:
        best = train(data, options, preset=preset, start=start, crop_px=crop, most_rows=planes, progress=progress)
    out.print(f"best weights  {best}")
