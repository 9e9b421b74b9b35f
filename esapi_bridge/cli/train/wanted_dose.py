"""``esapi-bridge train wanted-dose``: train a network that predicts the dose of a plan from its contours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dosenet.fitting.options import RunOptions
from esapi_bridge.cli.networks import PlanStore, Preset
from esapi_bridge.cli.train.run_options import with_run_options


@with_run_options
def wanted_dose(
    data: PlanStore,
    options: RunOptions,
    preset: Preset = "wanted-dose",
    samples: Annotated[
        Path | None, typer.Option(help="Folder of the samples, kept between runs. [default: in the run's]")
    ] = None,
) -> None:
    """Train a wanted-dose network on plans.

    It predicts the dose of a plan from contours, fields and prescription. A run stops cleanly at its limit and on
    SIGTERM, and goes on with --resume. The store may still grow.
    """
    from esapi_bridge.cli.console import out, show_log
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from fluencenet.wanted.training import train

    show_log()
    with plain_errors(), progress_bar() as progress:
        best = train(data, options, preset=preset, samples=samples, progress=progress)
    out.print(f"best weights  {best}")
