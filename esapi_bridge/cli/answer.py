"""What commands with an answer share: the option ``--json``, and JSON that carries the intended use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from esapi_bridge import INTENDED_USE

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
"""Option of every command that has an answer to give."""


def print_json(answer: Mapping[str, object]) -> None:
    """Write an answer to standard output, with the intended use as its last entry."""
    import json

    typer.echo(json.dumps({**answer, "intended_use": INTENDED_USE}, indent=2))
