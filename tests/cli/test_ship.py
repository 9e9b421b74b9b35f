"""``esapi-bridge ship dose|fluence``: a training run becomes a network that loads."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
import zarr

import dosenet
import fluencenet
from dosenet.fitting.checkpoint import BEST, save_state
from dosenet.network import build_network
from esapi_bridge.models.dosenet_card import read_dosenet_card
from fluencenet.network import build_network as build_fluence_network
from tests.cli.conftest import Run
from tests.dosenet.test_pairs_card import clinic_store
from tests.dosenet.test_ship import DETAILS
from tests.dosenet.toy import PRESET
from tests.fluencenet.conftest import DETAILS as FLUENCE_DETAILS
from tests.fluencenet.toy import PRESET as FLUENCE_PRESET

KINDS: dict[str, tuple[Any, Any, Any, Any]] = {
    "dose": (PRESET, build_network, DETAILS, dosenet.load_model),
    "fluence": (FLUENCE_PRESET, build_fluence_network, FLUENCE_DETAILS, fluencenet.load_model),
}


@pytest.fixture(params=list(KINDS))
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(network: str, tmp_path: Path) -> Path:
    """A folder with the best weights of a run, and the details of a card beside it."""
    preset, build, details, _ = KINDS[network]
    folder = tmp_path / "run"
    folder.mkdir()
    values = {"step": 30, "elapsed_s": 7200.0, "seed": 3, "best_loss": 0.25, "preset": preset.to_dict()}
    save_state(folder / BEST, build(preset.network).state_dict(), values)
    (tmp_path / "details.yaml").write_text(yaml.safe_dump(details))
    return folder


def test_a_run_becomes_a_network(esapi: Run, network: str, run: Path, tmp_path: Path) -> None:
    words = ("ship", network, run, "--card", tmp_path / "details.yaml", "-o", tmp_path / "toy")
    answer = esapi(*words, "--json").answer
    model = KINDS[network][3](tmp_path / "toy")
    assert answer["card"]["sha256"] == model.card.sha256
    assert answer["card"]["training"] == {"steps": 30, "hours": 2.0, "seed": 3, "validation_loss": 0.25}
    assert all(p.dtype == torch.float32 for p in model.network.parameters())
    whole = (tmp_path / "toy" / "model.safetensors").stat().st_size
    assert f"network  {tmp_path / 'toy'}: toy 1" in esapi(*words, "--half").out
    assert (tmp_path / "toy" / "model.safetensors").stat().st_size < 0.7 * whole


def test_what_cannot_be_shipped_is_said_plainly(esapi: Run, network: str, run: Path, tmp_path: Path) -> None:
    details, out = tmp_path / "details.yaml", tmp_path / "toy"
    details.write_text("- no names")
    assert "expected the card's details" in esapi("ship", network, run, "--card", details, "-o", out).err
    details.write_text("name: toy")
    assert esapi("ship", network, run, "--card", details, "-o", out).code == 1
    (run / BEST).unlink()
    found = esapi("ship", network, run, "--card", details, "-o", out)
    assert (found.code, "first validation" in found.err) == (1, True)
    assert not out.exists()


def test_the_card_s_details_are_needed(esapi: Run, network: str, run: Path, tmp_path: Path) -> None:
    assert esapi("ship", network, run, "-o", tmp_path / "toy").code == 2


class Terminal(io.StringIO):
    """Somebody who types lines."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("network", ["dose"], indirect=True)
def test_a_card_fills_itself_from_a_clinic_s_pairs(esapi: Run, run: Path, tmp_path: Path) -> None:
    pairs, out = clinic_store(tmp_path / "pairs.zarr"), tmp_path / "own"
    card = esapi("ship", "dose", run, "--pairs", pairs, "-o", out, "--json").answer["card"]
    assert (card["name"], card["version"], card["sites"]) == ("own", "1", ["pelvis", "thorax"])
    assert card["training"]["steps"] == 30, "what the run says is there, too"
    read = read_dosenet_card(out)
    assert (read.valid_for.machines, read.valid_for.field_size_mm) == (("TB1", "TB2"), (30.0, 81.0))
    assert (read.inputs.dose.algorithms, read.output.medium) == (("AAA 15.6.06",), "dose to medium")


@pytest.mark.parametrize("network", ["dose"], indirect=True)
def test_what_nobody_knows_is_asked_for(esapi: Run, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs, out = clinic_store(tmp_path / "pairs.zarr", ("not stated",)), tmp_path / "own"
    words = ("ship", "dose", run, "--pairs", pairs, "-o", out)
    refused = esapi(*words)
    assert (refused.code, out.exists()) == (3, False)
    assert "the card needs sites, which neither the run nor the pairs say" in refused.err
    assert yaml.safe_load(refused.out) == {"sites": []}
    monkeypatch.setattr("sys.stdin", Terminal("thorax, breast\n"))
    card = esapi(*words, "--json").answer["card"]
    assert card["sites"] == ["thorax", "breast"]


@pytest.mark.parametrize("network", ["dose"], indirect=True)
def test_a_store_that_must_not_be_learnt_from_is_refused(esapi: Run, run: Path, tmp_path: Path) -> None:
    pairs = clinic_store(tmp_path / "pairs.zarr")
    zarr.open_group(str(pairs), mode="a")["p1/f1"].attrs["dose_to"] = "water"
    done = esapi("ship", "dose", run, "--pairs", pairs, "-o", tmp_path / "own")
    assert done.code == 3
    assert "expected one medium of the dose in a store, found medium (patient p0 f0), water (patient p1 f1)" in done.err
