"""The summary of a batch: worst first, the same on the page, in CSV and in JSON, and nothing of a label is code."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.batch.find import Batch
from esapi_bridge.batch.options import BatchOptions
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.place import BatchFolder
from esapi_bridge.batch.summary import Summary, write_summary
from esapi_bridge.batch.task import Task
from esapi_bridge.errors import FailedCheck
from esapi_bridge.tasks.dose.record import DoseRecord, GammaFigures, Metrics
from esapi_bridge.tasks.run_record import CheckResult, ModelUsed, OutputFile
from tests.batch.found import found_plan
from tests.tasks.conftest import model

__all__ = ["model"]  # fixture


def record(gamma: float, *warned: str) -> DoseRecord:
    """A run's record with a gamma and warnings."""
    checks = [CheckResult(check=name, verdict="warn", expected="one", found="two") for name in warned]
    checks.append(CheckResult(check="machine", verdict="pass", expected="TrueBeam", found="TrueBeam"))
    return DoseRecord(
        started="2026-01-01", versions={}, plan="plan", case_sha256="0" * 64, inputs=(), checks=tuple(checks),
        model=ModelUsed(name="tiny", version="0", sha256="0" * 64, card_sha256="0" * 64),
        outputs=(OutputFile(name="report.html", sha256="0" * 64),), seconds={"read": 1.0, "network": 2.0},
        source="field doses",
        metrics=Metrics(
            maximum_gy={"Input": 2.0, "DDN": 2.1}, mean_gy={"Input": 1.0, "DDN": 1.02}, errors=(),
            gamma=(
                GammaFigures(evaluated="DDN", reference="Input", criterion="2 %/2 mm, global", pass_percent=gamma),
                GammaFigures(evaluated="DDN", reference="Input", criterion="1 %/1 mm, global", pass_percent=gamma / 2),
            ),
        ),
    )  # fmt: skip


@pytest.fixture
def summary(tmp_path: Path, model: Path) -> Summary:
    outcomes = {key: Outcome(End.DONE) for key in ("good", "low", "warned")}
    outcomes["refused"] = Outcome(End.REFUSED, "refused by 1 check", (FailedCheck("machine", "TrueBeam", "Halcyon"),))
    outcomes["broken"] = Outcome(End.FAILED, "unexpected KeyError")
    for key, found in {
        "good": record(99.0, "commissioned"),
        "low": record(91.0),
        "warned": record(98.0, "body", "commissioned", "beam_sum"),
    }.items():
        (tmp_path / key).mkdir()
        found.write(tmp_path / key / "run.json")
    (tmp_path / "refused").mkdir()  # of earlier files
    (tmp_path / ".batch").mkdir()
    labels = {"good": "=1+1", "low": "<b>Low & slow</b>", "late": "-2"}
    outcomes["damaged"] = Outcome(End.DONE)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    plans = {key: found_plan(key, labels.get(key, key), tmp_path) for key in [*outcomes, "late"]}
    options = BatchOptions(Task.DOSE, str(model))
    return write_summary(Batch(BatchFolder(tmp_path), options, plans, dict.fromkeys(plans, ""), outcomes, 0))


def test_the_worst_comes_first(summary: Summary) -> None:
    found = [(row.key, row.state.value, row.verdict) for row in summary.rows]
    assert found == [
        ("broken", "failed", ""), ("damaged", "failed", ""), ("refused", "refused", "refuse"), ("late", "waiting", ""),
        ("warned", "done", "warn"), ("low", "done", "pass"), ("good", "done", "pass"),
    ]  # fmt: skip
    assert summary.exit_code == 1
    assert summary.answer["counts"] == {"failed": 2, "refused": 1, "waiting": 1, "done": 3}


def test_a_row_says_why_and_what(summary: Summary) -> None:
    by_plan = {row.plan: row.columns() for row in summary.rows}
    refused, warned = by_plan["refused"], by_plan["warned"]
    assert refused["checks"] == "machine"
    assert refused["reason"] == "refused by 1 check; its folder holds the result of earlier files or options"
    assert refused["page"] == ""
    assert by_plan["damaged"]["reason"] == "its run.json cannot be read: remove its folder, then run the batch again"
    assert warned["checks"] == "body, beam_sum"
    assert warned["page"] == "warned/report.html"
    assert (warned["gamma_2_percent_2_mm"], warned["gamma_1_percent_1_mm"]) == (98.0, 49.0)
    assert warned["mean_change_percent"] == pytest.approx(2.0)
    assert warned["seconds"] == 3.0


def test_csv_and_json_have_the_same_columns_and_no_formulas(summary: Summary) -> None:
    out = summary.page.parent
    said = json.loads((out / "summary.json").read_text())
    assert said["intended_use"] == INTENDED_USE
    with (out / "summary.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = list(csv.DictReader(stream))
    assert {*cells[0]} == {*said["plans"][0], "intended_use"}
    assert [row["state"] for row in cells] == [row["state"] for row in said["plans"]]
    assert {row["plan"] for row in cells} >= {"'=1+1", "'-2"}
    assert cells[0]["gamma_2_percent_2_mm"] == ""


def test_the_page_links_every_page_and_shows_labels_as_text(summary: Summary) -> None:
    page = summary.page.read_text(encoding="utf-8")
    for key in ("good", "low", "warned"):
        assert f'href="{key}/report.html"' in page
    assert "&lt;b&gt;Low &amp; slow&lt;/b&gt;" in page
    assert "<script" not in page
    assert INTENDED_USE in page
    assert "refused in 1, passed in 3" in page, "of all checks, how often each did what"
