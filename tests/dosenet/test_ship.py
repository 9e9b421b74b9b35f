from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from dosenet.fitting.checkpoint import BEST, load_state
from dosenet.fitting.options import RunOptions
from dosenet.network import build_network
from dosenet.pairs import Pairs
from dosenet.preset import NetworkConfig, Preset, TrainingConfig
from dosenet.ship import ship
from dosenet.training import train_on
from dosenet.weights import Card, load_model, save_model

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


def test_the_mean_with_the_model_that_a_run_began_with(toy_store: Path, tmp_path: Path) -> None:
    network = NetworkConfig("ddn-lite", channels=8, blocks=1)
    torch.manual_seed(3)
    corrected = replace(network, correction=4)
    card = {**DETAILS, "preset": {"name": "toy", "network": asdict(corrected)}, "training": {}, "sha256": ""}
    began = save_model(build_network(corrected), Card.from_dict(card), tmp_path / "began")
    preset = Preset("toy", network, TrainingConfig(crop_px=32, batch=2))
    stores = Pairs.load(toy_store, "train"), Pairs.load(toy_store, "validation")
    train_on(*stores, preset, RunOptions(tmp_path / "run", steps=2))
    mean = ship(tmp_path / "run", DETAILS, tmp_path / "mean", mean_with=tmp_path / "began")
    own, _ = load_state(tmp_path / "run" / BEST)
    started, found = (load_model(tmp_path / name).network.state_dict() for name in ("began", "mean"))
    for name, values in own.items():
        torch.testing.assert_close(found[name], (values + started[name]) / 2)
    assert not torch.equal(found["head.weight"], own["head.weight"])
    assert mean.training["mean_with"] == f"{began.name} {began.version}"
    assert not any(name.startswith("validation") for name in mean.training), "nobody measured that of the mean"

    other = Preset("toy", replace(network, channels=4), TrainingConfig(crop_px=32, batch=2))
    train_on(*stores, other, RunOptions(tmp_path / "other", steps=2))
    with pytest.raises(ValueError, match="expected a model to start from"):
        ship(tmp_path / "other", DETAILS, tmp_path / "none", mean_with=tmp_path / "began")
    assert not (tmp_path / "none").exists()


def test_a_run_without_validation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="first validation"):
        ship(tmp_path, DETAILS, tmp_path / "toy")
