from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from esapi_bridge import INTENDED_USE
from esapi_bridge.cli.app import main
from esapi_bridge.models import DoseCard, InstalledModel
from tests.cli.conftest import Run

CARD = DoseCard.model_validate(
    {
        "name": "toy",
        "version": "3",
        "task": "dose",
        "preset": "ddn-lite",
        "summary": "Nothing in particular.",
        "weights": {"file": "toy.safetensors", "sha256": "0" * 64},
        "inputs": {"dose": {"spacing_mm": [5.0, 5.0, 5.0]}, "ct": {"range": [-1000, 3500]}},
        "output": {"spacing_mm": [1.25, 1.25, 1.25], "algorithm": "collapsed cone"},
        "valid_for": {"energies": ["10X-FFF"], "sites": ["pelvis"]},
    }
)


@pytest.fixture(autouse=True)
def one_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = InstalledModel(CARD, Path("toy"), "0" * 64)
    monkeypatch.setattr("esapi_bridge.models.list_models", lambda task=None: [toy] if task in {None, "dose"} else [])
    monkeypatch.setattr("esapi_bridge.models.find_model", lambda name, task=None: {"toy": toy}[name])


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(["models", *arguments])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_the_list_names_model_energy_and_site(capsys) -> None:
    words = output(capsys).split()
    assert {"toy", "3", "dose", "10X-FFF", "pelvis"} <= set(words)


def test_json_carries_whole_cards(capsys) -> None:
    found = json.loads(output(capsys, "--json"))
    assert found["intended_use"] == INTENDED_USE
    assert DoseCard.model_validate(found["models"][0]) == CARD


def test_one_card_is_shown_as_yaml(capsys) -> None:
    assert DoseCard.model_validate(yaml.safe_load(output(capsys, "toy"))) == CARD


def test_nothing_installed_is_said(capsys) -> None:
    assert output(capsys, "--task", "fluence") == "no network is installed\n"


def test_a_task_that_is_none_is_wrong_usage(esapi: Run) -> None:
    found = esapi("models", "--task", "fluense")
    assert found.code == 2
    assert "dose or fluence" in found.err
