"""The commands on networks: what they show, decide and refuse, all of it without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from esapi_bridge.models import DoseCard, InstalledModel
from esapi_bridge.models.site import SITE_VARIABLE
from tests.cli.conftest import Run
from tests.models.records import write_record
from tests.tasks.conftest import make_model

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


@pytest.fixture
def one_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = InstalledModel(CARD, Path("toy"), "0" * 64)
    monkeypatch.setattr("esapi_bridge.models.list_models", lambda task=None: [toy] if task in {None, "dose"} else [])
    monkeypatch.setattr("esapi_bridge.models.find_model", lambda name, task=None: {"toy": toy}[name])


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SITE_VARIABLE, str(tmp_path / "site"))
    return make_model(tmp_path / "tiny")


@pytest.mark.usefixtures("one_installed")
def test_the_list_names_model_energy_and_site(esapi: Run) -> None:
    words = esapi("models", "list").out.split()
    assert {"toy", "3", "dose", "10X-FFF", "pelvis", "commissioned"} <= set(words)


@pytest.mark.usefixtures("one_installed")
def test_json_carries_whole_cards(esapi: Run) -> None:
    (found,) = esapi("models", "list", "--json").answer["models"]
    assert found.pop("commissioned") == "not commissioned"
    assert DoseCard.model_validate(found) == CARD


@pytest.mark.usefixtures("one_installed")
def test_one_card_is_shown_as_yaml(esapi: Run) -> None:
    assert DoseCard.model_validate(yaml.safe_load(esapi("models", "show", "toy").out)) == CARD


@pytest.mark.usefixtures("one_installed")
def test_nothing_installed_is_said(esapi: Run) -> None:
    assert esapi("models", "list", "--task", "fluence").out == "no network is installed\n"


def test_a_task_that_is_none_is_wrong_usage(esapi: Run) -> None:
    found = esapi("models", "list", "--task", "fluense")
    assert found.code == 2
    assert "dose or fluence" in found.err


def test_weights_that_are_not_those_of_the_card_are_named(esapi: Run, model: Path) -> None:
    assert "are those of its card; not commissioned here" in esapi("models", "verify", model).out
    weights = model / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    found = esapi("models", "verify", model, "--json")
    assert found.code == 3
    assert found.answer["verified"] == []
    assert "tiny" in found.answer["faults"][0]
    assert "expected SHA-256" in found.err


def test_approve_show_retire(esapi: Run, model: Path, tmp_path: Path) -> None:
    record = write_record(tmp_path / "record.json", model)
    approved = esapi("models", "approve", model, "--record", record, "--by", "A. Physicist", "--json")
    assert approved.code == 0, approved.err
    assert approved.answer["by"] == "A. Physicist"
    assert approved.answer["record"] == json.loads(record.read_text())
    shown = esapi("models", "show", model, "--json").answer
    assert shown["commissioned"]["state"] == "approved"
    retired = esapi("models", "retire", model, "--reason", "new beam data", "--by", "B. Physicist")
    assert retired.code == 0
    assert "new beam data" in retired.out
    assert "approval withdrawn" in esapi("models", "show", model).out
    assert esapi("models", "retire", model, "--reason", "again", "--by", "B").code == 3


def test_a_limit_that_is_not_met_needs_a_reason(esapi: Run, model: Path, tmp_path: Path) -> None:
    record = write_record(tmp_path / "record.json", model, worst=80.0)
    words = ("models", "approve", model, "--record", record, "--by", "A")
    refused = esapi(*words)
    assert refused.code == 3
    assert "gamma of the plan" in refused.err
    assert "reason    studied on phantoms only" in esapi(*words, "--despite", "studied on phantoms only").out


def test_none_of_the_commands_imports_torch(model: Path, tmp_path: Path) -> None:
    record = write_record(tmp_path / "record.json", model)
    lines = [
        ["models", "list"],
        ["models", "show", str(model)],
        ["models", "verify", str(model)],
        ["models", "approve", str(model), "--record", str(record), "--by", "A"],
        ["models", "retire", str(model), "--reason", "none", "--by", "A"],
    ]
    code = (
        "import sys\nfrom esapi_bridge.cli.app import main\n"
        f"for words in {lines!r}:\n"
        "    try:\n        main(words)\n"
        "    except SystemExit as end:\n        assert not end.code, (words, end.code)\n"
        "    assert 'torch' not in sys.modules, words\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
