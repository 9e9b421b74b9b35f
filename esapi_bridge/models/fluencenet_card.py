"""Cards of `fluencenet`, turned into what the checks see."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from esapi_bridge.errors import BridgeError
from esapi_bridge.models.card import FluenceCard, FluenceUse, Validity, Weights
from fluencenet.weights import CARD_FILE, MODEL_FILE, Card


def is_fluencenet_card(folder: Path) -> bool:
    """Whether the card of a folder is that of a fluence network; a card that cannot be read is not."""
    try:
        values = yaml.safe_load((folder / CARD_FILE).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return False
    return isinstance(values, Mapping) and "mu_per_fluence" in values


def read_fluencenet_card(folder: Path) -> FluenceCard:
    """Read ``card.yaml`` of a fluence network; loads no weights and no torch.

    ``validity`` may list ``gantry_deg``, ``optional_labels`` and ``patient_positions``; what it leaves out is not
    limited.

    Raises
    ------
    BridgeError
        If the card is incomplete or holds something unknown.
    """
    try:
        card = Card.read(folder)
        return FluenceCard(
            name=card.name,
            version=str(card.version),
            preset=str(card.preset.get("name", card.name)),
            summary=f"contours and dose to the optimal fluence of {_fields(card)}fields",
            weights=Weights(file=MODEL_FILE, sha256=card.sha256),
            use=FluenceUse(
                fields=card.fields,
                gantry_deg=_listed(card.validity, "gantry_deg"),
                optional_labels=_listed(card.validity, "optional_labels"),
                mu_per_fluence=card.mu_per_fluence,
            ),
            valid_for=Validity(
                energies=card.energies,
                machines=card.machines,
                techniques=(card.technique,),
                patient_positions=_listed(card.validity, "patient_positions"),
                sites=card.sites,
            ),
            training=card.training,
            metrics=card.metrics,
            known_failures=card.known_failures,
            intended_use=card.intended_use,
        )
    except (ValueError, ValidationError, yaml.YAMLError) as error:
        raise BridgeError(f"the model card in {folder.name} cannot be used: {error}") from error


def _fields(card: Card) -> str:
    return f"{' or '.join(map(str, card.fields))} " if card.fields else ""


def _listed(validity: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    listed = validity.get(key, ())
    if not isinstance(listed, list | tuple):
        raise ValueError(f"validity.{key} must be a list, found {type(listed).__name__}")  # noqa: TRY004 - of a file
    return tuple(listed)
