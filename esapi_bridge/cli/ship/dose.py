"""``esapi-bridge ship dose``: turn a training run of a dose network into one that can be installed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.ship.options import DETAILS, Half, Output, Run, show

Details = Annotated[Path | None, DETAILS]

Pairs = Annotated[
    Path | None,
    typer.Option(
        "--pairs",
        help="The pair store it was trained on: kinds of fields, energies and how the dose of each falls with depth go "
        "onto the card, and of a clinic's own fields all else that the store knows. What nobody knows is asked for.",
        exists=True,
        file_okay=False,
    ),
]

MeanWith = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="The network that the run began with ('train dose --start'): the mean of its weights and the run's is "
        "written, which on anatomies unlike those of the training may be better than either.",
    ),
]


def dose(
    run: Run,
    output: Output,
    details: Details = None,
    pairs: Pairs = None,
    half: Half = False,
    mean_with: MeanWith = None,
    as_json: AsJson = False,
) -> None:
    """Turn a training run into a dose network that can be used.

    Weights and card go into a folder, whose name 'dose --model' takes. Give --card, --pairs or both.
    """
    if details is None and pairs is None:
        raise typer.BadParameter("give --card, --pairs or both")
    from dosenet.pairs_card import details_of_pairs
    from dosenet.ship import read_details, ship
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.ship.asked import complete

    with plain_errors():
        known = read_details(details) if details else {"name": output.absolute().name, "version": "1"}
        if pairs:
            known = complete(details_of_pairs(pairs, known))
        show(ship(run, known, output, half=half, mean_with=mean_with), output, as_json=as_json)
