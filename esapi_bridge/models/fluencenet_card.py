"""Cards of `fluencenet`, turned into what the checks see."""

from __future__ import annotations

from pathlib import Path

from dosenet.model_folder import read_values
from esapi_bridge.models.card import FluenceCard, FluenceUse, Validity
from esapi_bridge.models.card_fields import reading_card, shared_fields, validity
from fluencenet.weights import Card


def is_fluencenet_card(folder: Path) -> bool:
    """Whether the card of a folder is that of a fluence network.

    Raises
    ------
    BridgeError
        If the card cannot be read.
    """
    with reading_card(folder):
        return "mu_per_fluence" in read_values(folder)


def read_fluencenet_card(folder: Path) -> FluenceCard:
    """Read ``card.yaml`` of a fluence network; loads no weights and no torch, raises what `reading_card` does.

    ``validity`` may list ``gantry_deg`` and ``optional_labels``, and what `Validity` has beside energies, machines and
    sites; what it leaves out is not limited.
    """
    with reading_card(folder):
        card = Card.read(folder)
        stated = validity(card, "gantry_deg", "optional_labels")
        return FluenceCard(
            **shared_fields(card),
            summary=f"contours and dose to the optimal fluence of {_fields(card)}fields",
            use=FluenceUse(
                fields=card.fields,
                gantry_deg=stated.pop("gantry_deg", ()),
                optional_labels=stated.pop("optional_labels", ()),
                mu_per_fluence=card.mu_per_fluence,
            ),
            valid_for=Validity(
                energies=card.energies,
                machines=card.machines,
                techniques=stated.pop("techniques", (card.technique,)),
                sites=card.sites,
                prescription_gy=_fraction_gy(card),
                **stated,
            ),
        )


def _fraction_gy(card: Card) -> float | None:
    """Prescribed dose of one fraction in training, Gy; None where the card states none."""
    if not {"total_gy", "fractions"} <= set(card.prescription):
        return None
    return float(card.prescription["total_gy"]) / float(card.prescription["fractions"])


def _fields(card: Card) -> str:
    return f"{' or '.join(map(str, card.fields))} " if card.fields else ""
