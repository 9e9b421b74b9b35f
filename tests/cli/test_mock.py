"""``esapi-bridge mock``: usage, refusals and answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from esapi_bridge.case import Jaws, PatientPosition
from esapi_bridge.planning.export import Exported, ExportOptions, export_subject
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.techniques.plan import PlannedFields
from tests.cli.conftest import Run
from tests.planning.water import ENGINES, water_cylinder


@pytest.fixture(scope="module")
def water(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export of a small patient of water."""
    folder = tmp_path_factory.mktemp("water") / "export"
    return export_subject(water_cylinder(), folder, ExportOptions(beams=2, reference=False), engines=ENGINES).folder


@pytest.mark.parametrize(
    "options",
    [[], ["--site", "foot"], ["--site", "head", "--ct", "x.nii"], ["--site", "head", "--position", "UPS"],
     ["--site", "head", "--technique", "imrt", "--arcs", "2"], ["--site", "pelvis", "--technique", "static"],
     ["--site", "head", "--technique", "vmat", "--beams", "2"], ["--site", "head", "--arcs", "2"],
     ["--site", "pelvis", "--technique", "imrt", "--random"], ["--site", "pelvis", "--random", "--isocentres", "2"],
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

    def export_phantom(site: str, folder: Path, options: ExportOptions, **_: object) -> Exported:
        made.append((site, folder, options))
        beam = open_beam(1, (1.0, 2.0, 3.0), Jaws(-1, 1, -1, 1), 30.0, couch_deg=10.0, energy="6X")
        return Exported(folder, folder / "reference" if options.reference else None, PlannedFields((beam,)))

    monkeypatch.setattr("esapi_bridge.planning.export.export_phantom", export_phantom)
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
        "technique": "open",
        "energy": "6X",
        "beams": [
            {
                "number": 1,
                "name": "Field 1",
                "technique": "STATIC",
                "gantry_deg": [30.0, 30.0],
                "collimator_deg": 0.0,
                "couch_deg": 10.0,
                "isocentre_mm": [1.0, 2.0, 3.0],
                "meterset_mu": 100.0,
                "control_points": 2,
            }
        ],
        "fractions": 1,
        "prescription_gy": None,
        "reference": None,
        "intended_use": answer["intended_use"],
    }
    wanted = ExportOptions(beams=3, energy="6X", patient_position=PatientPosition.HFP, reference=False)
    assert made == [("head", tmp_path / "out", wanted)]
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
