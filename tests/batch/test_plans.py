"""Real plans, small ones, through a batch: what a command makes of one, and nothing when it is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.batch.find import find_batch
from esapi_bridge.batch.options import BatchOptions
from esapi_bridge.batch.outcome import End
from esapi_bridge.batch.place import open_batch
from esapi_bridge.batch.run import run_batch
from esapi_bridge.batch.summary import write_summary
from esapi_bridge.batch.task import Task
from esapi_bridge.dicom import read_rtdose, write_export
from esapi_bridge.folders.user import STATE_VARIABLE
from esapi_bridge.tasks.dose.record import DoseRecord
from esapi_bridge.tasks.run_record import file_sha256, read_run
from tests.batch.toy import Here
from tests.tasks import fluence_case
from tests.tasks.conftest import PATIENT_ID, PATIENT_NAME, export, model

__all__ = ["export", "model"]  # fixtures


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))


@pytest.mark.slow
def test_doses(export: Path, model: Path, tmp_path: Path) -> None:
    options = BatchOptions(Task.DOSE, str(model), report=False)
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        batch = find_batch(export.parent, place, options)
        run_batch(batch, Here())
        summary = write_summary(batch)
        assert find_batch(export.parent, place, options).waiting == []
    (key,) = batch.plans
    folder = tmp_path / "out" / key
    record = read_run(folder / "run.json", DoseRecord)
    assert {file.name: file.sha256 for file in record.outputs} == {
        path.name: file_sha256(path) for path in folder.iterdir() if path.suffix == ".dcm"
    }
    assert read_rtdose(folder / "RTDOSE_PLAN.dcm").gy.max() == pytest.approx(record.metrics.maximum_gy["DDN"], rel=1e-6)
    (row,) = summary.answer["plans"]
    assert row["gamma_2_percent_2_mm"] == record.metrics.gamma[0].pass_percent
    assert (row["state"], row["page"]) == ("done", "")
    assert "SECRET" not in summary.page.read_text(encoding="utf-8")


def test_fluences(tmp_path: Path) -> None:
    write_export(fluence_case.make_case(), tmp_path / "plans", patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    options = BatchOptions(Task.FLUENCE, str(fluence_case.make_model(tmp_path / "tiny")), report=False)
    with open_batch(tmp_path / "out", Task.FLUENCE) as place:
        batch = find_batch(tmp_path / "plans", place, options)
        run_batch(batch, Here())
        (row,) = write_summary(batch).answer["plans"]
    assert [outcome.end for outcome in batch.outcomes.values()] == [End.DONE]
    assert len(list((tmp_path / "out").glob("*/*.optimal_fluence"))) == 7
    assert "PTV: PTV_44" in row["structures"]
