"""Approvals: what they cover, and by which name each departure from it is refused or voided."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from esapi_bridge.checks import Outcome
from esapi_bridge.checks.commissioned import commissioned
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import InstalledModel, ModelCard, find_model
from esapi_bridge.models.approvals import approve, decisions, retire, standing_of
from esapi_bridge.models.site import SETTINGS_FILE, SITE_VARIABLE, at_site
from tests.models.records import write_record
from tests.tasks.conftest import make_model
from tests.tasks.fluence_case import make_model as make_fluence_model

BY = "A. Physicist"


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SITE_VARIABLE, str(tmp_path / "site"))
    return tmp_path / "site"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_model(tmp_path / "tiny", training={"data_sha256": "a" * 64})


@pytest.fixture
def record(folder: Path, tmp_path: Path) -> Path:
    return write_record(tmp_path / "record.json", folder)


def require_commissioned(site: Path) -> None:
    site.mkdir(exist_ok=True)
    (site / SETTINGS_FILE).write_text("require_commissioned: true\n")


def told(folder: Path) -> str:
    verdict = commissioned(find_model(folder))
    assert verdict.check == "commissioned"
    return f"{verdict.outcome.value}: {verdict.found}"


def change_card(folder: Path, **values: object) -> None:
    path = folder / "card.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | values))


def change_weights(folder: Path, **card: object) -> InstalledModel[ModelCard]:
    """Other weights, with a card that fits them, as another training gives."""
    import hashlib

    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    change_card(folder, sha256=hashlib.sha256(data).hexdigest(), **card)
    return find_model(folder)


def test_without_an_approval_a_run_warns_and_where_the_site_requires_one_it_refuses(folder: Path, site: Path) -> None:
    assert told(folder) == "warn: not commissioned here"
    require_commissioned(site)
    assert told(folder) == "refuse: not commissioned here"


def test_an_approval_passes_and_names_what_was_not_measured(folder: Path, site: Path, record: Path) -> None:
    require_commissioned(site)
    made = approve(find_model(folder), record, BY)
    assert told(folder) == f"pass: approved on {made.day} by {BY}; not measured: in lung"
    assert [entry.decision for entry in decisions("tiny")] == ["approved"]
    assert json.loads(record.read_text()) == made.model_dump(mode="json", by_alias=True)["record"]


def test_a_record_of_another_network_is_refused(folder: Path, tmp_path: Path) -> None:
    other = write_record(tmp_path / "other.json", make_model(tmp_path / "other", name="other"))
    with pytest.raises(RefusedError, match="the record must be of tiny, found one of other"):
        approve(find_model(folder), other, BY)


def test_a_record_of_other_weights_is_refused(folder: Path, record: Path) -> None:
    with pytest.raises(RefusedError, match=r"its weights are [0-9a-f]{16}, those measured [0-9a-f]{16}"):
        approve(change_weights(folder), record, BY)


def test_a_network_trained_on_other_data_than_the_one_measured_is_refused(folder: Path, record: Path) -> None:
    other = change_weights(folder, training={"data_sha256": "b" * 64})
    with pytest.raises(RefusedError, match="trained on other data than the network measured"):
        approve(other, record, BY)


def test_one_changed_byte_of_the_weights_is_refused(folder: Path, record: Path) -> None:
    model = find_model(folder)
    data = bytearray(model.weights.read_bytes())
    data[-1] ^= 1
    model.weights.write_bytes(data)
    with pytest.raises(RefusedError, match="the weights must be those of its card"):
        approve(model, record, BY)


def test_a_record_of_another_version_is_refused(folder: Path, tmp_path: Path) -> None:
    old = write_record(tmp_path / "old.json", folder, version="0.0.1")
    with pytest.raises(RefusedError, match=r"measured by esapi-bridge 0\.0\.1"):
        approve(find_model(folder), old, BY)


@pytest.mark.parametrize(("worst", "told"), [(94.9, "limits not met: gamma of the plan"), (None, "no limit was measu")])
def test_limits_that_are_not_met_need_a_reason_that_every_run_repeats(
    folder: Path, tmp_path: Path, worst: float | None, told: str
) -> None:
    model, record = find_model(folder), write_record(tmp_path / "r.json", folder, worst=worst)
    with pytest.raises(RefusedError, match=told):
        approve(model, record, BY)
    assert decisions("tiny") == []
    approve(model, record, BY, despite="phantoms only")
    verdict = commissioned(model)
    assert verdict.outcome is Outcome.WARN
    assert "despite limits not met: phantoms only" in verdict.found


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 1}', "[1]", "\x00"])
def test_what_is_no_record_is_refused(folder: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(RefusedError, match="a commissioning record that 'commission' wrote is needed"):
        approve(find_model(folder), tmp_path / "r.json", BY)
    with pytest.raises(RefusedError, match="a commissioning record that 'commission' wrote is needed"):
        approve(find_model(folder), tmp_path / "none.json", BY)


def test_other_weights_another_card_or_version_void_an_approval(
    folder: Path, site: Path, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(find_model(folder), record, BY)
    require_commissioned(site)
    with monkeypatch.context() as patch:
        patch.setattr("esapi_bridge.models.approvals.__version__", "99")
        assert "this is 99" in told(folder)
        assert told(folder).startswith("refuse: the approval of")
    assert told(folder).startswith("pass")
    change_card(folder, known_failures=["none"])
    assert "is void: its card was changed since" in told(folder)
    change_weights(folder)
    assert "is void: its weights are" in told(folder)


def test_what_is_retired_is_told_by_whom_and_why_until_it_is_approved_again(
    folder: Path, site: Path, record: Path
) -> None:
    with pytest.raises(RefusedError, match="tiny has none"):
        retire(find_model(folder), BY, "why")
    approve(find_model(folder), record, BY)
    retire(find_model(folder), "B. Physicist", "new linac")
    assert told(folder).startswith("warn: approval withdrawn on")
    assert told(folder).endswith("by B. Physicist: new linac")
    require_commissioned(site)
    assert told(folder).startswith("refuse: ")
    approve(find_model(folder), record, BY)
    assert told(folder).startswith("pass")
    assert [entry.decision for entry in decisions("tiny")] == ["approved", "retired", "approved"]


def test_an_approval_of_another_network_of_the_name_does_not_take_one_back(
    folder: Path, tmp_path: Path, record: Path
) -> None:
    approve(find_model(folder), record, BY)
    other = make_model(tmp_path / "again", training={"data_sha256": "a" * 64})
    change_weights(other)
    approve(find_model(other), write_record(tmp_path / "again.json", other), BY)
    assert told(folder).startswith("pass")
    assert told(other).startswith("pass")


def test_a_damaged_approval_is_no_approval(folder: Path, site: Path, record: Path) -> None:
    approve(find_model(folder), record, BY)
    (file,) = (site / "approvals").rglob("*.json")
    file.write_bytes(file.read_bytes()[:-20])
    assert told(folder).startswith("warn: an approval of tiny is damaged")
    assert standing_of(find_model(folder)).state == "unreadable"


@pytest.mark.parametrize("text", ["require_commissioned: perhaps", "require: true", "[1", "- 1"])
def test_settings_that_say_something_else_end_every_run(folder: Path, site: Path, text: str) -> None:
    site.mkdir()
    (site / SETTINGS_FILE).write_text(text)
    with pytest.raises(RefusedError, match=r"site\.yaml of this site must be"):
        commissioned(find_model(folder))


def test_a_named_site_goes_before_the_usual_one_within_only(folder: Path, site: Path, tmp_path: Path) -> None:
    """And its approvals are those beside its file."""
    other = tmp_path / "other"
    require_commissioned(other)
    with at_site(other / SETTINGS_FILE):
        assert told(folder) == "refuse: not commissioned here"
        approve(find_model(folder), write_record(tmp_path / "own.json", folder), BY)
        assert told(folder).startswith("pass: approved on ")
    assert told(folder) == "warn: not commissioned here"
    assert not site.exists()


@pytest.mark.parametrize(
    ("name", "found"), [(SETTINGS_FILE, "must be readable, found"), ("clinic.yaml", "must be a file site.yaml, found")]
)
def test_a_named_site_must_be_there(folder: Path, tmp_path: Path, name: str, found: str) -> None:
    """Where none is named, a missing file requires nothing; what was named may have required something."""
    with at_site(tmp_path / "away" / name), pytest.raises(RefusedError, match=found):
        commissioned(find_model(folder))


def test_fluence_networks_are_asked_for_like_others(tmp_path: Path) -> None:
    assert told(make_fluence_model(tmp_path / "maps")) == "warn: not commissioned here"


@pytest.mark.parametrize("by", ["", "  ", "two\nlines"])
def test_who_approves_has_a_name(folder: Path, record: Path, by: str) -> None:
    with pytest.raises(RefusedError, match="one line"):
        approve(find_model(folder), record, by)
