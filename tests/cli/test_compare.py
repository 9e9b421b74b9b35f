from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.cli.app import main
from esapi_bridge.dicom import write_export, write_rtdose
from tests.report.synthetic import SLIM, make_case

GRID = Grid((10, 9, 8), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def doses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """RT Doses of one plan and patient: `a` is 2 Gy everywhere, `b` 2.5 % more."""
    folder = tmp_path_factory.mktemp("doses")
    case = make_case(2, across_factor=SLIM)[0]
    plan = write_export(case, folder / "export", patient_id="1", patient_name="A")["plan"]
    assert isinstance(plan, Path)
    for name, gy in (("a", 2.0), ("b", 2.05)):
        flat = Volume(np.full(GRID.shape, gy, np.float32), GRID, Unit.GY)
        write_rtdose(Dose(flat, DoseKind.PLAN), plan, folder / name, description="flat")
        write_rtdose(Dose(flat, DoseKind.BEAM, 1), plan, folder / f"{name}1", description="flat")
        write_rtdose(Dose(flat, DoseKind.BEAM, 2), plan, folder / f"{name}2", description="flat")
    return folder


@pytest.fixture(autouse=True)
def beside_them(doses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(doses)


def changed(doses: Path, tmp_path: Path, name: str, **values: str) -> str:
    """Write `b` as the dose of something else."""
    dataset = pydicom.dcmread(doses / "b")
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(tmp_path / name)
    return str(tmp_path / name)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["compare", *arguments])
    captured = capsys.readouterr()
    return int(str(end.value.code)), captured.out, captured.err


def test_json(capsys) -> None:
    code, out, _ = run(capsys, "a", "b", "--gamma", "3%/2mm", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["gamma_pass_percent"] == 100.0
    assert found["criterion"] == "3 %/2 mm, global (max), 10 % cut-off, 720 voxels"
    assert found["mean_difference_percent"] == pytest.approx(2.5, abs=1e-4)
    assert found["intended_use"] == INTENDED_USE


def test_text_spells_the_criterion_out(capsys) -> None:
    code, out, err = run(capsys, "a", "b", "--gamma", "2/2", "--cutoff", "20", "--local")
    assert code == 0
    assert "0.00 % of voxels pass: 2 %/2 mm, local, 20 % cut-off, 720 voxels" in out
    assert "+0.0500 Gy (+2.50 % of max A)" in out
    assert err.splitlines()[-1] == INTENDED_USE


def test_quiet_prints_nothing_but_the_intended_use(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["-q", "compare", "a", "a"])
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", INTENDED_USE + "\n")


def test_a_criterion_that_is_none_fails(capsys) -> None:
    for text in ("tight", "2.0.0%/2mm", "0%/2mm"):
        code, _, err = run(capsys, "a", "b", "--gamma", text)
        assert code == 2
        assert "2%/2mm" in err


@pytest.mark.parametrize(("name", "found"), [("export", "a folder"), ("absent", "nothing of that name")])
def test_a_folder_and_a_missing_file_are_named_as_wrong_usage(capsys, name: str, found: str) -> None:
    for arguments in ((name, "b"), ("a", name)):
        code, _, err = run(capsys, *arguments)
        assert (code, f"found {found}" in err) == (2, True)
        assert "Traceback" not in err


def test_doses_of_two_patients_and_of_two_frames_of_reference_are_refused(capsys, doses, tmp_path) -> None:
    code, out, err = run(capsys, "a", changed(doses, tmp_path, "other", PatientID="SECRET2"), "--json")
    assert (code, out) == (3, "")
    assert "one patient, found two" in err
    assert "SECRET2" not in err
    code, _, err = run(capsys, "a", changed(doses, tmp_path, "frame", FrameOfReferenceUID="1.2.99"))
    assert code == 3
    assert "one frame of reference" in err
    code, _, err = run(capsys, "a", changed(doses, tmp_path, "none", FrameOfReferenceUID=""))
    assert code == 3
    # An issuer that only one of the two states contradicts nothing.
    assert run(capsys, "a", changed(doses, tmp_path, "issuer", IssuerOfPatientID="Clinic"))[0] == 0


def test_a_patient_that_is_not_stated_is_a_warning(capsys, doses, tmp_path) -> None:
    code, out, _ = run(capsys, "a", changed(doses, tmp_path, "nobody", PatientID=""))
    assert code == 0
    assert "warning a dose states no patient" in out


@pytest.mark.parametrize("other", ["b1", "b2"])
def test_doses_of_other_parts_are_refused_unless_that_is_meant(capsys, other: str) -> None:
    for one in ("a", "a1" if other == "b2" else "a2"):
        code, _, err = run(capsys, one, other)
        assert code == 3
        assert "--other-sum" in err
        code, out, _ = run(capsys, one, other, "--other-sum", "--json")
        assert code == 0
        assert "are compared" in json.loads(out)["notes"][0]


def test_two_plans_of_one_patient_are_compared_and_said_to_be_two(capsys, doses, tmp_path) -> None:
    dataset = pydicom.dcmread(doses / "b")
    dataset.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = "1.2.98"
    dataset.save_as(tmp_path / "second")
    code, out, _ = run(capsys, "a", str(tmp_path / "second"))
    assert code == 0
    assert "warning the doses are of two plans of one patient" in out


def test_a_dose_that_is_not_physical_is_refused(capsys, doses, tmp_path) -> None:
    code, _, err = run(capsys, "a", changed(doses, tmp_path, "eqd2", DoseType="EFFECTIVE"))
    assert code == 3
    assert "PHYSICAL" in err
