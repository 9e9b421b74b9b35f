"""Shipped weights of dose networks: ``model.safetensors`` and ``card.yaml`` in a folder, see `dosenet.model_folder`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosenet.interval import IntervalTable
from dosenet.likeness import Likeness
from dosenet.model_folder import (
    CARD_FILE,
    INTENDED_USE,
    MODEL_FILE,
    CardFile,
    find_model,
    load_weights,
    read_cards,
    save_weights,
)
from dosenet.preset import Preset

if TYPE_CHECKING:
    from torch import Tensor, nn

    from dosenet.network import DoseNetwork

__all__ = [
    "CARD_FILE", "INTENDED_USE", "MODEL_FILE", "Card", "Model",
    "list_cards", "load_model", "save_model", "weights_root",
]  # fmt: skip

CARD_SCHEMA = 1
EARLIER_NAMES = {"aaa_offsets_mm": "coarse_offsets_mm"}
"""Keys of the network in cards up to ddn-lite 0.5, and what they are called now."""


@dataclass(frozen=True)
class Card(CardFile):
    """Description of a dose model: training data, limits of use and measured accuracy, beside what `CardFile` has.

    Parameters
    ----------
    energies, machines, input_algorithms
        Energy labels (``10X-FFF``), machine names and coarse dose algorithms the model was trained for.
    target_algorithm
        Algorithm whose dose the model predicts, and whether that is dose to medium or to water.
    sites
        Anatomical sites of the training data.
    inputs
        Each input with its unit and range.
    grids
        Spacings in and out, mm.
    training
        Data with its fingerprint, number of patients, fields and planes, steps, hours, hardware.
    metrics
        Figures of the evaluation, linear up-sampling beside the network.
    validity
        Limits within which the model was tested (field size, CT numbers, spacing ...).
    known_failures
        Situations in which it is known to be wrong.
    intervals
        An `IntervalTable` as plain values, see `dosenet.calibration`; empty where none was measured.
    likeness
        What dose and CT of the training are like, a `Likeness` as plain values; empty where that was not measured.
    """

    energies: tuple[str, ...]
    machines: tuple[str, ...]
    input_algorithms: tuple[str, ...]
    target_algorithm: str
    sites: tuple[str, ...]
    inputs: dict[str, Any] = field(default_factory=dict)
    grids: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    validity: dict[str, Any] = field(default_factory=dict)
    known_failures: tuple[str, ...] = ()
    intervals: dict[str, Any] = field(default_factory=dict)
    likeness: dict[str, Any] = field(default_factory=dict)
    intended_use: str = INTENDED_USE
    schema: int = CARD_SCHEMA

    def __post_init__(self) -> None:
        if self.schema != CARD_SCHEMA:
            raise ValueError(f"expected a model card of schema {CARD_SCHEMA}, found {self.schema}")
        for name in ("energies", "machines", "input_algorithms", "sites", "known_failures"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @property
    def interval_table(self) -> IntervalTable | None:
        """How wide the intervals of its doses are; None where that was not measured."""
        return IntervalTable(**self.intervals) if self.intervals else None

    @property
    def likeness_table(self) -> Likeness | None:
        """What dose and CT of the training are like; None where that was not measured."""
        return Likeness(**self.likeness) if self.likeness else None


def weights_root() -> Path:
    """Folder of the weights that come with the package."""
    return Path(str(files("dosenet") / "weights"))


def list_cards(root: Path | None = None) -> list[Card]:
    """Read the cards of all models under `root` (default: those of the package), by name; torch is not loaded."""
    return read_cards(Card, root or weights_root())


def save_model(network: nn.Module | Mapping[str, Tensor], card: Card, folder: Path, *, half: bool = False) -> Card:
    """Write weights and card; return the card with the weights' hash, see `dosenet.model_folder.save_weights`."""
    return save_weights(network, card, folder, half=half)


@dataclass(frozen=True)
class Model:
    """A dose network ready for use, with its card."""

    network: DoseNetwork
    card: Card


def load_model(model: str | Path, root: Path | None = None) -> Model:
    """Load a model by name (under `root`, default the package's weights) or from its folder, ready for use on the CPU.

    Raises
    ------
    ValueError
        If there is no such model, or its weights do not match the card's hash and network, or are not finite.
    """
    from dosenet.network import build_network

    folder = find_model(model, root or weights_root())
    card = Card.read(folder)
    described = {EARLIER_NAMES.get(name, name): value for name, value in card.preset["network"].items()}
    config = Preset.from_dict({**card.preset, "network": described}).network
    return Model(load_weights(folder, card, lambda: build_network(config)), card)
