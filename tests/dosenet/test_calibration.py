"""Calibration of a network on a store, and what its intervals then cover."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

from dosenet.calibration import calibrate
from dosenet.evaluation import EvaluationConfig, evaluate
from dosenet.network import build_network
from dosenet.weights import load_model, save_model
from tests.dosenet.toy import CARD, FINE_SHAPE, PRESET, make_store

NO_GAMMA = EvaluationConfig(planes=1, plane_criteria=(), volume_criteria=(), local_criteria=())


def store_with_bodies(path: Path) -> Path:
    """Three patients to calibrate on and one to measure."""
    make_store(path, {"a": "validation", "b": "validation", "c": "validation", "d": "test"}, fields=2)
    body = np.zeros(FINE_SHAPE, bool)
    body[:, 8:-8, 8:-8] = True
    for name in "abcd":
        zarr.open_group(str(path), mode="a", path=name).create_array("body", data=body)
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store_with_bodies(tmp_path_factory.mktemp("calibration") / "toy.zarr")


def test_a_calibrated_network_has_intervals_that_are_measured(store: Path, tmp_path: Path) -> None:
    save_model(build_network(PRESET.network), CARD, tmp_path / "toy")
    assert "coverage" not in evaluate(store, tmp_path / "toy", config=NO_GAMMA)["all"]
    told: list[tuple[str, int, int]] = []
    card = calibrate(store, tmp_path / "toy", max_fields=1, progress=lambda *done: told.append(done))
    assert told[-1] == ("c f00", 3, 3)
    assert load_model(tmp_path / "toy").card == card
    table = card.interval_table
    assert table is not None
    assert (table.anatomies, table.confidence) == (3, 0.75)
    like = card.likeness_table
    assert like is not None
    assert (like.anatomies, like.fields) == (3, 3)
    figures = evaluate(store, tmp_path / "toy", config=NO_GAMMA)
    covered = figures["all"]["coverage"]
    assert 80 < covered["masked"]["worst"] <= covered["masked"]["mean"] <= 100
    assert covered["masked"]["worst_field"].startswith("d f0")
    assert figures["kinds"]["open"]["coverage"] == covered


def test_too_few_anatomies_are_refused_and_the_card_stays(store: Path, tmp_path: Path) -> None:
    save_model(build_network(PRESET.network), CARD, tmp_path / "toy")
    before = (tmp_path / "toy" / "card.yaml").read_bytes()
    with pytest.raises(ValueError, match="at least 3 anatomies, found 1"):
        calibrate(store, tmp_path / "toy", "test")
    assert (tmp_path / "toy" / "card.yaml").read_bytes() == before
