from pathlib import Path

import pytest
import torch

from tests.dosenet.toy import make_store


@pytest.fixture(scope="session")
def toy_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    splits = {"p1": "train", "p2": "train", "p3": "validation", "p4": "test"}
    return make_store(tmp_path_factory.mktemp("pairs") / "toy.zarr", splits)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
