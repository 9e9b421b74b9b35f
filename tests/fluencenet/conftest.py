from pathlib import Path

import pytest
import torch

from fluencenet.store import FluenceStore
from tests.fluencenet.toy import toy_case


@pytest.fixture(scope="session")
def toy_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plans") / "toy.zarr"
    for seed, split in enumerate(("train", "train", "train", "train", "validation", "test")):
        FluenceStore(path).add(toy_case(f"p{seed}", split, seed))
    return path


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
