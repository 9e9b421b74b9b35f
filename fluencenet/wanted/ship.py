"""Turn a training run into a wanted-dose model; see `fluencenet.ship`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dosenet.ship import ship_as
from fluencenet.wanted.card import WantedDoseCard


def ship(run: Path, details: Mapping[str, Any], folder: Path, *, half: bool = False) -> WantedDoseCard:
    """Write the best averaged weights of a training run of a wanted-dose network, and their card; see `ship_as`."""
    return ship_as(WantedDoseCard, run, details, folder, half=half)
