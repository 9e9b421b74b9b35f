"""``esapi-bridge node send``: files to a peer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.node.options import Config, PeerName


def send(
    peer: PeerName,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILES", help="CT, RTSTRUCT, RTPLAN and RTDOSE files.", exists=True, dir_okay=False),
    ],
    config: Config = None,
) -> None:
    """Send files to a peer."""
    from esapi_bridge.cli.console import out
    from esapi_bridge.node.sender import send_files
    from esapi_bridge.node.settings import read_node_settings

    send_files(read_node_settings(config), peer, files)
    out.print(f"sent    {len(files)} objects to {peer}")
