"""What the scripts make of an Eclipse that throws, does not know a number, or speaks German."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import esapi_bridge.mock.esapi
from esapi_bridge.case.structure import UNREAD
from esapi_bridge.eclipse.install import script_sources
from tests.scripts.mono import build_program, needs_mono, run_program

pytestmark = needs_mono

REFUSED = 3
ROOMS = {
    "Files": ("*",),
    "Run": ("*",),
    "Reading": ("Accessories", "BeamReader", "DoseScales", "Energy", "EsapiGeometry", "LinearScale", "MlcModel",
                "PlaneBuffer", "PlanReader"),
    "Writing": ("Calculation*", "DoseVolume", "EvaluationDoseWriter", "FineGrid", "MachineChoice", "ReferencePoints",
                "Resampling", "ResearchCourse", "WrittenDose"),
}  # fmt: skip


SETTINGS = {
    "schema": 1, "python_home": "", "python_library": "", "site_packages": [], "packages": [], "exports": "",
    "course": "R", "fluence_model": "m", "normalisation": "reference",
    "leaf_motion_model": "Varian Leaf Motion Calculator [fake]",
    "dose_model": "AAA [fake]", "fixed_jaws": False, "structures": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one run of the program found, by name."""
    folder = tmp_path_factory.mktemp("eclipse")
    programs = Path(__file__).parent / "programs"
    types = Path(esapi_bridge.mock.esapi.__file__).parent / "types"
    own = [script_sources() / "FluenceNet" / f"{name}.cs" for name in ("Delivery", "FluenceNetSettings", "PlanDigest")]
    others = [programs / "FakeApi.cs", *own, *(path for path in types.glob("*.cs") if path.name != "AssemblyInfo.cs")]
    (folder / "esapi-bridge.json").write_text(json.dumps(SETTINGS))
    shared = [f"{room}/{name}.cs" for room, names in ROOMS.items() for name in names]
    program = build_program(programs / "Eclipse.cs", shared, folder, others)
    answer: dict[str, Any] = json.loads(run_program(program, folder))
    return answer


NUMBERS = {
    "couch": "the couch angle of field G7",
    "gantry": "the gantry angle of field G7",
    "weight": "the meterset weight of field G7",
    "jaws": "the Y jaws of field G7",
    "isocentre": "the isocentre of field G7",
    "sad": "the source-axis distance of field G7",
    "leaves": "the leaves of field G7",
    "fluence": "the optimal fluence of field G7",
    "origin": "the optimal fluence of field G7",
}


@pytest.mark.parametrize("unknown", NUMBERS)
def test_a_treatment_field_without_a_number_is_refused_by_name(said: dict[str, Any], unknown: str) -> None:
    assert said[f"treatment {unknown}"].startswith(f"refused: Eclipse must know {NUMBERS[unknown]}, it gives no number")


@pytest.mark.parametrize("unknown", [*NUMBERS, "points"])
def test_a_setup_field_without_a_number_does_not_end_the_export(said: dict[str, Any], unknown: str) -> None:
    """It has no fluence, and is not asked for one: Eclipse would throw."""
    found = said[f"setup {unknown}"]
    if unknown in {"fluence", "origin"}:
        assert (found["name"], found["is_setup"], found["fluence"]) == ("G7", True, None)
    else:
        assert found.startswith("set-up field G7 was left out: ")


def test_a_field_that_is_known_is_read(said: dict[str, Any]) -> None:
    field = said["treatment nothing"]
    assert (field["isocentre_mm"], field["meterset_mu"], field["technique"]) == ([1, 2, 3], 120, "STATIC")
    assert [point["meterset_weight"] for point in field["control_points"]] == [0, 1]
    assert said["setup nothing"]["is_setup"] is True
    assert said["treatment meterset"]["meterset_mu"] == 0


def test_a_field_without_control_points(said: dict[str, Any]) -> None:
    assert said["treatment points"] == "refused: field G7 must have control points, it has none"
    assert said["is arc"] is False
    assert said["digest"] == "done"


