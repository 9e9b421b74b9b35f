"""What shipping either network takes and says."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from esapi_bridge.cli.answer import print_json

if TYPE_CHECKING:
    from dosenet.model_folder import CardFile

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the training run.", exists=True, file_okay=False)]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder of the network, with its name; made if need be.")]
DETAILS = typer.Option(
    "--card",
    help="YAML file with the card's details that no run knows: energies, machines, sites ...",
    exists=True,
    dir_okay=False,
)
Half = Annotated[bool, typer.Option("--half", help="Store bfloat16: half the size, weights to 0.4 %.")]


def show(card: CardFile, folder: Path, *, as_json: bool) -> None:
    """Say what was written."""
    if as_json:
        print_json({"folder": str(folder), "card": asdict(card)})
        return
    from esapi_bridge.cli.console import out

    out.print(f"network  {folder}: {card.name} {card.version}")
