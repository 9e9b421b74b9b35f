"""What the cards of both networks hold, turned into what the checks see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dosenet.model_folder import MODEL_FILE
from dosenet.weights import Card as DosenetCard
from esapi_bridge.errors import BridgeError
from esapi_bridge.models.card import Weights
from fluencenet.wanted.card import WantedDoseCard
from fluencenet.weights import Card as FluencenetCard

NOTE = "note"
"""The one entry of ``validity`` that is for readers only."""

LISTS = (
    "techniques", "kinds", "patient_positions", "apertures", "leaf_width_mm", "accessories", "field_size_mm", "ct_hu",
)  # fmt: skip
"""What ``validity`` of any network may state."""


LONGEST_REASON = 300
"""Characters of a reason that are shown; the content of a card may be repeated in it."""


@contextmanager
def reading_card(folder: Path) -> Iterator[None]:
    """Turn what a card's content raises into what ends a command.

    Raises
    ------
    BridgeError
        If the card is incomplete or holds something unknown.
    """
    try:
        yield
    except Exception as error:  # a card may hold anything, and all of it must become one of ours
        reason = " ".join(f"{type(error).__name__} {error}".split())
        raise BridgeError(f"the model card in {folder.name} cannot be used: {reason[:LONGEST_REASON]}") from error


def shared_fields(card: DosenetCard | FluencenetCard | WantedDoseCard) -> dict[str, Any]:
    """Fields of every `ModelCard` but its summary and where it is valid, by name."""
    return {
        "name": card.name,
        "version": str(card.version),
        "preset": str(card.preset.get("name", card.name)),
        "weights": Weights(file=MODEL_FILE, sha256=card.sha256),
        "training": card.training,
        "metrics": card.metrics,
        "known_failures": card.known_failures,
        "intended_use": card.intended_use,
    }


def validity(card: DosenetCard | FluencenetCard | WantedDoseCard, *also: str) -> dict[str, Any]:
    """Statements of ``validity`` that limit use, by name, ``note`` left aside; `also` names those of one network.

    Raises
    ------
    ValueError
        If it says something that no check reads, or a list is none.
    """
    stated = {str(name): value for name, value in card.validity.items() if name != NOTE}
    known = {*LISTS, *also}
    unknown = sorted(set(stated) - known)
    if unknown:
        raise ValueError(f"validity.{unknown[0]} is nothing that a check reads; known are {', '.join(sorted(known))}")
    for name, value in stated.items():
        if not isinstance(value, list | tuple):
            raise ValueError(f"validity.{name} must be a list, found {type(value).__name__}")  # noqa: TRY004 - of a file
    return stated
