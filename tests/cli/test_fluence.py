"""``esapi-bridge fluence``: options, exit codes, what is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pydicom
import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.cli.app import main
from esapi_bridge.dicom import write_export
from tests.tasks.fluence_case import make_case, make_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "plan"
    write_export(make_case(), folder, patient_id="SECRET4711", patient_name="Doe^Canary")
    return folder


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main(["fluence", *map(str, arguments)])
    return int(end.value.code or 0)


def test_json_goes_to_standard_output(
    export: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(export, "-o", out, "--model", model, "--no-report", "--no-deliver", "--json") == 0
    found = capfd.readouterr()
    record = json.loads(found.out)
    assert (record["task"], record["delivery"]) == ("fluence", None)
    assert record == json.loads((out / "run.json").read_text())
    assert found.err.rstrip().endswith(INTENDED_USE)
    assert compensator_types(out) == {"OPTIMAL"}


def test_files_are_named_and_the_share_of_each_step_is_logged(
    export: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    with pytest.raises(SystemExit):
        main(["-v", "fluence", str(export), "-o", str(out), "--model", str(model), "--no-report", "--no-deliver"])
    found = capfd.readouterr()
    printed = found.out
    for gantry in (0, 51, 103, 154, 206, 257, 309):
        assert str(out / f"G{gantry:03d}.optimal_fluence") in printed
    assert f"plan    {out / 'RTPLAN.dcm'}" in printed
    assert "mean dose of" in printed
    assert "in PTV_44" in printed
    for step in ("read", "check", "contours", "network", "write"):
        assert re.search(rf"{step}: \d+\.\d\d s, \d+ %", found.err)


def test_goals_are_printed_a_line_each_and_are_those_of_the_sites_own_table(
    export: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The wanted dose is 44 Gy in the PTV and lower elsewhere."""
    table = tmp_path / "own.yaml"
    table.write_text(
        "sites: {pelvis: {goals: [{labels: [PTV], quantity: Dmax, relation: '<=', limit: 40, unit: Gy},"
        " {labels: [Bladder], quantity: Dmax, relation: '<=', limit: 45, unit: Gy}]}}",
        encoding="utf-8",
    )
    out = tmp_path / "out"
    assert run(export, "-o", out, "--model", model, "--no-report", "--no-deliver", "--goals", table) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("goal")]
    assert lines[0] == "goal    PTV Dmax <= 40 Gy: wanted 44 Gy, missed by 4 Gy"
    assert re.fullmatch(r"goal    Bladder Dmax <= 45 Gy: wanted \d+(\.\d+)? Gy, met", lines[1])
    assert lines[2:] == ["goals   1 of 2 met by the wanted dose"]
    table.write_text(
        "sites: {pelvis: {goals: [{labels: [PTV], quantity: Dmax, relation: '<=', limit: 4, unit: cm3}]}}",
        encoding="utf-8",
    )
    assert run(export, "-o", tmp_path / "more", "--model", model, "--goals", table) == 1
    assert "unit of Dmax must be 'Gy', found 'cm3'" in capfd.readouterr().err
    assert not (tmp_path / "more").exists()


def test_refusal_is_exit_code_3_and_leaves_nothing(
    export: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = make_model(tmp_path / "other", energies=("6X",))
    assert run(export, "-o", tmp_path / "out", "--model", other) == 3
    assert "energy: expected 6X, found 15X" in capfd.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["other"]


def compensator_types(out: Path) -> set[str]:
    plan = pydicom.dcmread(out / "RTPLAN.dcm")
    return {item.CompensatorType for beam in plan.BeamSequence for item in beam.get("CompensatorSequence", [])}


def test_a_structure_is_named_outright_and_the_plan_copy_takes_the_former_type(
    export: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    named = ("--structure", "Bowel=Bowel", "--structure", "Rectum=Bladder")
    code = run(export, "-o", out, "--model", model, "--no-report", "--no-deliver", "--json", "--dmlc", *named)
    assert code == 0
    assert compensator_types(out) == {"DMLC"}
    assert json.loads(capfd.readouterr().out)["structures"]["Rectum"] == ["Bladder"]


@pytest.mark.parametrize("value", ["PTV", "=PTV_44", "PTV="])
def test_a_name_without_label_is_wrong_usage(export: Path, tmp_path: Path, value: str) -> None:
    assert run(export, "-o", tmp_path / "out", "--structure", value) == 2


@pytest.mark.parametrize("value", ["rectum", "=1.5", "rectum=much"])
def test_a_wish_without_a_number_is_wrong_usage(export: Path, tmp_path: Path, value: str) -> None:
    assert run(export, "-o", tmp_path / "out", "--spare", value) == 2


def test_what_cannot_be_spared_is_refused_and_leaves_nothing(
    export: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(export, "-o", tmp_path / "out", "--model", model, "--spare", "liver=2") == 3
    assert "found liver" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_site_table_that_is_none_fails(export: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("names: 7")
    assert run(export, "-o", tmp_path / "out", "--model", model, "--structures", tmp_path / "site.yaml") == 1
    assert not (tmp_path / "out").exists()
