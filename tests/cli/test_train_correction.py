"""``esapi-bridge train correction``: a network that corrects itself, from one that does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dosenet.network import build_network
from dosenet.weights import load_model, save_model
from tests.cli.conftest import Run
from tests.dosenet.toy import CARD, PRESET, make_store


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    make_store(tmp_path / "toy.zarr", {"a": "train", "b": "validation"}, fields=1)
    save_model(build_network(PRESET.network), CARD, tmp_path / "model")
    return tmp_path


def test_a_network_is_taught_and_written_as_a_new_one(esapi: Run, toy: Path) -> None:
    words = ("train", "correction", toy / "toy.zarr", "--model", toy / "model", "--steps", 20, "--voxels", 300)
    found = esapi(*words, "-o", toy / "new", "--version", "2")
    assert found.code == 0, found.err
    assert "toy 2\non validation fields it leaves of the squared error " in found.out
    assert (load_model(toy / "new").card.version, load_model(toy / "model").card.version) == ("2", "1")
    told = json.loads(esapi(*words, "-o", toy / "json", "--version", "3", "--json").out)
    assert told["correction"]["steps"] == 20
    assert set(told["correction"]["left_of_squared_error"]) == {"train", "validation"}


def test_a_store_without_validation_is_said_plainly(esapi: Run, tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train"}, fields=1)
    save_model(build_network(PRESET.network), CARD, tmp_path / "model")
    found = esapi("train", "correction", store, "--model", tmp_path / "model", "-o", tmp_path / "new", "--version", "2")
    assert found.code == 1
    assert "fields of the split 'validation'" in found.err
    assert not (tmp_path / "new").exists()
