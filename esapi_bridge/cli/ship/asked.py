"""What a dose network's card needs and nobody knows but the person who ships it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import typer

from esapi_bridge.errors import RefusedError

QUESTIONS: Mapping[str, tuple[str, bool]] = {
    "name": ("Name of the network", False),
    "version": ("Version of its weights", False),
    "energies": ("Energies, such as 6X, 10X-FFF", True),
    "machines": ("Treatment machines, as plans name them", True),
    "input_algorithms": ("Algorithm and version of the coarse doses", True),
    "target_algorithm": ("Algorithm and version of the fine doses, and dose to medium or to water", False),
    "sites": ("Regions of the body, such as thorax, pelvis", True),
}
"""Question of every field that a card must have, and whether its answer is a list."""


def complete(details: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for what a card must have and is not known.

    Raises
    ------
    RefusedError
        If there is nobody to ask; a form to fill in goes to standard output.
    """
    from dosenet.pairs_card import missing

    lacking = missing(details)
    if lacking and not sys.stdin.isatty():
        typer.echo(
            "\n".join(f"{name}: {'[]' if QUESTIONS[name][1] else ''}  # {QUESTIONS[name][0]}" for name in lacking)
        )
        raise RefusedError(
            f"the card needs {', '.join(lacking)}, which neither the run nor the pairs say: "
            "give them in a file with --card, or run this on a terminal to be asked"
        )
    return {**details, **{name: _answer(*QUESTIONS[name]) for name in lacking}}


def _answer(question: str, several: bool) -> str | list[str]:
    answer = str(typer.prompt(f"{question}{', separated by commas' if several else ''}", err=True)).strip()
    return [part.strip() for part in answer.split(",") if part.strip()] if several else answer
