"""DeepDoseNet from plug-in to saved plan: pythonnet, worker, network, evaluation dose, on the mock Eclipse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from esapi_bridge.case import Case, Grid, Unit, Volume
from esapi_bridge.case.resample import resample
from esapi_bridge.dicom import write_export
from esapi_bridge.dicom.read.rtdose import dose_from_dataset
from esapi_bridge.tasks.dose.export import run_dose
from tests.scripts.conftest import Eclipse
from tests.scripts.mono import needs_mono
from tests.scripts.plans import COURSE, PATIENT, PLAN, cylinder, plan_files, prone, states, write_database
from tests.scripts.saved_run import RESEARCH_COURSE, SavedRun

pytestmark = [needs_mono, pytest.mark.slow]

PRESCRIPTION_GY = 40.0
COUNT_GY = PRESCRIPTION_GY * 1e-4 / 100
"""What a count is worth in a plan with the prescription and normalisation 100 %, by the mock's definition."""


def network_dose(result: Path) -> Volume:
    """What the worker answered."""
    description = json.loads((result / "result.json").read_text())
    (part,) = (dose for dose in description["doses"] if dose["kind"] == "PLAN")
    grid = Grid(**{name: tuple(value) for name, value in part["grid"].items()})
    return Volume(np.load(result / part["array"]["file"]), grid, Unit.GY)


POSITIONS: dict[str, Callable[[Case], Case]] = {"HFS": lambda case: case, "HFP": prone}


@pytest.fixture(scope="module", params=POSITIONS)
def run(request: pytest.FixtureRequest, eclipse: Eclipse, tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    case = POSITIONS[request.param](cylinder())
    database = write_database(tmp_path_factory.mktemp("db"), {PLAN: case, "Approved": states(case)["Approved"]})
    before = plan_files(database)
    # The prone plan is an approved one: it is read all the same.
    plan = PLAN if request.param == "HFS" else "Approved"
    answer = eclipse.run("DeepDoseNet", database, plan, patient=PATIENT, save=True)
    assert answer["exit_code"] == 0, answer["message"]
    assert answer["saved"]
    result = max(eclipse.jobs.glob("2*"), key=lambda job: job.name) / "result"
    return SavedRun(answer, database, before, result)


def test_the_dose_is_the_networks_to_half_a_count(run: SavedRun) -> None:
    dose = run.written.plan_dose
    assert dose is not None
    assert dose.grid.spacing_mm == pytest.approx((1.25, 1.25, 1.25))
    expected = resample(network_dose(run.result), dose.grid, 0.0)
    assert expected.values.max() > 1.0
    largest = np.abs(dose.gy.astype(float) - expected.values).max()
    assert largest <= 0.5 * COUNT_GY + 2e-6  # float32 of the two files
    assert run.answer["outcome"]["largest_deviation_gy"] <= 0.5 * COUNT_GY * 1.001
    assert run.answer["outcome"]["count_gy"] == pytest.approx(COUNT_GY)


def test_the_new_plan_has_no_beams_and_the_prescription_of_the_old(run: SavedRun) -> None:
    plan = run.written.plan
    assert (plan.beams, plan.fractions) == ((), 20)
    assert plan.prescription_gy == pytest.approx(PRESCRIPTION_GY)
    assert plan.normalisation_percent == 100.0
    assert run.answer["outcome"]["plan"].startswith("DDN_")
    assert len(run.answer["outcome"]["plan"]) <= 13


def test_the_plans_there_were_are_untouched(run: SavedRun) -> None:
    after = plan_files(run.database)
    assert {name: after[name] for name in run.before} == run.before
    assert [plan["id"] for plan in run.courses[COURSE]] == [PLAN, "Approved"]


def test_the_copy_that_gave_the_grid_is_gone(run: SavedRun) -> None:
    assert len(run.courses[RESEARCH_COURSE]) == 1


def test_the_outcome_is_for_users(run: SavedRun) -> None:
    """What Eclipse's process imports is tested in tests/eclipse/test_bridge.py."""
    outcome = run.answer["outcome"]
    assert not [name for name in outcome if name.endswith("_loaded")]
    assert outcome["python_start_s"] > 0


def test_there_is_a_report(run: SavedRun) -> None:
    assert Path(run.answer["outcome"]["report"]).is_file()


def test_prone_and_supine_get_the_same_dose(eclipse: Eclipse, run: SavedRun) -> None:
    """The prone plan is the supine one stored backwards, so the network must see the same in the patient."""
    results = sorted(job / "result" for job in eclipse.jobs.glob("2*") if (job / "result").is_dir())
    volumes = [network_dose(result) for result in (results[0], run.result)]
    on_one_grid = resample(volumes[1], volumes[0].grid, 0.0)
    np.testing.assert_allclose(on_one_grid.values, volumes[0].values, atol=1e-4)


SAME_DOSE = 5e-4
"""Of the maximum: what the two ways out of Eclipse may differ by, most of it from how DICOM and Eclipse round."""


def test_the_way_through_dicom_gives_the_same_dose(run: SavedRun, tmp_path: Path) -> None:
    write_export(cylinder(), tmp_path / "export", patient_id=PATIENT, patient_name="Canary^Carl")
    result = run_dose(tmp_path / "export", tmp_path / "out", model="ddn-lite", report=False)
    exported = dose_from_dataset(pydicom.dcmread(result.plan_file))
    dose = run.written.plan_dose
    assert dose is not None
    on_grid = resample(exported.volume, dose.grid, 0.0).values
    assert np.abs(dose.gy - on_grid).max() <= SAME_DOSE * dose.gy.max()


def test_one_eclipse_runs_the_script_again_and_again(eclipse: Eclipse, tmp_path: Path) -> None:
    """Python cannot be started twice in a process; three runs share one."""
    database = write_database(tmp_path / "db", {PLAN: cylinder()})
    outcome = eclipse.run_and_save_anyway(
        "DeepDoseNet", database, PATIENT, COURSE, PLAN, "3", ESAPI_BRIDGE_CANCEL_AT="reading CT"
    )
    assert outcome["exit_code"] == 4, outcome["message"]


@pytest.mark.parametrize("step", ["Eclipse calculates", "writing dose", "reading dose back"])
def test_what_was_added_is_taken_back(eclipse: Eclipse, tmp_path: Path, step: str) -> None:
    database = write_database(tmp_path / "db", {PLAN: cylinder()})
    before = plan_files(database)
    outcome = eclipse.run_and_save_anyway("DeepDoseNet", database, PATIENT, COURSE, PLAN, ESAPI_BRIDGE_CANCEL_AT=step)
    assert outcome["exit_code"] == 4
    record = json.loads((database / "patients" / PATIENT / "patient.json").read_text())
    assert [(course["id"], [plan["id"] for plan in course["plans"]]) for course in record["courses"]] == [
        (COURSE, [PLAN])
    ]
    after = plan_files(database)
    assert {name: after[name] for name in before} == before


def test_a_failing_calculation_is_told_and_taken_back(eclipse: Eclipse, tmp_path: Path) -> None:
    database = write_database(tmp_path / "db", {PLAN: cylinder()})
    told = eclipse.run_and_save_anyway("DeepDoseNet", database, PATIENT, COURSE, PLAN, ESAPI_BRIDGE_PYTHON="/bin/false")
    assert told["exit_code"] == 1
    assert "must be calculated on a grid of 0.125 cm" in told["message"]
    record = json.loads((database / "patients" / PATIENT / "patient.json").read_text())
    assert [course["id"] for course in record["courses"]] == [COURSE]
