"""Shipped weights: a folder with ``model.safetensors`` and ``card.yaml``, checked against each other when loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dosenet.preset import Preset

if TYPE_CHECKING:
    from torch import Tensor, nn

    from dosenet.network import DdnLite, DeepDoseNet

MODEL_FILE, CARD_FILE = "model.safetensors", "card.yaml"
CARD_SCHEMA = 1
INTENDED_USE = "Research use only, not for clinical use."


@dataclass(frozen=True)
class Card:
    """What a model is, what it was trained on, what it may be used for and how well it does.

    Parameters
    ----------
    name, version
        Name of the folder and version of the weights.
    preset
        Network and recipe, as `Preset.to_dict`.
    sha256
        SHA-256 of ``model.safetensors``, lower-case hex.
    energies, machines, input_algorithms
        Energy labels (``10X-FFF``), machine names and coarse dose algorithms the model was trained for.
    target_algorithm
        Algorithm whose dose the model imitates, and whether that is dose to medium or to water.
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
        Where it is known to be wrong.
    """

    name: str
    version: str
    preset: dict[str, Any]
    sha256: str
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
    intended_use: str = INTENDED_USE
    schema: int = CARD_SCHEMA

    def __post_init__(self) -> None:
        if self.schema != CARD_SCHEMA:
            raise ValueError(f"expected a model card of schema {CARD_SCHEMA}, found {self.schema}")
        for name in ("energies", "machines", "input_algorithms", "sites", "known_failures"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Card:
        """Build a card from plain values; unknown and missing keys are refused."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"the model card holds {unknown}, which this version does not know")
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"the model card is incomplete: {error}") from error

    @classmethod
    def read(cls, folder: Path) -> Card:
        """Read the card of a weights folder."""
        path = folder / CARD_FILE
        if not path.is_file():
            raise ValueError(f"expected a {CARD_FILE} in the weights folder {folder.name!r}, found none")
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError(  # noqa: TRY004 - the content of a file is wrong, not a type in the code
                f"expected {CARD_FILE} to hold names and values, found {type(values).__name__}"
            )
        return cls.from_dict(values)

    def write(self, folder: Path) -> None:
        """Write the card into a weights folder."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        part = folder / (CARD_FILE + ".part")
        part.write_text(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")
        part.replace(folder / CARD_FILE)


def weights_root() -> Path:
    """Folder of the weights that come with the package."""
    return Path(str(files("dosenet") / "weights"))


def list_cards(root: Path | None = None) -> list[Card]:
    """Read the cards of all models under `root` (default: those of the package), by name; torch is not loaded."""
    folder = root or weights_root()
    if not folder.is_dir():
        return []
    return [Card.read(entry) for entry in sorted(folder.iterdir()) if (entry / CARD_FILE).is_file()]


def save_model(network: nn.Module | Mapping[str, Tensor], card: Card, folder: Path, *, half: bool = False) -> Card:
    """Write weights and card; return the card with the weights' hash.

    Parameters
    ----------
    network
        The network, or its tensors by name.
    card
        Everything about it; `sha256` is filled in here.
    folder
        Made if missing.
    half
        Store bfloat16 instead of float32.

    Raises
    ------
    ValueError
        If a weight is not finite.
    """
    import torch
    from safetensors.torch import save_file
    from torch import nn

    tensors = network.state_dict() if isinstance(network, nn.Module) else network
    kind = torch.bfloat16 if half else torch.float32
    ready = {name: tensor.detach().to("cpu", kind).contiguous().clone() for name, tensor in tensors.items()}
    _check_finite(ready)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (MODEL_FILE + ".part")
    save_file(ready, part)
    part.replace(folder / MODEL_FILE)
    complete = replace(card, sha256=_sha256(folder / MODEL_FILE))
    complete.write(folder)
    return complete


def load_model(model: str | Path, root: Path | None = None) -> tuple[DeepDoseNet | DdnLite, Card]:
    """Load a model by name (under `root`, default the package's weights) or from its folder, ready for use on the CPU.

    Raises
    ------
    ValueError
        If there is no such model, or its weights do not match the card's hash and network, or are not finite.
    """
    from safetensors.torch import load_file

    from dosenet.network import build_network

    folder = Path(model) if (Path(model) / CARD_FILE).is_file() else (root or weights_root()) / str(model)
    if not (folder / CARD_FILE).is_file():
        raise ValueError(
            f"expected a model name or folder, one of {[card.name for card in list_cards(root)]}, got {folder.name!r}"
        )
    card = Card.read(folder)
    found = _sha256(folder / MODEL_FILE)
    if found != card.sha256:
        raise ValueError(
            f"the weights of {card.name!r} have SHA-256 {found[:12]}..., the card says {card.sha256[:12]}...; "
            "install the model again"
        )
    tensors = {name: tensor.float() for name, tensor in load_file(folder / MODEL_FILE).items()}
    _check_finite(tensors)
    network = build_network(Preset.from_dict(card.preset).network)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"the weights of {card.name!r} do not fit the network its card describes: {error}") from error
    return network.eval(), card


def _check_finite(tensors: Mapping[str, Tensor]) -> None:
    bad = sorted(name for name, tensor in tensors.items() if not bool(tensor.isfinite().all()))
    if bad:
        raise ValueError(f"expected finite weights, found NaN or infinity in {bad}")


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise ValueError(f"expected {path.name} beside the model card, found none")
    return hashlib.sha256(path.read_bytes()).hexdigest()
