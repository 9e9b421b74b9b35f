import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from dosenet.network import build_network
from dosenet.weights import Card, list_cards, load_model, save_model
from tests.dosenet.toy import CARD, PRESET


def saved(folder: Path, half: bool = False) -> torch.nn.Module:
    torch.manual_seed(0)
    network = build_network(PRESET.network)
    torch.nn.init.normal_(network.last.weight)
    save_model(network, CARD, folder, half=half)
    return network.eval()


@pytest.mark.parametrize(("half", "tolerance"), [(False, 0.0), (True, 2**-8)])
def test_a_model_comes_back_as_it_was_saved(tmp_path: Path, half: bool, tolerance: float) -> None:
    network = saved(tmp_path / "toy", half)
    model = load_model("toy", tmp_path)
    loaded, card = model.network, model.card
    assert not loaded.training
    assert len(card.sha256) == 64
    assert replace(card, sha256="") == CARD
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor, rtol=tolerance, atol=0)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_others_may_read_a_model_as_any_new_file(tmp_path: Path) -> None:
    save_model(build_network(PRESET.network), CARD, tmp_path / "toy")
    (tmp_path / "new").touch()
    modes = {path.stat().st_mode for path in ((tmp_path / "new"), *(tmp_path / "toy").iterdir())}
    assert len(modes) == 1


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    saved(tmp_path / "toy")
    path = tmp_path / "toy" / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="SHA-256"):
        load_model("toy", tmp_path)
    path.unlink()
    with pytest.raises(ValueError, match="found none"):
        load_model("toy", tmp_path)


def test_weights_that_do_not_fit_or_are_not_finite_are_refused(tmp_path: Path) -> None:
    network = saved(tmp_path / "toy")
    other = replace(CARD, preset={**PRESET.to_dict(), "network": {"kind": "ddn-lite", "channels": 4, "blocks": 1}})
    save_model(network, other, tmp_path / "other")
    with pytest.raises(ValueError, match="do not fit"):
        load_model(tmp_path / "other")
    network.get_parameter("last.bias").data[0] = float("nan")
    with pytest.raises(ValueError, match="finite"):
        save_model(network, CARD, tmp_path / "nan")


def test_cards_with_unknown_or_missing_entries_are_refused(tmp_path: Path) -> None:
    saved(tmp_path / "toy")
    path = tmp_path / "toy" / "card.yaml"
    values = yaml.safe_load(path.read_text())
    for changed, message in (
        (values | {"colour": "red"}, "colour"),
        ({k: v for k, v in values.items() if k != "energies"}, "energies"),
        (values | {"schema": 9}, "schema"),
    ):
        path.write_text(yaml.safe_dump(changed))
        with pytest.raises(ValueError, match=message):
            Card.read(tmp_path / "toy")
    with pytest.raises(ValueError, match="expected a model name"):
        load_model("missing", tmp_path / "toy")


def test_cards_are_listed_without_loading_torch(tmp_path: Path) -> None:
    saved(tmp_path / "toy")
    code = (
        "import sys, pathlib, dosenet, dosenet.weights as w;"
        f"print([c.name for c in w.list_cards(pathlib.Path({str(tmp_path)!r}))], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['toy'] False"
    assert [card.name for card in list_cards(tmp_path)] == ["toy"]
    assert list_cards(tmp_path / "nowhere") == []


def test_a_card_of_before_the_renaming_describes_its_network(tmp_path: Path) -> None:
    saved(tmp_path / "toy")
    card = tmp_path / "toy" / "card.yaml"
    values = yaml.safe_load(card.read_text())
    values["preset"]["network"]["aaa_offsets_mm"] = values["preset"]["network"].pop("coarse_offsets_mm")
    card.write_text(yaml.safe_dump(values))
    assert load_model("toy", tmp_path).network.config == PRESET.network
