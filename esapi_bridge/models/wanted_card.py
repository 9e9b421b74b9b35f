"""Cards of the wanted-dose network, turned into what the checks see."""

from __future__ import annotations

from pathlib import Path

from dosenet.model_folder import read_values
from esapi_bridge.models.card import Validity, WantedDoseCard, WantedDoseUse
from esapi_bridge.models.card_fields import reading_card, shared_fields, validity
from fluencenet.wanted.card import WantedDoseCard as WantedCardFile


def is_wanted_dose_card(folder: Path) -> bool:
    """Whether the card of a folder is that of a wanted-dose network.

    Raises
    ------
    BridgeError
        If the card cannot be read.
    """
    with reading_card(folder):
        return "wanted_dose" in read_values(folder)


def read_wanted_dose_card(folder: Path) -> WantedDoseCard:
    """Read ``card.yaml`` of a wanted-dose network, as `read_fluencenet_card` reads that of a fluence network."""
    with reading_card(folder):
        card = WantedCardFile.read(folder)
        stated = validity(card, "optional_labels")
        return WantedDoseCard(
            **shared_fields(card),
            summary="contours, fields and prescription to the dose of a plan",
            use=WantedDoseUse(
                fields=card.fields,
                gantry_deg=card.gantry_deg,
                optional_labels=tuple(stated.pop("optional_labels", ())),
                anatomy={name: tuple(values) for name, values in card.anatomy.items()},
            ),
            valid_for=Validity(energies=card.energies, machines=card.machines, sites=card.sites, **stated),
        )
