"""What the scripts refuse, or networks by their cards: a clear sentence, nothing written, exit code 3 or 4."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.conftest import Eclipse
from tests.scripts.mono import needs_mono
from tests.scripts.plans import LAST_NAME, PATIENT, PLAN, cylinder, states, write_database

pytestmark = needs_mono

SCRIPTS = ("DeepDoseNet", "ExportCase")
FAILED, REFUSED, CANCELLED = 1, 3, 4

MESSAGES = {
    None: "an open external-beam photon plan is needed",
    "NoDose": "the plan needs a calculated dose",
    "NoRx": "the plan needs a prescription",
    "SetupOnly": "it has set-up fields only",
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_database(tmp_path_factory.mktemp("db"), states(cylinder()))


def files(*folders: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def assert_nothing_happened(answer: dict[str, Any]) -> None:
    assert (answer["changed"], answer["saved"]) == (False, False)
    assert answer["outcome"]["intended_use"] == "Research use only, not for clinical use."
    assert LAST_NAME not in answer["message"]
    assert PATIENT not in answer["message"]


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("plan", MESSAGES)
def test_a_plan_that_cannot_serve_is_refused(eclipse: Eclipse, database: Path, script: str, plan: str | None) -> None:
    before = files(database, eclipse.home / "exports")
    answer = eclipse.run(script, database, plan, patient=PATIENT, save=True)
    assert answer["exit_code"] == REFUSED
    assert MESSAGES[plan].lower() in answer["message"].lower()
    assert_nothing_happened(answer)
    assert files(database, eclipse.home / "exports") == before
    assert not list(eclipse.jobs.glob(".new-*"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_without_a_patient(eclipse: Eclipse, database: Path, script: str) -> None:
    answer = eclipse.run(script, database)
    assert answer["exit_code"] == REFUSED
    assert answer["message"].startswith("An open patient is needed, none is open")
    assert_nothing_happened(answer)


def test_an_approved_plan_is_read_and_said_to_be_approved(eclipse: Eclipse, database: Path) -> None:
    answer = eclipse.run("ExportCase", database, "Approved", patient=PATIENT)
    assert answer["exit_code"] == 0
    assert "is approved (TreatmentApproved); it is only read" in answer["message"]


@pytest.mark.parametrize("plan", ["Approved", PLAN])
def test_conformance_by_writing_refuses_a_patient_with_an_approved_plan(
    eclipse: Eclipse, database: Path, plan: str
) -> None:
    before = files(database, eclipse.home / "exports")
    answer = eclipse.run("EsapiConformanceWrite", database, plan, patient=PATIENT, save=True)
    assert answer["exit_code"] == REFUSED
    assert "found a patient with an approved or treated plan" in answer["message"]
    assert_nothing_happened(answer)
    assert files(database, eclipse.home / "exports") == before


def test_a_wrong_energy_is_refused_by_the_networks_card(eclipse: Eclipse, database: Path) -> None:
    before = files(database)
    answer = eclipse.run("DeepDoseNet", database, "Energy18X", patient=PATIENT, save=True)
    assert answer["exit_code"] == REFUSED
    assert re.search(r"energy: expected [^;]*10X-FFF[^;]*, found 18X", answer["message"])
    assert_nothing_happened(answer)
    assert files(database) == before


@pytest.mark.parametrize("step", ["reading structures", "reading CT", "closing the case"])
def test_a_cancelled_export_leaves_nothing(eclipse: Eclipse, database: Path, step: str) -> None:
    exports = eclipse.home / "exports"
    exports.mkdir(exist_ok=True)
    before = sorted(exports.iterdir())
    answer = eclipse.run("ExportCase", database, PLAN, patient=PATIENT, ESAPI_BRIDGE_CANCEL_AT=step)
    assert answer["exit_code"] == CANCELLED
    assert_nothing_happened(answer)
    assert sorted(exports.iterdir()) == before


@pytest.mark.parametrize("step", ["starting Python", "reading CT", "worker"])
def test_a_cancelled_calculation_leaves_nothing(eclipse: Eclipse, database: Path, step: str) -> None:
    answer = eclipse.run("DeepDoseNet", database, PLAN, patient=PATIENT, save=True, ESAPI_BRIDGE_CANCEL_AT=step)
    assert answer["exit_code"] == CANCELLED
    assert answer["message"] == "Cancelled; nothing was kept."
    assert_nothing_happened(answer)
    assert not list(eclipse.jobs.glob(".new-*"))
    jobs = [job for job in eclipse.jobs.glob("2*") if (job / "case").is_dir()]
    assert all(any((job / end).exists() for end in ("result", "failed.json", "cancelled.json")) for job in jobs)


@pytest.mark.parametrize(
    ("switch", "reason"), [("--no-licence", "No valid license"), ("--clinical", "is not approved")]
)
def test_a_site_that_lets_no_script_write(eclipse: Eclipse, database: Path, switch: str, reason: str) -> None:
    jobs = sorted(eclipse.jobs.glob("2*"))
    answer = eclipse.run("DeepDoseNet", database, PLAN, switch, patient=PATIENT)
    assert answer["exit_code"] == REFUSED
    assert reason in answer["message"]
    assert_nothing_happened(answer)
    assert sorted(eclipse.jobs.glob("2*")) == jobs  # before anything was calculated


def test_an_unforeseen_error_is_told_with_its_words_but_without_identities(eclipse: Eclipse, database: Path) -> None:
    """The exception names a folder; the record and the log must not."""
    folder = f"/proc/{LAST_NAME}/{PATIENT}"
    answer = eclipse.run("ExportCase", database, PLAN, patient=PATIENT, ESAPI_BRIDGE_EXPORTS=folder)
    assert answer["exit_code"] == FAILED
    assert answer["message"].startswith(
        "An unexpected error ended the script: DirectoryNotFoundException: Could not find"
    )
    log = (eclipse.home / "data" / "esapi-bridge" / "logs" / answer["outcome"]["log"]).read_text()
    entry = log[log.rindex(" ExportCase: Failed") :]
    assert "System.IO.DirectoryNotFoundException: Could not find" in entry
    assert "at VMS.TPS.Script.Run" in entry
    for name in (LAST_NAME, PATIENT, PLAN, "/proc"):
        assert name not in answer["message"] + log


def test_what_eclipse_says_is_in_the_log(eclipse: Eclipse, database: Path) -> None:
    answer = eclipse.run("DeepDoseNet", database, PLAN, "--no-licence", patient=PATIENT)
    assert "Eclipse says: " in answer["message"]
    log = (eclipse.home / "data" / "esapi-bridge" / "logs" / answer["outcome"]["log"]).read_text()
    entry = log[log.rindex(" DeepDoseNet: Refused") :]
    assert "No valid license to modify patient data with script." in entry
    assert "at VMS.TPS.Common.Model.API.Patient.BeginModifications" in entry
