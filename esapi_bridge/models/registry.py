"""Finding installed networks by name or folder, and checking their weights against the card."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.models.card import ModelCard, read_card

NETWORK_PACKAGES = ("dosenet", "fluencenet")
"""Packages that ship networks in ``weights/<name>/``."""


@dataclass(frozen=True)
class InstalledModel:
    """A network on this machine: its card and the folder that holds card and weights."""

    card: ModelCard
    folder: Path

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


def list_models(task: str | None = None) -> list[InstalledModel]:
    """List the networks shipped with the installed packages, by name; imports no network."""
    found: list[InstalledModel] = []
    for package in NETWORK_PACKAGES:
        spec = importlib.util.find_spec(package)
        for location in (spec.submodule_search_locations or []) if spec else []:
            cards = Path(location).glob("weights/*/card.yaml")
            found.extend(InstalledModel(read_card(card), card.parent) for card in cards)
    return sorted((m for m in found if task in {None, m.card.task}), key=lambda m: m.card.name)


def find_model(name_or_path: str | Path, task: str | None = None) -> InstalledModel:
    """Find one network by its name, or by a folder holding ``card.yaml``.

    Raises
    ------
    BridgeError
        If there is no such network, naming those there are; or if it serves another task.
    """
    folder = Path(name_or_path)
    if (folder / "card.yaml").is_file():
        model = InstalledModel(read_card(folder / "card.yaml"), folder)
        if task not in {None, model.card.task}:
            raise BridgeError(f"a {task} model is needed; {model.card.name} is a {model.card.task} model")
        return model
    models = {m.card.name: m for m in list_models(task)}
    if str(name_or_path) in models:
        return models[str(name_or_path)]
    near = get_close_matches(str(name_or_path), models, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    # A folder may carry a patient's name, so only its last part's absence is stated.
    asked = str(name_or_path) if folder.name == str(name_or_path) else "the folder given"
    raise BridgeError(
        f"no {task or 'installed'} model for {asked}: expected a folder with card.yaml or one of "
        f"{', '.join(models) or '(none installed)'}{hint}"
    )
