"""Finding installed networks by name or folder, and checking their weights against the card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Generic, Literal, TypeVar, overload

from dosenet.model_folder import CARD_FILE
from dosenet.weights import weights_root as dosenet_root
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.models.card import DoseCard, FluenceCard, ModelCard, WantedDoseCard
from esapi_bridge.models.dosenet_card import read_dosenet_card
from esapi_bridge.models.fluencenet_card import is_fluencenet_card, read_fluencenet_card
from esapi_bridge.models.wanted_card import is_wanted_dose_card, read_wanted_dose_card
from fluencenet.weights import weights_root as fluencenet_root

AnyCard_co = TypeVar("AnyCard_co", bound=ModelCard, covariant=True)

ROOTS: tuple[Callable[[], Path], ...] = (dosenet_root, fluencenet_root)
"""Where the networks lie that come with the package."""


@dataclass(frozen=True)
class InstalledModel(Generic[AnyCard_co]):
    """A network on this machine.

    Parameters
    ----------
    card
        Its card.
    folder
        Folder that holds card and weights.
    card_sha256
        SHA-256 of the card's file, which says more than the checks read and which the weights' digest does not cover.
    """

    card: AnyCard_co
    folder: Path
    card_sha256: str

    @property
    def weights(self) -> Path:
        """The weight file."""
        return self.folder / self.card.weights.file

    def verify(self) -> str:
        """Return the SHA-256 of the weight file after comparing it with the card.

        Raises
        ------
        RefusedError
            If the file is missing or is not the one the card describes.
        """
        if not self.weights.is_file():
            raise RefusedError(f"model {self.card.name}: weight file {self.card.weights.file} expected, none found")
        with self.weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self.card.weights.sha256:
            raise RefusedError(
                f"model {self.card.name}: the weights must be those of its card, expected SHA-256 "
                f"{self.card.weights.sha256[:16]}..., found {found[:16]}...; install the model again"
            )
        return found


def list_models(task: str | None = None, root: Path | None = None) -> list[InstalledModel[ModelCard]]:
    """List installed networks by name; loads no weights.

    Parameters
    ----------
    task
        Only networks for ``dose``, ``fluence`` or ``wanted dose``; None for all.
    root
        Folder of model folders; default those that come with the package.
    """
    folders = [root] if root else [place() for place in ROOTS]
    entries = [entry for folder in folders if folder.is_dir() for entry in sorted(folder.iterdir())]
    models = [_installed(entry) for entry in entries if (entry / CARD_FILE).is_file()]
    return [model for model in models if task in {None, model.card.task}]


@overload
def find_model(
    name_or_path: str | Path, task: Literal["dose"], root: Path | None = None
) -> InstalledModel[DoseCard]: ...
@overload
def find_model(
    name_or_path: str | Path, task: Literal["fluence"], root: Path | None = None
) -> InstalledModel[FluenceCard]: ...
@overload
def find_model(
    name_or_path: str | Path, task: Literal["wanted dose"], root: Path | None = None
) -> InstalledModel[WantedDoseCard]: ...
@overload
def find_model(
    name_or_path: str | Path, task: str | None = None, root: Path | None = None
) -> InstalledModel[ModelCard]: ...
def find_model(
    name_or_path: str | Path, task: str | None = None, root: Path | None = None
) -> InstalledModel[ModelCard]:
    """Find one network by its name, or by a folder holding ``card.yaml``.

    Raises
    ------
    BridgeError
        If there is no such network, naming those there are; or if it serves another task.
    """
    folder, name = Path(name_or_path), str(name_or_path)
    if (folder / CARD_FILE).is_file():
        model = _installed(folder)
        if task not in {None, model.card.task}:
            raise BridgeError(f"a {task} model is needed; {model.card.name} is a {model.card.task} model")
        return model
    models = {m.card.name: m for m in list_models(task, root)}
    if name in models:
        return models[name]
    near = get_close_matches(name, models, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    # A path may carry a patient's name, so it is not repeated.
    asked = repr(name) if folder.name == name else "the folder given"
    raise BridgeError(
        f"no {task or 'installed'} model is {asked}: expected a folder with {CARD_FILE} or one of "
        f"{', '.join(models) or '(none installed)'}{hint}"
    )


def network_used(name_or_path: str, task: Literal["dose", "fluence"]) -> dict[str, str]:
    """State which network a name stands for on this machine, for `Executor.completed` to compare with others.

    Raises
    ------
    RefusedError
        If its weights are not those of its card.
    BridgeError
        If there is no such network.
    """
    model = find_model(name_or_path, task)
    card = model.card
    return {
        "network": f"{card.name} {card.version} (card {model.card_sha256[:16]}, weights {model.verify()[:16]})",
    }


def _installed(folder: Path) -> InstalledModel[ModelCard]:
    card = _read_card(folder)
    return InstalledModel(card, folder, hashlib.sha256((folder / CARD_FILE).read_bytes()).hexdigest())


def _read_card(folder: Path) -> ModelCard:
    if is_wanted_dose_card(folder):
        return read_wanted_dose_card(folder)
    return read_fluencenet_card(folder) if is_fluencenet_card(folder) else read_dosenet_card(folder)
