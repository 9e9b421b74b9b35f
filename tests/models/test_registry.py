from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.models import find_model, list_models
from esapi_bridge.models.registry import network_used
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


def test_a_network_that_is_used_is_told_by_card_and_weights(root: Path) -> None:
    model = find_model("tiny", "dose", root)
    (text,) = network_used(str(root / "tiny"), "dose").values()
    assert f"card {model.card_sha256[:16]}, weights {model.card.weights.sha256[:16]}" in text
    card = root / "tiny" / "card.yaml"
    card.write_text(f"{card.read_text()}# changed\n")
    assert network_used(str(root / "tiny"), "dose") != {"network": text}
    model.weights.write_bytes(b"other")
    with pytest.raises(RefusedError, match="the weights must be those of its card"):
        network_used(str(root / "tiny"), "dose")


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


def with_card(root: Path, text: str) -> Path:
    (root / "tiny" / "card.yaml").write_text(text)
    return root / "tiny"


@pytest.mark.parametrize(
    "change",
    [
        {"preset": 5},
        {"preset": [1, 2]},
        {"validity": None},
        {"validity": []},
        {"inputs": "all"},
        {"inputs": {"ct": {"calibration": [[0, 1.0], [0, 1.1]]}}},
        {"inputs": {"ct": {"calibration": [[0, 1.0]]}}},
        {"inputs": {"ct": {"calibration": "steep"}}},
        {"energies": None},
        {"known_failures": 3},
        {"metrics": "good"},
        {1: 2},
    ],
)
def test_whatever_a_card_holds_is_one_kind_of_error(root: Path, change: dict[object, object]) -> None:
    path = root / "tiny" / "card.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | change))
    with pytest.raises(BridgeError, match="card in tiny") as caught:
        find_model(root / "tiny")
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 5000, "nested at most 20"),
        ("a: " + "{b: " * 5000, "nested at most 20"),
        ("a: &a [1]\nb: *a\n", "must not refer back"),
        ("x" * 2_000_000, "at most 1000000 bytes"),
        ("a: [", "is no YAML"),
        ("!!python/object/apply:os.system [true]", "is no YAML"),
        ("a: \x00", "is no YAML"),
        ("- 1", "names and values, found list"),
        ("", "names and values, found NoneType"),
    ],
)
def test_a_card_that_would_grow_or_is_none_is_refused_at_once(root: Path, text: str, message: str) -> None:
    with pytest.raises(BridgeError, match=message):
        find_model(with_card(root, text))


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"channels": 10_000_000}, "channels must be at most 4096"),
        ({"channels": 4096, "blocks": 64}, "too many for a file"),
        ({"blocks": -(10**9)}, "blocks must be at most"),
        ({"ct_offsets_mm": [0.0] * 5000}, "ct_offsets_mm must be at most"),
        ({"channels": "many"}, "cannot be loaded"),
        ({"channels": None}, "cannot be loaded"),
        ({"kind": "unknown"}, "cannot be loaded"),
    ],
)
def test_a_network_that_cannot_be_is_not_built(root: Path, network: dict[str, object], message: str) -> None:
    """Ten million channels took all memory."""
    from dosenet import load_model
    from esapi_bridge.tasks.networks import load_installed

    path = root / "tiny" / "card.yaml"
    values = yaml.safe_load(path.read_text())
    values["preset"]["network"] |= network
    path.write_text(yaml.safe_dump(values))
    with pytest.raises(BridgeError, match=message):
        load_installed(find_model(root / "tiny"), load_model)


def test_a_card_has_a_digest_of_its_own(root: Path) -> None:
    """What no check reads is in it too."""
    before = find_model(root / "tiny")
    path = root / "tiny" / "card.yaml"
    assert before.card_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"known_failures": ["none at all"]}))
    after = find_model(root / "tiny")
    assert after.verify() == before.verify()
    assert after.card_sha256 != before.card_sha256
