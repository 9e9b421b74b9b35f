"""Cards of `dosenet`, turned into what the checks see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from dosenet.slices import COARSE_MM, CT_RANGE_HU, FINE_MM
from dosenet.weights import MODEL_FILE, Card
from esapi_bridge.errors import BridgeError
from esapi_bridge.models.card import CtInput, DoseCard, DoseInput, Inputs, Output, Validity, Weights


def read_dosenet_card(folder: Path) -> DoseCard:
    """Read ``card.yaml`` of a dose network; loads no weights and no torch.

    ``validity`` may list ``techniques`` and ``patient_positions``; what it leaves out is not limited.

    Raises
    ------
    BridgeError
        If the card is incomplete or holds something unknown.
    """
    try:
        card = Card.read(folder)
        return DoseCard(
            name=card.name,
            version=str(card.version),
            preset=str(card.preset.get("name", card.name)),
            summary=f"{' or '.join(card.input_algorithms)} {COARSE_MM:g} mm to {card.target_algorithm} {FINE_MM:g} mm",
            weights=Weights(file=MODEL_FILE, sha256=card.sha256),
            inputs=Inputs(
                dose=DoseInput(spacing_mm=(COARSE_MM,) * 3, algorithms=card.input_algorithms),
                ct=CtInput(range=CT_RANGE_HU),
            ),
            output=Output(
                spacing_mm=(FINE_MM,) * 3,
                algorithm=card.target_algorithm,
                medium=_medium(card.target_algorithm),
            ),
            valid_for=Validity(
                energies=card.energies,
                machines=card.machines,
                techniques=_names(card.validity, "techniques"),
                patient_positions=_names(card.validity, "patient_positions"),
                sites=card.sites,
            ),
            training=card.training,
            metrics=card.metrics,
            known_failures=card.known_failures,
            intended_use=card.intended_use,
        )
    except (ValueError, ValidationError, yaml.YAMLError) as error:
        raise BridgeError(f"the model card in {folder.name} cannot be used: {error}") from error


def _medium(target: str) -> Any:
    """Find ``dose to medium`` or ``dose to water`` in the description of the target algorithm."""
    return next((medium for medium in ("dose to medium", "dose to water") if medium in target.lower()), None)


def _names(validity: dict[str, Any], key: str) -> tuple[str, ...]:
    listed = validity.get(key, ())
    if not isinstance(listed, list | tuple) or not all(isinstance(name, str) for name in listed):
        raise ValueError(f"validity.{key} must be a list of names, found {type(listed).__name__}")
    return tuple(listed)
