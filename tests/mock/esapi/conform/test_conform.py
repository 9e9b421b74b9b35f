"""The conformance script on the mock, on a mock that was changed, and what ``mock conform`` says of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from esapi_bridge.errors import RefusedError
from esapi_bridge.mock.conformance import Verdict, read_answers
from esapi_bridge.mock.esapi import MockAssemblies, build, build_mock
from esapi_bridge.mock.traps import traps
from tests.cli.conftest import Run
from tests.mock.esapi.conform.asking import answers

CHANGES = {
    "dose.rising": [
        ("api/Dose.cs", "DoseState.Percent(count) * UnitsPerPercent", "-DoseState.Percent(count) * UnitsPerPercent"),
        ("api/EvaluationDose.cs", "percent = doseValue.Dose / Plan.", "percent = -doseValue.Dose / Plan."),
    ],
    "dose.voxel_order": [
        (
            "api/Dose.cs",
            "preallocatedBuffer[x, y] = counts[y * width + x]",
            "preallocatedBuffer[width - 1 - x, y] = counts[y * width + x]",
        ),
        (
            "store/DoseState.cs",
            "counts[y * width + x] = values[x, y]",
            "counts[y * width + width - 1 - x] = values[x, y]",
        ),
    ],
    "beam.meterset_unit": [
        ("api/Beam.cs", "BeamState.MetersetMu, DosimeterUnit.MU", "BeamState.MetersetMu, DosimeterUnit.Second")
    ],
    "write.reflection": [
        (
            "session/Guard.cs",
            "#if ESAPI_18\n            RefusesReflection",
            "#if !ESAPI_18\n            RefusesReflection",
        )
    ],
    "fluence.origin": [("store/CaseReader.cs", 'part.Number("y_origin_mm"));', '-part.Number("y_origin_mm"));')],
    "write.normalisation_new": [
        (
            "api/PlanSetup.cs",
            "return Self.Normalisation; }",
            "return double.IsNaN(Self.Normalisation) ? 100 : Self.Normalisation; }",
        )
    ],
    "enum.modality": [("types/Enums.cs", "REG = 7,", "REG = 3,")],
    "dose_value.equal_undefined": [
        (
            "types/DoseValue.cs",
            "dv1._unit == dv2._unit && dv1._dose == dv2._dose;",
            "dv1._unit == dv2._unit && dv1._dose.Equals(dv2._dose);",
        )
    ],
    "structure.contour_planes": [
        ("api/Structure.cs", "Self.ByPlane.TryGetValue(z, out", "Self.ByPlane.TryGetValue(z + 1, out")
    ],
    "image.offset": [("api/Image.cs", "return voxelValue - Self.Offset;", "return voxelValue + Self.Offset;")],
}
"""Ten behaviours and where they are changed by hand."""


@pytest.fixture(scope="module")
def document(mock_assemblies: MockAssemblies, database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("conform") / "conformance-1.json"
    path.write_text(json.dumps(answers(mock_assemblies, database)))
    return path


def test_the_mock_is_as_it_assumes(document: Path, esapi: Run) -> None:
    found = read_answers(document)
    assert found.of(Verdict.OTHERWISE) == ()
    assert len(found.of(Verdict.AS_ASSUMED)) >= 80
    assert all(row.reason for row in found.of(Verdict.NOT_TRIED))
    assert {trap.row for trap in traps()} - {row.trap for row in found.rows} == set()
    done = esapi("mock", "conform", document)
    assert (done.code, done.out.splitlines()[-1].split(",")[1]) == (0, " 0 otherwise")


@pytest.mark.parametrize(("symbol", "version"), [("ESAPI_16", "1.0.450"), ("ESAPI_18", "1.0.600")])
def test_later_versions_are_as_they_assume(
    dotnet: None, database: Path, tmp_path: Path, symbol: str, version: str
) -> None:
    path = tmp_path / "conformance-3.json"
    path.write_text(json.dumps(answers(build_mock(tmp_path / "built", [symbol]), database)))
    found = read_answers(path)
    assert found.api_version.startswith(version)
    assert found.of(Verdict.OTHERWISE) == ()
    reflection = next(row for row in found.rows if row.id == "write.reflection")
    assert reflection.found == ("no" if symbol == "ESAPI_18" else "yes")


def test_rows_that_are_not_asked_are_named(document: Path, esapi: Run) -> None:
    asked = {row.trap for row in read_answers(document).rows}
    answer = esapi("mock", "conform", document, "--json").answer
    assert len(asked - {0}) >= 45
    assert asked | set(answer["rows_not_asked"]) >= {trap.row for trap in traps()}


def test_nothing_of_the_patient_is_in_the_file(document: Path, database: Path) -> None:
    text = document.read_text()
    for word in ('HFS"', "Plan A", "Ahorn", "Alba", "Field 1", "TB1", "1.2.3", str(database)):
        assert word not in text


@pytest.mark.slow
def test_ten_changed_behaviours_are_named_and_nothing_else(
    dotnet: None, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, esapi: Run
) -> None:
    sources = tmp_path / "esapi"
    shutil.copytree(build.SOURCES, sources)
    for edits in CHANGES.values():
        for name, before, after in edits:
            path = sources / name
            text = path.read_bytes().decode().replace("\r\n", "\n")
            assert text.count(before) == 1, (name, before)
            path.write_text(text.replace(before, after))
    monkeypatch.setattr(build, "SOURCES", sources)
    changed = answers(build_mock(tmp_path / "built"), database)
    path = tmp_path / "conformance-2.json"
    path.write_text(json.dumps(changed))
    done = esapi("mock", "conform", path, "--json")
    assert done.code == 1
    assert {row["id"] for row in done.answer["otherwise"]} == set(CHANGES)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1, "kind": "other"}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(RefusedError, match="EsapiConformance"):
        read_answers(path)
