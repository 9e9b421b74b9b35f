"""Shipped weights of the wanted-dose network: ``model.safetensors`` and ``card.yaml``, see `dosenet.model_folder`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosenet.model_folder import INTENDED_USE, CardFile, find_model, load_weights
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.wanted.preset import Preset
from fluencenet.weights import weights_root

if TYPE_CHECKING:
    from fluencenet.wanted.network import WantedDose

CARD_SCHEMA = 1


@dataclass(frozen=True)
class WantedDoseCard(CardFile):
    """Description of a wanted-dose model.

    Parameters
    ----------
    energies, machines, sites
        Of the training plans.
    fields
        Numbers of fields of those plans.
    gantry_deg
        Their gantry angles, offered where a plan has no field; degrees (IEC 61217).
    labels
        Names of the labels from 0 on; the order is part of the model.
    wanted_dose
        What the dose is: unit, spacing, prescription and normalisation of the training plans.
    anatomy
        The training patients' anatomies, see `AnatomyRange.quantiles`.
    training, metrics, validity
        Data with its fingerprint, steps and hours; figures of the evaluation; limits within which it was tested.
    known_failures
        Situations in which it is known to be wrong.
    """

    energies: tuple[str, ...]
    machines: tuple[str, ...]
    sites: tuple[str, ...]
    fields: tuple[int, ...]
    gantry_deg: tuple[float, ...]
    labels: tuple[str, ...]
    wanted_dose: dict[str, Any]
    anatomy: dict[str, list[float]] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    validity: dict[str, Any] = field(default_factory=dict)
    known_failures: tuple[str, ...] = ()
    intended_use: str = INTENDED_USE
    schema: int = CARD_SCHEMA

    def __post_init__(self) -> None:
        if self.schema != CARD_SCHEMA:
            raise ValueError(f"expected a wanted-dose model card of schema {CARD_SCHEMA}, found {self.schema}")
        for name in ("energies", "machines", "sites", "fields", "gantry_deg", "labels", "known_failures"):
            object.__setattr__(self, name, tuple(getattr(self, name)))


@dataclass(frozen=True)
class WantedDoseModel:
    """A wanted-dose network ready for use, with its card."""

    network: WantedDose
    card: WantedDoseCard

    def table(self, energy: str) -> SimpleDoseTable:
        """Simple dose of open fields, see `Preset.table`."""
        return Preset.from_dict(self.card.preset).table(energy)


def load_model(model: str | Path, root: Path | None = None) -> WantedDoseModel:
    """Load a model by name (under `root`, default the package's weights) or from its folder, ready for use on the CPU.

    Raises
    ------
    ValueError
        If there is no such model, its labels are not this version's, or its weights do not match the card.
    """
    from fluencenet.scene import LABELS
    from fluencenet.wanted.network import WantedDose

    folder = find_model(model, root or weights_root())
    card = WantedDoseCard.read(folder)
    if card.labels != LABELS:
        raise ValueError(f"expected a model with the labels {LABELS}, found {card.labels}")
    config = Preset.from_dict(card.preset).network
    return WantedDoseModel(load_weights(folder, card, lambda: WantedDose(config)), card)
