"""Turn a training run into a model: ``python -m fluencenet.ship RUN --card details.yaml --out FOLDER``.

The details are the card's fields that a training run does not know; preset (with the simple dose), steps and hours come
from the run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dosenet.ship import run_command, ship_as
from fluencenet.weights import Card


def ship(run: Path, details: Mapping[str, Any], folder: Path, *, half: bool = False) -> Card:
    """Write the best averaged weights of a training run of a fluence network, and their card; see `ship_as`."""
    return ship_as(Card, run, details, folder, half=half)


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command(Card, "fluencenet.ship", arguments)


if __name__ == "__main__":
    sys.exit(main())
