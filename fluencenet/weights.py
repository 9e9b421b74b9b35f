"""Shipped weights of fluence networks: ``model.safetensors`` and ``card.yaml``, see `dosenet.model_folder`."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosenet.model_folder import CARD_FILE, INTENDED_USE, MODEL_FILE, CardFile, find_model, load_weights, read_cards
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.preset import Preset

if TYPE_CHECKING:
    from fluencenet.network import DualFrameLite, DualFrameUNet

__all__ = ["CARD_FILE", "MODEL_FILE", "Card", "Model", "list_cards", "load_model", "weights_root"]

CARD_SCHEMA = 1


@dataclass(frozen=True)
class Card(CardFile):
    """Description of a fluence model: training data, limits of use and measured accuracy.

    Parameters
    ----------
    energies, machines
        Energy labels (``15X``) and machine names it was trained for.
    technique
        ``IMRT`` with fixed gantry angles.
    fields
        Numbers of fields of the plans it was trained on.
    sites
        Anatomical sites of the training data.
    labels
        Names of the labels from 0 on; the order is part of the model.
    mu_per_fluence
        Monitor units that deliver fluence 1 (ESAPI's unit), by machine and energy.
    prescription
        Prescribed dose of the training plans and their fractions, in words and numbers.
    inputs
        Each input with its unit and range.
    outputs
        Each output with its unit.
    training
        Data with its fingerprint, number of patients and beams, steps, hours.
    metrics
        Figures of the evaluation.
    validity
        Limits within which the model was tested.
    known_failures
        Situations in which it is known to be wrong.
    """

    energies: tuple[str, ...]
    machines: tuple[str, ...]
    sites: tuple[str, ...]
    technique: str
    fields: tuple[int, ...]
    labels: tuple[str, ...]
    mu_per_fluence: dict[str, dict[str, float]]
    prescription: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    validity: dict[str, Any] = field(default_factory=dict)
    known_failures: tuple[str, ...] = ()
    intended_use: str = INTENDED_USE
    schema: int = CARD_SCHEMA

    def __post_init__(self) -> None:
        if self.schema != CARD_SCHEMA:
            raise ValueError(f"expected a fluence model card of schema {CARD_SCHEMA}, found {self.schema}")
        for name in ("energies", "machines", "sites", "fields", "labels", "known_failures"):
            object.__setattr__(self, name, tuple(getattr(self, name)))


def weights_root() -> Path:
    """Folder of the weights that come with the package."""
    return Path(str(files("fluencenet") / "weights"))


def list_cards(root: Path | None = None) -> list[Card]:
    """Read the cards of all models under `root` (default: those of the package), by name; torch is not loaded."""
    return read_cards(Card, root or weights_root())


@dataclass(frozen=True)
class Model:
    """A fluence network ready for use, with its card."""

    network: DualFrameUNet | DualFrameLite
    card: Card

    def table(self, energy: str) -> SimpleDoseTable | None:
        """Table of the estimate of all fields, see `Preset.table`."""
        return Preset.from_dict(self.card.preset).table(energy)


def load_model(model: str | Path, root: Path | None = None) -> Model:
    """Load a model by name (under `root`, default the package's weights) or from its folder, ready for use on the CPU.

    Raises
    ------
    ValueError
        If there is no such model, its labels are not this version's, or its weights do not match the card.
    """
    from fluencenet.network import build_network
    from fluencenet.scene import LABELS

    folder = find_model(model, root or weights_root())
    card = Card.read(folder)
    if card.labels != LABELS:
        raise ValueError(f"expected a model with the labels {LABELS}, found {card.labels}")
    config = Preset.from_dict(card.preset).network
    return Model(load_weights(folder, card, lambda: build_network(config)), card)
