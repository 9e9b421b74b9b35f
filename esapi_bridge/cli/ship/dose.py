"""``esapi-bridge ship dose``: turn a training run of a dose network into one that can be installed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.ship.options import Details, Half, Output, Run, show

Pairs = Annotated[
    Path | None,
    typer.Option(
        "--pairs",
        help="The pair store it was trained on: kinds of fields, energies and how the dose of each falls with depth "
        "go onto the card, so that a false energy is noticed.",
        exists=True,
        file_okay=False,
    ),
]


def dose(
    run: Run, output: Output, details: Details, pairs: Pairs = None, half: Half = False, as_json: AsJson = False
) -> None:
    """Turn a training run into a dose network that can be used.

    Weights and card go into a folder, whose name 'dose --model' takes.
    """
    from dosenet.ship import read_details, ship
    from esapi_bridge.cli.networks import plain_errors

    with plain_errors():
        show(ship(run, read_details(details), output, half=half, pairs=pairs), output, as_json=as_json)
