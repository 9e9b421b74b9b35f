from pathlib import Path

import pytest
import torch
import yaml

from dosenet.fitting.options import RunOptions
from fluencenet.samples import SampleFolder
from fluencenet.scene import LABELS
from fluencenet.ship import main as ship
from fluencenet.store import FluenceStore
from fluencenet.training import train_on
from fluencenet.weights import Model, load_model
from tests.fluencenet.toy import PRESET, toy_case


@pytest.fixture(scope="session")
def toy_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plans") / "toy.zarr"
    for seed, split in enumerate(("train", "train", "train", "train", "validation", "test")):
        FluenceStore(path).add(toy_case(f"p{seed}", split, seed))
    return path


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


DETAILS = {
    "name": "toy",
    "version": "1",
    "energies": ["15X"],
    "machines": ["TrueBeam"],
    "sites": ["toy"],
    "technique": "IMRT",
    "fields": [3],
    "labels": list(LABELS),
    "mu_per_fluence": {"TrueBeam": {"15X": 125.0}},
}


@pytest.fixture(scope="session")
def weights(toy_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained for two steps and shipped."""
    root = tmp_path_factory.mktemp("weights")
    folder = SampleFolder(root / "samples", FluenceStore(toy_store), PRESET)
    folder.update()
    train_on(folder.load("train"), folder.load("validation"), folder.fitted(), RunOptions(root / "run", steps=2))
    (root / "details.yaml").write_text(yaml.safe_dump(DETAILS))
    out = root / "models" / "toy"
    assert ship([str(root / "run"), "--card", str(root / "details.yaml"), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def model(weights: Path) -> Model:
    return load_model(weights)


@pytest.fixture(scope="session")
def folder(toy_store: Path, tmp_path_factory: pytest.TempPathFactory) -> SampleFolder:
    made = SampleFolder(tmp_path_factory.mktemp("samples"), FluenceStore(toy_store), PRESET)
    assert made.update() == 6
    return made
