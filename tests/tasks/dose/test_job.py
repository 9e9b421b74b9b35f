from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Case, DoseKind
from esapi_bridge.case.folder import write_case
from esapi_bridge.dicom import read_export, read_rtdose
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.folders.sealed import seal
from esapi_bridge.tasks import Networks, read_doses, run_dose, run_dose_job
from esapi_bridge.tasks.dose import run as dose_run
from esapi_bridge.tasks.dose.record import DoseRecord

EQUAL_WHEN_REPEATED = ("result.json", "plan_dose.npy", "beam_dose_1.npy", "beam_dose_2.npy")


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks()


@pytest.fixture(scope="module")
def case_folder(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_case(read_export(export).case, tmp_path_factory.mktemp("case") / "case")


@pytest.fixture(scope="module")
def done(
    case_folder: Path, model: Path, networks: Networks, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, DoseRecord]:
    out = tmp_path_factory.mktemp("result")
    return out, run_dose_job(case_folder, out, {"model": str(model), "report": False}, networks=networks)


@pytest.mark.slow
def test_the_same_plan_has_the_same_dose_through_dicom_and_through_a_case_folder(
    done: tuple[Path, DoseRecord], export: Path, model: Path, tmp_path: Path
) -> None:
    folder, record = done
    through_dicom = run_dose(export, tmp_path / "out", model=str(model), report=False, beam_doses=True)
    for name in ("plan_dose", *(f"beam_dose_{n}" for n in through_dicom.beam_files)):
        file = through_dicom.plan_file if name == "plan_dose" else through_dicom.beam_files[int(name[-1])]
        # An RT Dose counts in steps of its scaling; nothing else may differ.
        step = float(pydicom.dcmread(file, stop_before_pixels=True).DoseGridScaling)
        difference = np.abs(np.load(folder / f"{name}.npy").astype(np.float64) - read_rtdose(file).gy)
        assert difference.max() <= 0.5 * step + 1e-6
    same = {"case_sha256", "checks", "metrics", "model", "source", "plan"}
    assert record.model_dump(include=same) == through_dicom.record.model_dump(include=same)


def test_the_result_folder_is_read_back_with_grids_and_kinds(done: tuple[Path, DoseRecord], case: Case) -> None:
    folder, record = done
    text = json.loads((folder / "result.json").read_text())
    assert (text["schema"], text["intended_use"]) == (1, INTENDED_USE)
    digests = {f.name: f.sha256 for f in record.outputs}
    assert digests == {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in EQUAL_WHEN_REPEATED}
    seal(folder)
    plan, *beams = read_doses(folder)
    assert (plan.kind, [b.beam_number for b in beams]) == (DoseKind.PLAN, [1, 2])
    assert plan.grid.size == tuple(4 * n for n in case.beam_doses[1].grid.size)
    np.testing.assert_allclose(beams[0].gy + beams[1].gy, plan.gy, atol=1e-6 * plan.gy.max())
    assert plan.algorithm == "tiny 0"
    (folder / "plan_dose.npy").write_bytes(b"")
    with pytest.raises(RefusedError, match=r"plan_dose\.npy must be as written"):
        read_doses(folder)


def test_a_job_obeys_the_site_that_it_names(case_folder: Path, model: Path, networks: Networks, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("require_commissioned: true\n")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(RefusedError, match="commissioned"):
        run_dose_job(case_folder, out, {"model": str(model), "site": str(site)}, networks=networks)
    assert list(out.iterdir()) == []


def test_a_network_is_loaded_once(
    case_folder: Path, model: Path, networks: Networks, done: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> None:
        raise AssertionError("loaded again")

    monkeypatch.setattr(dose_run, "DoseNetwork", load)
    options = {"model": str(model), "per_beam": False, "report": False}
    (tmp_path / "out").mkdir()
    record = run_dose_job(case_folder, tmp_path / "out", options, networks=networks)
    assert record.source == "plan dose"
    with pytest.raises(AssertionError, match="loaded again"):
        run_dose_job(case_folder, tmp_path / "out", options, networks=Networks())


class Stopped(BaseException):
    """What a worker raises when a job is cancelled."""


def test_what_progress_raises_ends_the_run_at_once(
    case_folder: Path, model: Path, networks: Networks, tmp_path: Path
) -> None:
    seen = []

    def stop(step: str, done: int, total: int) -> None:
        seen.append((step, done))
        if step.startswith("beam"):
            raise Stopped

    with pytest.raises(Stopped):
        run_dose_job(case_folder, tmp_path, {"model": str(model)}, networks=networks, progress=stop)
    assert [step for step, _ in seen] == ["read", "read", "check", "network", "beam 1 (1 of 2)"]
    assert list(tmp_path.iterdir()) == []


def test_accessories_are_refused(case_folder: Path, model: Path, networks: Networks, tmp_path: Path) -> None:
    options = {"model": str(model), "accessories": {"2": ["wedge"]}}
    with pytest.raises(RefusedError, match=r"accessories: expected plain beams, found .*wedge"):
        run_dose_job(case_folder, tmp_path, options, networks=networks)


@pytest.mark.parametrize("options", [{"modle": "ddn"}, {"per_beam": "perhaps"}, {"model": None}])
def test_unknown_options_are_named(options: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=next(iter(options))):
        run_dose_job(tmp_path, tmp_path, options, networks=Networks())


def test_a_case_without_beams_is_refused(case: Case, model: Path, networks: Networks, tmp_path: Path) -> None:
    """An evaluation-dose plan has a dose and no beams."""
    beamless = replace(case, plan=replace(case.plan, beams=()), beam_doses={})
    folder = write_case(beamless, tmp_path / "case")
    with pytest.raises(RefusedError, match="has_dose"):
        run_dose_job(folder, tmp_path, {"model": str(model)}, networks=networks)
