"""``esapi-bridge data samples``: what a fluence network is trained with, made ahead of the training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.networks import PlanStore, Preset, Threads


def samples(
    data: PlanStore,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the samples; made if need be.")],
    preset: Preset = "dual-frame-lite",
    watch_minutes: Annotated[float, typer.Option(min=0, help="Go on looking for new plans for so long, minutes.")] = 0,
    threads: Threads = 1,
) -> None:
    """Make the samples of a fluence network ahead of its training.

    Also while the store is growing. 'train fluence --samples' takes the folder, and makes what is missing.
    """
    from esapi_bridge.cli.console import out
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from fluencenet.samples import make_samples

    with plain_errors(), progress_bar() as progress:
        made = make_samples(
            data, output, preset=preset, watch_minutes=watch_minutes, threads=threads, progress=progress
        )
    out.print(f"samples  {output}: of {made} plans made")
