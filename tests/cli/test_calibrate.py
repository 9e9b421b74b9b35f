"""``esapi-bridge calibrate``, and what ``evaluate dose`` then prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from dosenet.network import build_network
from dosenet.weights import load_model, save_model
from tests.cli.conftest import Run
from tests.dosenet.test_calibration import store_with_bodies
from tests.dosenet.toy import CARD, PRESET


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    store_with_bodies(tmp_path / "toy.zarr")
    save_model(build_network(PRESET.network), CARD, tmp_path / "model")
    return tmp_path


def test_a_card_is_calibrated_and_measured(esapi: Run, toy: Path) -> None:
    found = esapi("calibrate", toy / "toy.zarr", "--model", toy / "model", "--max-fields", 1)
    assert found.code == 0
    assert "90% intervals of toy, 3 anatomies; the next one is covered so" in found.out
    assert load_model(toy / "model").card.interval_table is not None
    words = ("evaluate", "dose", toy / "toy.zarr", "--model", toy / "model", "--planes", 1, "--no-3d")
    rows = esapi(*words).out.split("intervals hold, %")[1].splitlines()[1:3]
    assert [row.split()[0] for row in rows] == ["d", "all"]
    assert "d f0" in rows[1]


def test_too_few_anatomies_fail_plainly(esapi: Run, toy: Path) -> None:
    found = esapi("calibrate", toy / "toy.zarr", "--model", toy / "model", "--split", "test")
    assert (found.code, "at least 3 anatomies" in found.err) == (1, True)
