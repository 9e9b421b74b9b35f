"""A model on disk: a folder with ``model.safetensors`` and ``card.yaml``, checked against each other when loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import yaml

if TYPE_CHECKING:
    from torch import Tensor, nn

MODEL_FILE, CARD_FILE = "model.safetensors", "card.yaml"
INTENDED_USE = "Research use only, not for clinical use."


LARGEST_CARD_BYTES = 1_000_000
"""Cards have some thousand bytes; larger ones are refused before they are parsed."""

LEAST_BYTES = 2
"""Of a weight in a file: bfloat16."""

DEEPEST_CARD = 20
"""Levels of lists and names within each other that a card may have."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML brings libyaml, as its wheels do."""


def read_values(folder: Path) -> dict[str, Any]:
    """Read the plain values of a card; time and memory are bounded.

    Raises
    ------
    ValueError
        If there is none, or it is too large, too deep or no names and values.
    """
    path = folder / CARD_FILE
    if not path.is_file():
        raise ValueError(f"expected a {CARD_FILE} in the weights folder {folder.name!r}, found none")
    with path.open("rb") as stream:
        content = stream.read(LARGEST_CARD_BYTES + 1)
    if len(content) > LARGEST_CARD_BYTES:
        raise ValueError(f"a {CARD_FILE} must have at most {LARGEST_CARD_BYTES} bytes, found more")
    return deepcopy(_parsed(content))


@lru_cache(maxsize=16)
def _parsed(content: bytes) -> dict[str, Any]:
    """Parse a card once: listing the models of a machine reads each several times."""
    try:
        text = content.decode("utf-8")
        _require_plain(text)
        loader = LOADER(text)
        try:
            values = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise ValueError(f"{CARD_FILE} is no YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(values, dict):
        raise ValueError(  # noqa: TRY004 - the content of a file is wrong, not a type in the code
            f"expected {CARD_FILE} to hold names and values, found {type(values).__name__}"
        )
    return values


def _require_plain(text: str) -> None:
    """Refuse references to other parts, which could unfold a small file to any size, and very deep nesting."""
    depth = 0
    for event in yaml.parse(text, LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("a model card must not refer back to parts of itself")  # noqa: TRY004 - of a file
        if depth > DEEPEST_CARD:
            raise ValueError(f"the values of a model card must be nested at most {DEEPEST_CARD} deep, found more")


@dataclass(frozen=True)
class CardFile:
    """Fields that every model card has.

    Parameters
    ----------
    name, version
        Name of the folder and version of the weights.
    preset
        Network and recipe, as plain values.
    sha256
        SHA-256 of ``model.safetensors``, lower-case hex.
    """

    name: str
    version: str
    preset: dict[str, Any]
    sha256: str

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build a card from plain values; unknown and missing keys are refused."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"the model card holds {unknown}, which this version does not know")
        try:
            card = cls(**values)
        except TypeError as error:
            raise ValueError(f"the model card is incomplete: {error}") from error
        for name, kind in cls.__annotations__.items() | CardFile.__annotations__.items():
            if str(kind).startswith("dict") and not isinstance(getattr(card, name), dict):
                raise ValueError(f"{name} of a model card must be names and values, found {getattr(card, name)!r:.50}")
        return card

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the card of a weights folder; raises what `read_values` and `from_dict` do."""
        return cls.from_dict(read_values(folder))

    def write(self, folder: Path) -> None:
        """Write the card into a weights folder."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        part = folder / (CARD_FILE + ".part")
        part.write_text(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")
        part.replace(folder / CARD_FILE)


AnyCard = TypeVar("AnyCard", bound=CardFile)


def read_cards(kind: type[AnyCard], root: Path) -> list[AnyCard]:
    """Read the cards of all models under `root`, by name."""
    if not root.is_dir():
        return []
    return [kind.read(entry) for entry in sorted(root.iterdir()) if (entry / CARD_FILE).is_file()]


def find_model(model: str | Path, root: Path) -> Path:
    """Return the folder of a model given by its name under `root` or by its folder.

    Raises
    ------
    ValueError
        If there is no such model.
    """
    folder = Path(model) if (Path(model) / CARD_FILE).is_file() else root / str(model)
    if not (folder / CARD_FILE).is_file():
        names = sorted(entry.parent.name for entry in root.glob(f"*/{CARD_FILE}"))
        raise ValueError(f"expected a model name or folder, one of {names}, got {folder.name!r}")
    return folder


def save_weights(
    network: nn.Module | Mapping[str, Tensor], card: AnyCard, folder: Path, *, half: bool = False
) -> AnyCard:
    """Write weights and card; return the card with the weights' hash.

    Parameters
    ----------
    network
        The network, or its tensors by name.
    card
        The card to write with it; `sha256` is filled in here.
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
    from safetensors.torch import save
    from torch import nn

    tensors = network.state_dict() if isinstance(network, nn.Module) else network
    kind = torch.bfloat16 if half else torch.float32
    ready = {name: _stored(tensor, kind) for name, tensor in tensors.items()}
    _check_finite(ready)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (MODEL_FILE + ".part")
    part.write_bytes(save(ready))  # save_file makes files that nobody but their owner may read
    part.replace(folder / MODEL_FILE)
    complete = replace(card, sha256=_sha256(folder / MODEL_FILE))
    complete.write(folder)
    return complete


AnyNetwork = TypeVar("AnyNetwork", bound="nn.Module")


def load_weights(folder: Path, card: CardFile, build: Callable[[], AnyNetwork]) -> AnyNetwork:
    """Build the network of a model folder, put its weights in and set it to evaluation.

    Parameters
    ----------
    folder, card
        The folder and its card.
    build
        Builds the network that the card describes; called once without memory for its weights, to count them.

    Raises
    ------
    ValueError
        If the weights do not match the card's hash or the network, or are not finite.
    """
    import torch
    from safetensors.torch import load_file

    found = _sha256(folder / MODEL_FILE)
    if found != card.sha256:
        raise ValueError(
            f"the weights of {card.name!r} have SHA-256 {found[:12]}..., the card says {card.sha256[:12]}...; "
            "install the model again"
        )
    with torch.device("meta"):
        count = sum(parameter.numel() for parameter in build().parameters())
    size = (folder / MODEL_FILE).stat().st_size
    if count * LEAST_BYTES > size:
        raise ValueError(
            f"the card of {card.name!r} describes a network of {count} weights, too many for a file of {size} bytes"
        )
    network = build()
    tensors = load_file(folder / MODEL_FILE)
    tensors = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    _check_finite(tensors)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"the weights of {card.name!r} do not fit the network its card describes: {error}") from error
    network.eval()
    return network


def _stored(tensor: Tensor, kind: Any) -> Tensor:
    """Return a copy on the CPU; counters (of batches, by normalisation layers) stay whole numbers."""
    return tensor.detach().to("cpu", kind if tensor.is_floating_point() else tensor.dtype).contiguous().clone()


def _check_finite(tensors: Mapping[str, Tensor]) -> None:
    bad = sorted(name for name, tensor in tensors.items() if not bool(tensor.isfinite().all()))
    if bad:
        raise ValueError(f"expected finite weights, found NaN or infinity in {bad}")


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise ValueError(f"expected {path.name} beside the model card, found none")
    return hashlib.sha256(path.read_bytes()).hexdigest()
