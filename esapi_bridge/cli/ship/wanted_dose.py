"""``esapi-bridge ship wanted-dose``: turn a training run of a wanted-dose network into one that can be installed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.ship.options import DETAILS, Half, Output, Run, show

Details = Annotated[Path, DETAILS]


def wanted_dose(run: Run, output: Output, details: Details, half: Half = False, as_json: AsJson = False) -> None:
    """Turn a training run into a wanted-dose network.

    Weights and card go into a folder, whose name 'fluence --dose-model' takes.
    """
    from dosenet.ship import read_details
    from esapi_bridge.cli.networks import plain_errors
    from fluencenet.wanted.ship import ship

    with plain_errors():
        show(ship(run, read_details(details), output, half=half), output, as_json=as_json)
