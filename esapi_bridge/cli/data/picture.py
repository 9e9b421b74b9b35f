"""``esapi-bridge data picture``: a plan of the kind that `data fluence` makes, in one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def picture(
    output: Annotated[Path, typer.Option("--output", "-o", help="PNG file to write.")],
    seed: Annotated[int, typer.Option(min=0, help="Chooses the patient.")] = 1,
) -> None:
    """Draw a prostate IMRT plan: dose, histograms and fluences.

    The plan of a phantom as 'data fluence' makes it, computed anew; takes a minute.
    """
    from esapi_bridge.cli.console import out, progress
    from esapi_bridge.training_data.plan_picture import draw_plan

    with progress.status("planning"):
        draw_plan(seed, output)
    out.print(f"picture  {output}")
