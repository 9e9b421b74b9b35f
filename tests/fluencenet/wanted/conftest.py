from __future__ import annotations

from pathlib import Path

import pytest

from fluencenet.scene import FluenceCase
from fluencenet.store import FluenceStore
from fluencenet.wanted.preset import NetworkConfig, Preset, TrainingConfig
from fluencenet.wanted.samples import SampleFolder
from tests.fluencenet.wanted.toy import fine_case, planned_case

PRESET = Preset(
    "toy",
    NetworkConfig(channels=4, levels=2, features=4, hidden=8),
    TrainingConfig(learning_rate=1e-2, clip_norm=1.0, ema_decay=0.9, planes=8),
)


@pytest.fixture(scope="session")
def case() -> FluenceCase:
    return fine_case("p0", "train", 0)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SampleFolder:
    """Samples of three training plans and one to validate and one to test with."""
    path = tmp_path_factory.mktemp("wanted")
    store = FluenceStore(path / "toy.zarr")
    for seed, split in enumerate(("train", "train", "train", "validation", "test")):
        store.add(planned_case(f"p{seed}", split, seed))
    made = SampleFolder(path / "samples", store, PRESET)
    assert made.update() == 5
    return made


@pytest.fixture(scope="session")
def run(folder: SampleFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training run of some steps."""
    from dosenet.fitting.options import RunOptions
    from fluencenet.wanted.training import train

    path = tmp_path_factory.mktemp("run") / "run"
    train(folder.store.path, RunOptions(path, steps=20, seed=1), preset=PRESET, samples=folder.path)
    return path
