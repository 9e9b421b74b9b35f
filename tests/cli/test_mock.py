"""``esapi-bridge mock``: usage, refusals and answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from esapi_bridge.case import PatientPosition
from esapi_bridge.planning.export import ExportOptions, export_subject
from tests.cli.conftest import Run
from tests.planning.water import ENGINES, water_cylinder


@pytest.fixture(scope="module")
def water(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export of a small patient of water."""
    folder = tmp_path_factory.mktemp("water") / "export"
    return export_subject(water_cylinder(), folder, ExportOptions(beams=2, reference=False), engines=ENGINES)


@pytest.mark.parametrize(
    "options",
    [[], ["--site", "foot"], ["--site", "head", "--ct", "x.nii"], ["--site", "head", "--position", "UPS"],
     ["--site", "head", "--technique", "imrt"], ["--site", "pelvis", "--technique", "vmat"],
     ["--site", "head", "--energy", "20X"]],
)  # fmt: skip
def test_wrong_usage_of_export(tmp_path: Path, esapi: Run, options: list[str]) -> None:
    assert esapi("mock", "export", *options, "-o", tmp_path / "out").code == 2
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_refused(tmp_path: Path, esapi: Run) -> None:
    (tmp_path / "note.txt").write_text("mine")
    assert esapi("mock", "export", "--site", "head", "-o", tmp_path).code == 1


def test_an_export_says_what_was_made(tmp_path: Path, esapi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The export itself is replaced: it takes a minute and is tested with the planning system."""
    made: list[tuple[object, ...]] = []
    monkeypatch.setattr("esapi_bridge.planning.export.export_phantom", lambda *given, **_: made.append(given))
    words = (
        "mock",
        "export",
        "--site",
        "head",
        "-o",
        tmp_path / "out",
        "--beams",
        3,
        "--energy",
        "6X",
        "--position",
        "HFP",
    )
    answer = esapi(*words, "--no-reference", "--json").answer
    assert answer == {
        "export": str(tmp_path / "out"),
        "seed": 1,
        "patient_position": "HFP",
        "energy": "6X",
        "beams": 3,
        "reference": None,
        "intended_use": answer["intended_use"],
    }
    assert made == [("head", tmp_path / "out", ExportOptions(3, False, 1, PatientPosition.HFP, False, "6X"))]
    assert f"reference  {tmp_path / 'out' / 'reference'}" in esapi(*words).out


def test_a_database_is_made_from_exports(water: Path, tmp_path: Path, esapi: Run) -> None:
    found = esapi("mock", "database", water, "-o", tmp_path / "db", "--dose-unit", "cGy", "--json")
    assert found.answer["plans"] == [{"patient": "MOCK0001", "course": "C1", "plan": "ct1", "beams": 2}]
    assert json.loads((tmp_path / "db/database.json").read_text())["dose_unit"] == "cGy"
    again = esapi("mock", "database", water, "-o", tmp_path / "db")
    assert again.code == 1
    assert "choose another name" in again.err


@pytest.mark.parametrize(
    "words", [["database", "-o", "db"], ["database", ".", "-o", "db", "--dose-unit", "rad"], ["eclipse"],
              ["eclipse", ".", "--save"]]
)  # fmt: skip
def test_wrong_usage_of_database_and_host(
    tmp_path: Path, esapi: Run, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert esapi("mock", *words).code == 2


def test_the_host_wants_a_database_or_an_export(tmp_path: Path, esapi: Run) -> None:
    found = esapi("mock", "eclipse", tmp_path)
    assert found.code == 3
    assert "must hold a photon plan" in found.err
    assert str(tmp_path) not in found.err
