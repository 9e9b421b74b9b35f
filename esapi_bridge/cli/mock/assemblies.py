"""``esapi-bridge mock assemblies``: the mock's scripting interface, to compile scripts against."""

from __future__ import annotations

import typer

from esapi_bridge.cli.answer import AsJson, print_json


def assemblies(as_json: AsJson = False) -> None:
    """Build the mock's scripting interface and print its folder.

    For 'scripts install --esapi'; 'mock eclipse' does without.
    """
    from esapi_bridge.cli.console import progress
    from esapi_bridge.mock.eclipse import build_host

    with progress.status("compiling the mock Eclipse"):
        folder = build_host()
    if as_json:
        print_json({"assemblies": str(folder)})
    else:
        typer.echo(folder)
