from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from esapi_bridge import INTENDED_USE
from esapi_bridge.cli.app import main

CARD = {
    "schema": 1,
    "name": "toy",
    "version": "3",
    "task": "dose",
    "preset": "ddn-lite",
    "summary": "Nothing in particular.",
    "weights": {"file": "toy.safetensors", "sha256": "0" * 64},
    "inputs": {"dose": {"spacing_mm": [5.0, 5.0, 5.0]}},
    "output": {"spacing_mm": [1.25, 1.25, 1.25], "algorithm": "collapsed_cone"},
    "valid_for": {"energies": ["10X-FFF"], "sites": ["pelvis"]},
}


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "card.yaml").write_text(yaml.safe_dump(CARD))
    return tmp_path / "toy"


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(["models", *arguments])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_the_list_names_model_energy_and_site(toy: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    from esapi_bridge.models import find_model

    monkeypatch.setattr("esapi_bridge.models.list_models", lambda task=None: [find_model(toy)])
    out = output(capsys)
    for word in ("toy", "3", "dose", "10X-FFF", "pelvis"):
        assert word in out


def test_json_carries_whole_cards(toy: Path, capsys) -> None:
    found = json.loads(output(capsys, str(toy), "--json"))
    assert found["intended_use"] == INTENDED_USE
    card = found["models"][0]
    assert card["schema"] == 1
    assert card["output"] == {**CARD["output"], "unit": "Gy", "medium": None}  # type: ignore[dict-item]


def test_one_card_is_shown_as_yaml(toy: Path, capsys) -> None:
    assert yaml.safe_load(output(capsys, str(toy)))["inputs"]["ct"]["range"] == [-1000.0, 3500.0]


def test_nothing_installed_is_said(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esapi_bridge.models.list_models", lambda task=None: [])
    assert output(capsys) == "no network is installed\n"


def test_an_unknown_model_fails(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["models", "no-such-network"])
    assert end.value.code == 1
    assert "no-such-network" in capsys.readouterr().err
