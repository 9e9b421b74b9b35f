"""``esapi-bridge mock``: usage, refusals and answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from esapi_bridge.cli.mock import app
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.export import ExportOptions, export_subject
from tests.planning.water import ENGINES, water_cylinder


@pytest.mark.parametrize(
    "arguments",
    [[], ["--site", "foot"], ["--site", "head", "--ct", "x.nii"], ["--site", "head", "--patient-position", "UPS"],
     ["--site", "head", "--technique", "imrt"], ["--site", "pelvis", "--technique", "vmat"]],
)  # fmt: skip
def test_wrong_usage_ends_with_code_two(tmp_path: Path, arguments: list[str]) -> None:
    found = CliRunner().invoke(app, ["export", *arguments, "-o", str(tmp_path / "out")])
    assert found.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    found = CliRunner().invoke(app, ["export", "--site", "head", "-o", str(tmp_path)])
    assert isinstance(found.exception, BridgeError)


def test_a_database_is_made_from_exports(tmp_path: Path) -> None:
    export = export_subject(
        water_cylinder(), tmp_path / "export", ExportOptions(beams=2, reference=False), engines=ENGINES
    )
    found = CliRunner().invoke(
        app, ["database", str(export), "-o", str(tmp_path / "db"), "--dose-unit", "cGy", "--json"]
    )
    assert found.exit_code == 0, found.output
    facts = json.loads(found.stdout)
    assert facts["plans"] == [{"patient": "MOCK0001", "course": "C1", "plan": "ct1", "beams": 2}]
    assert facts["intended_use"] == "Research use only, not for clinical use."
    assert json.loads((tmp_path / "db/database.json").read_text())["dose_unit"] == "cGy"
    again = CliRunner().invoke(app, ["database", str(export), "-o", str(tmp_path / "db")])
    assert isinstance(again.exception, BridgeError)


@pytest.mark.parametrize(
    "arguments", [["database", "-o", "db"], ["database", ".", "-o", "db", "--dose-unit", "rad"], ["eclipse"],
                  ["eclipse", "--database", ".", "--save"]]
)  # fmt: skip
def test_wrong_usage_of_database_and_host_ends_with_code_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_the_host_wants_a_database(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["eclipse", "--database", str(tmp_path)])
    assert isinstance(found.exception, BridgeError)
    assert str(tmp_path) not in str(found.exception)
