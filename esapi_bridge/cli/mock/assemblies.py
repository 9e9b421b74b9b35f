"""``esapi-bridge mock assemblies``: the mock's scripting interface, to compile scripts against."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json


class Version(StrEnum):
    """Versions of the scripting interface."""

    V15_6 = "15.6"
    V16_1 = "16.1"
    V18_0 = "18.0"


SYMBOLS = {Version.V15_6: (), Version.V16_1: ("ESAPI_16",), Version.V18_0: ("ESAPI_18",)}


def assemblies(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder to put the DLLs into, for any build. [default: the user's cache]"),
    ] = None,
    version: Annotated[
        Version, typer.Option("--esapi-version", help="Which members; 'mock eclipse' runs scripts for 15.6.")
    ] = Version.V15_6,
    as_json: AsJson = False,
) -> None:
    """Build the mock's scripting interface and print its folder.

    For 'scripts install --esapi' and for builds of your own scripts; 'mock eclipse' does without.
    """
    from esapi_bridge.cli.console import progress
    from esapi_bridge.mock.eclipse import build_host
    from esapi_bridge.mock.esapi import build_mock

    with progress.status("compiling the mock Eclipse"):
        symbols = SYMBOLS[version]
        folder = build_host(symbols) if output is None else build_mock(output, symbols).api.parent
    if as_json:
        print_json({"assemblies": str(folder)})
    else:
        typer.echo(folder)
