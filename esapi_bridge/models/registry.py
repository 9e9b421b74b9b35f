"""Finding installed networks by name or folder, and checking their weights against the card."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from dosenet.weights import CARD_FILE, weights_root
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.models.card import ModelCard
from esapi_bridge.models.dosenet_card import read_dosenet_card


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


def list_models(task: str | None = None, root: Path | None = None) -> list[InstalledModel]:
    """List installed networks by name; loads no weights.

    Parameters
    ----------
    task
        Only networks for ``dose`` or ``fluence``; None for all.
    root
        Folder of model folders; default the one that comes with the package.
    """
    folder = root or weights_root()
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    models = [InstalledModel(read_dosenet_card(e), e) for e in entries if (e / CARD_FILE).is_file()]
    return [model for model in models if task in {None, model.card.task}]


def find_model(name_or_path: str | Path, task: str | None = None, root: Path | None = None) -> InstalledModel:
    """Find one network by its name, or by a folder holding ``card.yaml``.

    Raises
    ------
    BridgeError
        If there is no such network, naming those there are; or if it serves another task.
    """
    folder, name = Path(name_or_path), str(name_or_path)
    if (folder / CARD_FILE).is_file():
        model = InstalledModel(read_dosenet_card(folder), folder)
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
