"""Turn a training run into a wanted-dose model; see `fluencenet.ship`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dosenet.ship import read_details, ship_as
from fluencenet.wanted.anatomy import ANATOMY_FILE
from fluencenet.wanted.card import WantedDoseCard


def ship(run: Path, details: Mapping[str, Any], folder: Path, *, half: bool = False) -> WantedDoseCard:
    """Write the best averaged weights of a training run of a wanted-dose network, and their card; see `ship_as`.

    What the anatomies of its plans were like is on the card too.
    """
    file = run / ANATOMY_FILE
    anatomy = read_details(file) if file.is_file() else {}
    return ship_as(WantedDoseCard, run, {"anatomy": anatomy, **details}, folder, half=half)
