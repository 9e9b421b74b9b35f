"""The fluence task on a case folder gives what it gives on an export."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case.folder import write_case
from esapi_bridge.dicom import read_export, read_optimal_fluence, write_export
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.folders.sealed import seal
from esapi_bridge.tasks import Networks, run_fluence, run_fluence_job
from esapi_bridge.tasks.fluence.result import read_fluences
from esapi_bridge.worker.tasks import all_tasks
from tests.tasks.fluence_case import make_case, make_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.mark.slow
def test_an_export_and_its_case_folder_have_the_same_fluences(model: Path, tmp_path: Path) -> None:
    write_export(make_case(), tmp_path / "export", patient_id="1", patient_name="Doe")
    case = write_case(read_export(tmp_path / "export").case, tmp_path / "case")
    through_dicom = run_fluence(tmp_path / "export", tmp_path / "dicom", model=str(model), report=False)
    out = tmp_path / "result"
    out.mkdir()
    steps: list[str] = []
    options = {"model": str(model), "wanted_dose": None, "structures": None, "report": True}
    all_tasks()["fluence"](case, out, options, lambda step, done, total: steps.append(step))
    record = json.loads((out / "run.json").read_text())
    same = ("case_sha256", "checks", "model", "structures", "beams", "normalisation", "plan")
    assert {key: record[key] for key in same} == {
        key: value for key, value in through_dicom.record.model_dump(mode="json", by_alias=True).items() if key in same
    }
    assert {"load", "read", "check", "contours", "network", "write", "report"} <= set(steps)
    seal(out)  # as the worker does: plain files only
    description, fluences = read_fluences(out)
    assert (description.prescription_gy, description.fractions) == (44.0, 20)
    assert description.normalisation.structure == "PTV_44"
    goals = {goal.text: goal for goal in description.goals}
    assert len(goals) == 10
    assert goals["PTV conformity <= 1.5"].structures == ("PTV_44", "BODY")
    assert goals["PTV D2% <= 107 %"].wanted == pytest.approx(100, abs=0.1), "the wanted dose is flat in the PTV"
    for number, file in through_dicom.fluence_files.items():
        wanted = read_optimal_fluence(file)
        assert np.abs(fluences[number].values - wanted.values).max() < 1e-6
        assert replace(wanted, values=fluences[number].values) == fluences[number]
    assert "optimal fluence of 7 fields" in (out / "report.html").read_text(encoding="utf-8")


def test_structures_are_named_in_the_options(model: Path, tmp_path: Path) -> None:
    case = make_case()
    other = tuple(replace(s, name="Ziel", dicom_type="") if s.name == "PTV_44" else s for s in case.structures)
    folder = write_case(replace(case, structures=other), tmp_path / "case")
    options = {"model": str(model), "report": False}
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(RefusedError, match=r"structure PTV: .*--structure PTV=NAME"):
        run_fluence_job(folder, out, options, networks=Networks())
    assert not list(out.iterdir())
    record = run_fluence_job(folder, out, {**options, "structures": {"PTV": "Ziel"}}, networks=Networks())
    assert record.structures["PTV"] == ("Ziel",)


def test_a_sites_own_goals_are_used_and_recorded(model: Path, tmp_path: Path) -> None:
    folder = write_case(make_case(), tmp_path / "case")
    table, out = tmp_path / "own.yaml", tmp_path / "out"
    out.mkdir()
    options = {"model": str(model), "report": False, "goals_table": table}
    goal = "{labels: [Rectum], quantity: Dmax, relation: '<=', limit: 40, unit: Gy}"
    table.write_text(f"sites: {{pelvis: {{goals: [{goal.replace('40', '-40')}]}}}}", encoding="utf-8")
    with pytest.raises(BridgeError, match="limit"):
        run_fluence_job(folder, out, options, networks=Networks())
    assert not list(out.iterdir())
    table.write_text(f"sites: {{pelvis: {{goals: [{goal}]}}}}", encoding="utf-8")
    record = run_fluence_job(folder, out, options, networks=Networks())
    assert "PLAN GOALS" in {file.kind for file in record.inputs}
    (found,) = json.loads((out / "result.json").read_text())["goals"]
    assert (found["text"], found["structures"]) == ("Rectum Dmax <= 40 Gy", ["Rectum"])


@pytest.mark.parametrize("options", [{"modle": "x"}, {"structures": {"Heart": "Heart"}}, {"report": "perhaps"}])
def test_unknown_options_are_named(options: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=r"modle|Heart|report"):
        run_fluence_job(tmp_path, tmp_path, options, networks=Networks())


def test_nan_in_the_dose_of_a_case_folder_is_refused(model: Path, tmp_path: Path) -> None:
    folder = write_case(make_case(), tmp_path / "case")
    file = folder / "plan_dose.npy"
    dose = np.load(file)
    dose[5, 5, 5] = np.nan
    np.save(file, dose)
    sums = folder / "SHA256SUMS"
    sums.unlink()
    seal(folder)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(RefusedError, match="must be finite, got NaN"):
        run_fluence_job(folder, out, {"model": str(model)}, networks=Networks())
    assert not list(out.iterdir())
