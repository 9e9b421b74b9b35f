from pathlib import Path

import pytest
import torch

from dosenet.fitting.checkpoint import BEST, load_state
from dosenet.fitting.options import RunOptions
from dosenet.pairs import Pairs
from dosenet.preset import NetworkConfig, Preset, TrainingConfig
from dosenet.ship import ship
from dosenet.training import train_on
from dosenet.weights import load_model

DETAILS = {
    "name": "toy",
    "version": "1",
    "energies": ["10X-FFF"],
    "machines": ["TrueBeam"],
    "input_algorithms": ["pencil beam"],
    "target_algorithm": "collapsed cone",
    "sites": ["toy"],
}


def test_a_run_becomes_a_model_that_loads(toy_store: Path, tmp_path: Path) -> None:
    preset = Preset("toy", NetworkConfig("ddn-lite", channels=8, blocks=1), TrainingConfig(crop_px=32, batch=2))
    stores = Pairs.load(toy_store, "train"), Pairs.load(toy_store, "validation")
    train_on(*stores, preset, RunOptions(tmp_path / "run", steps=2))
    ship(tmp_path / "run", DETAILS, tmp_path / "toy")
    model = load_model("toy", tmp_path)
    tensors, _ = load_state(tmp_path / "run" / BEST)
    assert model.card.training["steps"] == 2
    assert all(torch.equal(tensors[name], value) for name, value in model.network.state_dict().items())

    card = ship(tmp_path / "run", DETAILS, tmp_path / "told", pairs=toy_store)
    assert card.energies == ("10X-FFF",)  # stated in the details; the pairs do not say
    assert card.validity == {"kinds": ["open"]}


def test_a_run_without_validation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="first validation"):
        ship(tmp_path, DETAILS, tmp_path / "toy")
