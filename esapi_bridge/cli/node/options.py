"""What the commands of the node share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option(help="This node and its peers, YAML. [default: node.yaml of the user's settings folder]"),
]
"""Settings of the node."""

Bind = Annotated[str, typer.Option(help="Address to listen on; the default is reached from this machine only.")]
"""Nobody else reaches the node unless the user says so."""

PeerName = Annotated[str, typer.Argument(metavar="PEER", help="Name of the peer in the settings.")]
"""Another node."""
