"""What the cards of both networks hold, turned into what the checks see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from dosenet.model_folder import MODEL_FILE
from dosenet.weights import Card as DosenetCard
from esapi_bridge.errors import BridgeError
from esapi_bridge.models.card import Weights
from fluencenet.weights import Card as FluencenetCard


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
    except (ValueError, yaml.YAMLError) as error:  # pydantic's errors are ValueErrors
        raise BridgeError(f"the model card in {folder.name} cannot be used: {error}") from error


def shared_fields(card: DosenetCard | FluencenetCard) -> dict[str, Any]:
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


def listed(validity: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    """Return a list within ``validity``; empty if it is left out.

    Raises
    ------
    ValueError
        If it is not a list.
    """
    values = validity.get(key, ())
    if not isinstance(values, list | tuple):
        raise ValueError(f"validity.{key} must be a list, found {type(values).__name__}")  # noqa: TRY004 - of a file
    return tuple(values)
