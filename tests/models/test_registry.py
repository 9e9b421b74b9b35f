from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.models import find_model, list_models
from tests.tasks.conftest import make_model
from tests.tasks.fluence_case import make_model as make_fluence_model


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_model(tmp_path / "tiny")
    return tmp_path


def test_models_are_listed_and_found_by_name_and_folder(root: Path) -> None:
    (model,) = list_models("dose", root)
    assert model.card.name == "tiny"
    assert find_model("tiny", "dose", root) == model
    assert find_model(root / "tiny") == model
    assert list_models("fluence", root) == []


def test_the_card_holds_what_the_checks_need(root: Path) -> None:
    card = find_model("tiny", "dose", root).card
    assert card.valid_for.energies == ("10X-FFF",)
    assert card.valid_for.techniques == ("STATIC",)
    assert card.inputs.dose.spacing_mm == (5.0, 5.0, 5.0)
    assert card.output.spacing_mm == (1.25, 1.25, 1.25)
    assert card.output.medium == "dose to medium"


def test_fluence_networks_are_listed_beside_dose_networks(root: Path) -> None:
    make_fluence_model(root / "maps")
    assert [(m.card.name, m.card.task) for m in list_models(root=root)] == [("tiny", "fluence"), ("tiny", "dose")]
    (model,) = list_models("fluence", root)
    assert model == find_model(root / "maps", "fluence")
    assert model.verify() == model.card.weights.sha256
    use = find_model(root / "maps", "fluence").card.use
    assert use.fields == (7,)
    assert use.gantry_deg[1] == 51.0
    assert use.optional_labels == ("Avoidance",)
    assert use.mu_per_fluence == {"TrueBeam": {"15X": 125.0}}
    assert model.card.valid_for.energies == ("15X",)
    with pytest.raises(BridgeError, match="a dose model is needed; tiny is a fluence model"):
        find_model(root / "maps", "dose")


@pytest.mark.parametrize("change", [{"surprise": 1}, {"validity": {"gantry_deg": 5}}, {"fields": [0]}, {"energies": 3}])
def test_a_fluence_card_that_says_something_else_is_refused(root: Path, change: dict[str, object]) -> None:
    path = make_fluence_model(root / "maps") / "card.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | change))
    with pytest.raises(BridgeError, match="card in maps"):
        list_models(root=root)


def test_an_unknown_name_gets_the_nearest_one(root: Path) -> None:
    with pytest.raises(BridgeError, match="did you mean tiny"):
        find_model("tinny", root=root)


def test_a_path_is_not_repeated_in_the_message(root: Path) -> None:
    with pytest.raises(BridgeError) as caught:
        find_model(root / "SECRET" / "model", root=root)
    assert "SECRET" not in str(caught.value)


def test_another_task_is_refused(root: Path) -> None:
    with pytest.raises(BridgeError, match="fluence model is needed"):
        find_model(root / "tiny", "fluence")


def test_one_changed_byte_is_refused(root: Path) -> None:
    model = find_model("tiny", root=root)
    assert model.verify() == model.card.weights.sha256
    data = bytearray(model.weights.read_bytes())
    data[-1] ^= 1
    model.weights.write_bytes(data)
    with pytest.raises(RefusedError, match="expected SHA-256"):
        model.verify()
    model.weights.unlink()
    with pytest.raises(RefusedError, match="none found"):
        model.verify()


@pytest.mark.parametrize(
    "change",
    [{"surprise": 1}, {"energies": 3}, {"validity": {"techniques": "STATIC"}}, {"sha256": "zz"}, {"schema": 2}],
)
def test_a_card_that_says_something_else_is_refused(root: Path, change: dict[str, object]) -> None:
    path = root / "tiny" / "card.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | change))
    with pytest.raises(BridgeError, match="card in tiny"):
        list_models(root=root)


def test_cards_are_read_without_torch(root: Path) -> None:
    code = (
        f"import sys, esapi_bridge.models as m; m.find_model({str(root / 'tiny')!r}); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
