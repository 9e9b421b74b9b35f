"""Cards of `fluencenet`, turned into what the checks see."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from esapi_bridge.models.card import FluenceCard, FluenceUse, Validity
from esapi_bridge.models.card_fields import listed, reading_card, shared_fields
from fluencenet.weights import CARD_FILE, Card


def is_fluencenet_card(folder: Path) -> bool:
    """Whether the card of a folder is that of a fluence network; a card that cannot be read is not."""
    try:
        values = yaml.safe_load((folder / CARD_FILE).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return False
    return isinstance(values, Mapping) and "mu_per_fluence" in values


def read_fluencenet_card(folder: Path) -> FluenceCard:
    """Read ``card.yaml`` of a fluence network; loads no weights and no torch, raises what `reading_card` does.

    ``validity`` may list ``gantry_deg``, ``optional_labels`` and ``patient_positions``; what it leaves out is not
    limited.
    """
    with reading_card(folder):
        card = Card.read(folder)
        return FluenceCard(
            **shared_fields(card),
            summary=f"contours and dose to the optimal fluence of {_fields(card)}fields",
            use=FluenceUse(
                fields=card.fields,
                gantry_deg=listed(card.validity, "gantry_deg"),
                optional_labels=listed(card.validity, "optional_labels"),
                mu_per_fluence=card.mu_per_fluence,
            ),
            valid_for=Validity(
                energies=card.energies,
                machines=card.machines,
                techniques=(card.technique,),
                patient_positions=listed(card.validity, "patient_positions"),
                sites=card.sites,
            ),
        )


def _fields(card: Card) -> str:
    return f"{' or '.join(map(str, card.fields))} " if card.fields else ""