def test_an_image_whose_dose_counts_is_an_accessory(said: dict[str, Any]) -> None:
    assert (said["imaging"], said["not imaging"]) == (["image whose dose counts"], [])
    assert said["accessories"] == {"7": ["image whose dose counts"]}


@pytest.mark.parametrize("unit", ["Percent", "Gy", "cGy"])
def test_a_dose_is_read_in_whichever_unit_it_comes_and_nothing_is_set(said: dict[str, Any], unit: str) -> None:
    assert said[f"dose in {unit}"] == pytest.approx(40.0, rel=1e-12)
    assert said["calls of reading"] == []


NO_MATRIX = "Plan does not have a dose matrix. Dose calculation is not supported from plugin script in this case."


def test_without_a_fine_grid_the_plans_own_is_taken_and_it_is_told(said: dict[str, Any]) -> None:
    found = said["fine grid"]
    assert (found["copy"], found["plans"]) == (None, 0)
    (note,) = found["notes"]
    assert note.startswith(
        "The dose was written on the grid of plan P instead: Eclipse does not let a script calculate"
    )
    assert note.endswith(f"Eclipse says: ApplicationException: {NO_MATRIX}")


@pytest.mark.parametrize(("step", "what"), [("leaf motions", "leaf motions"), ("dose", "the dose of the new fluence")])
def test_a_fluence_that_eclipse_does_not_calculate_is_refused_with_another_way(
    said: dict[str, Any], step: str, what: str
) -> None:
    told = said[step]
    assert (told["type"], told["code"]) == ("NoCalculationException", REFUSED)
    assert told["text"].startswith(
        f"Eclipse does not let a script calculate {what}. The copy is removed. Export the plan"
    )
    assert told["text"].endswith(f"Eclipse says: ApplicationException: {NO_MATRIX}")


@pytest.mark.parametrize("is_always_percent", [False, True])
def test_an_evaluation_dose_is_written_in_the_proven_order(said: dict[str, Any], is_always_percent: bool) -> None:
    """One count is 0.0001 % of 40 Gy; the second plane begins with the seventh voxel, 28 Gy: 70 %."""
    written = said[f"written {is_always_percent}"]
    assert written["calls"] == ["prescription", "normalisation", "presentation Absolute", "copy", "voxels", "voxels"]
    assert written["source"] == []
    x_slow = [7, 10, 8, 11, 9, 12]
    assert written["counts"] == [4 * n * 25_000 for n in x_slow]
    assert written["deviation"] < 1e-5


def test_lines_of_a_german_eclipse_are_not_lost(said: dict[str, Any]) -> None:
    german = said["german"]
    assert german["warnings"] == [
        "Warnung: Das Feld ist zu klein.",
        "Fehler: Der Server antwortet nicht.",
        "Hinweis: Das Feld ist schmal.",
        "Die Lamellen wurden verschoben.",
    ]
    assert "Fehler: Der Server antwortet nicht." in german["text"]


def test_lines_of_an_english_eclipse(said: dict[str, Any]) -> None:
    english = said["english"]
    assert english["warnings"] == ["Warning: small field", "Error: no server", "The leaves were moved", "1", "2"]
    assert english["text"].endswith("; and 3 more lines in Eclipse's calculation logs")
    assert "all is well" not in english["text"]


def test_reference_points_that_stay_are_told(said: dict[str, Any]) -> None:
    assert said["undo"]["courses"] == 0
    (note,) = said["undo"]["notes"]
    assert "(RP1), which no script can remove" in note


def test_what_cannot_be_taken_back_is_noted_and_hides_nothing(said: dict[str, Any]) -> None:
    first, _ = said["undo fails"]["notes"]
    assert "could not be removed: close the patient without saving" in first


def test_contours_that_are_left_out_are_those_the_python_side_calls_unread() -> None:
    assert f'"{UNREAD}Eclipse gives' in (script_sources() / "Common" / "Reading" / "StructureReader.cs").read_text()
