"""``esapi-bridge demo``: the whole way on a phantom, from an export to the report."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.errors import BridgeError

SITE = "thorax"
"""Lung is where the coarse dose is most wrong, so it shows best what the network does."""


def demo(
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder to make. [default: out/demo-DATE-TIME]", show_default=False),
    ] = None,
    beams: Annotated[int, typer.Option(min=1, max=20, help="Number of beams.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the anatomy.")] = 7,
    model: Annotated[str, typer.Option(help="Installed network, or a folder with card.yaml.")] = "ddn-lite",
) -> None:
    """Make a phantom plan, compute its dose, show the report."""
    from esapi_bridge.cli.console import out as console
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.mock.export import ExportOptions, export_phantom
    from esapi_bridge.models import find_model
    from esapi_bridge.tasks import run_dose

    folder = out or Path("out") / f"demo-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    if folder.exists():
        raise BridgeError("the demo makes its own folder, found one that exists: choose another name")
    find_model(model, task="dose")  # before minutes are spent on the export
    with progress_bar() as progress:
        export = export_phantom(SITE, folder / "export", ExportOptions(beams=beams, seed=seed), progress=progress)
        result = run_dose(export, folder / "dose", model=model, reference=export / "reference", progress=progress)
    for row in result.record.metrics.gamma:
        console.print(f"gamma   {row.pass_percent:5.1f} %  {row.evaluated} vs {row.reference}: {row.criterion}")
    console.print(f"export  {export}")
    console.print(f"dose    {result.plan_file}")
    console.print(f"report  {result.report}")
