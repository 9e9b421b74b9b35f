"""Cards of `fluencenet`, turned into what the checks see."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from dosenet.model_folder import CARD_FILE, MODEL_FILE
from esapi_bridge.errors import BridgeError
from esapi_bridge.models.card import FluenceCard, FluenceUse, Validity, Weights


def fluencenet_root() -> Path:
    """Folder of the weights that come with the package."""
    return Path(str(files("fluencenet") / "weights"))


def is_fluencenet_card(folder: Path) -> bool:
    """Whether the card of a folder is that of a fluence network; a card that cannot be read is not."""
    try:
        values = yaml.safe_load((folder / CARD_FILE).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return False
    return isinstance(values, Mapping) and "mu_per_fluence" in values


def read_fluencenet_card(folder: Path) -> FluenceCard:
    """Read ``card.yaml`` of a fluence network; loads no weights and no torch.

    Raises
    ------
    BridgeError
        If the card is incomplete or holds something unknown.
    """
    try:
        card: dict[str, Any] = yaml.safe_load((folder / CARD_FILE).read_text(encoding="utf-8"))
        validity = card.get("validity", {})
        return FluenceCard(
            name=card["name"],
            version=str(card["version"]),
            preset=str(card["preset"].get("name", card["name"])),
            summary=card.get("summary", "contours and dose to the optimal fluence of every field"),
            weights=Weights(file=MODEL_FILE, sha256=card["sha256"]),
            use=FluenceUse(
                fields=validity.get("fields"),
                gantry_deg=tuple(validity.get("gantry_deg", ())),
                optional_labels=tuple(validity.get("optional_labels", ())),
                mu_per_fluence=card["mu_per_fluence"],
            ),
            valid_for=Validity(
                energies=tuple(card["energies"]),
                machines=tuple(card["machines"]),
                techniques=tuple(validity.get("techniques", ())),
                patient_positions=tuple(validity.get("patient_positions", ())),
                sites=tuple(card["sites"]),
            ),
            training=card.get("training", {}),
            metrics=card.get("metrics", {}),
            known_failures=tuple(card.get("known_failures", ())),
        )
    except (KeyError, TypeError, ValueError, ValidationError, yaml.YAMLError) as error:
        raise BridgeError(f"the model card in {folder.name} cannot be used: {error}") from error
