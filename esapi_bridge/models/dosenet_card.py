"""Cards of `dosenet`, turned into what the checks see."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dosenet.slices import COARSE_MM, CT_RANGE_HU, FINE_MM
from dosenet.weights import Card
from esapi_bridge.models.card import CtInput, DoseCard, DoseInput, Inputs, Output, Validity
from esapi_bridge.models.card_fields import reading_card, shared_fields, validity


def read_dosenet_card(folder: Path) -> DoseCard:
    """Read ``card.yaml`` of a dose network; loads no weights and no torch, raises what `reading_card` does.

    ``validity`` may state what `Validity` has beside energies, machines and sites; what it leaves out is not limited.
    ``inputs.ct.calibration`` may hold the curve from HU to g/cm3, ``inputs.coarse_dose.depth_fall`` an `EnergyFall` by
    energy.
    """
    with reading_card(folder):
        card = Card.read(folder)
        return DoseCard(
            **shared_fields(card),
            summary=f"{' or '.join(card.input_algorithms)} {COARSE_MM:g} mm to {card.target_algorithm} {FINE_MM:g} mm",
            inputs=Inputs(
                dose=DoseInput(
                    spacing_mm=(COARSE_MM,) * 3,
                    algorithms=card.input_algorithms,
                    depth_fall=_of_input(card, "coarse_dose", "depth_fall") or {},
                ),
                ct=CtInput(range=CT_RANGE_HU, calibration=_of_input(card, "ct", "calibration") or ()),
            ),
            output=Output(
                spacing_mm=(FINE_MM,) * 3,
                algorithm=card.target_algorithm,
                medium=_medium(card.target_algorithm),
            ),
            intervals=card.interval_table,
            likeness=card.likeness_table,
            valid_for=Validity(
                energies=card.energies,
                machines=card.machines,
                sites=card.sites,
                **validity(card),
            ),
        )


def _of_input(card: Card, part: str, name: str) -> Any:
    """A statement of one input; None where the card does not make it."""
    stated = card.inputs.get(part, {})
    return stated.get(name) if isinstance(stated, Mapping) else None


def _medium(target: str) -> Any:
    """Find ``dose to medium`` or ``dose to water`` in the description of the target algorithm."""
    return next((medium for medium in ("dose to medium", "dose to water") if medium in target.lower()), None)
