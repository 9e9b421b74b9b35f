"""``esapi-bridge batch``: exit codes, the answer for programs, what is shown meanwhile, and requests to end."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from esapi_bridge.batch import find, run
from esapi_bridge.batch.options import BatchOptions
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.place import open_batch
from esapi_bridge.batch.steps import Steps
from esapi_bridge.batch.task import Task
from esapi_bridge.cli import batch_table
from tests.batch.found import found_plans, put
from tests.batch.toy import Here, ToyWorker
from tests.cli.conftest import Run
from tests.patience import LONGEST_S
from tests.tasks.conftest import model

__all__ = ["model"]  # fixture


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of toy plans, done in this process."""
    monkeypatch.setattr(run, "PlanWorker", ToyWorker)
    monkeypatch.setattr(find, "find_plans", lambda root, *_, **__: found_plans(root))
    monkeypatch.setattr(run, "local_executor", lambda *_: Here())
    (tmp_path / "plans").mkdir()
    return tmp_path / "plans"


def test_the_exit_code_is_that_of_the_worst_plan(plans: Path, model: Path, esapi: Run) -> None:
    for name, code in (("refused", 3), ("failed", 1)):
        put(plans, name)
        ended = esapi("batch", plans, "-o", plans.parent / "out", "--task", "dose", "--model", model)
        assert ended.code == code
        assert f"{name}  " in ended.err, "a line a plan, where nobody watches"
        assert "summary " in ended.out


def test_the_answer_for_programs_is_the_summary(plans: Path, model: Path, esapi: Run) -> None:
    put(plans, "refused")
    ended = esapi("-q", "batch", plans, "-o", plans.parent / "out", "--task", "dose", "--model", model, "--json")
    assert ended.answer == json.loads((plans.parent / "out" / "summary.json").read_text())
    assert ended.answer["plans"][0]["reason"] == "refused by 1 check"
    assert "refused" not in ended.err


def test_the_live_table_shows_who_is_at_work_and_what_is_left(plans: Path, model: Path) -> None:
    for name in ("ended", "there", "now", "later"):
        put(plans, name)
    with open_batch(plans.parent / "out", Task.DOSE) as place:
        found = find.find_batch(plans, place, BatchOptions(Task.DOSE, str(model)))
        found.outcomes["ended"] = Outcome(End.REFUSED, "refused by 1 check", seconds=2.5)
        Steps(place.steps).of("now")("beam 2 (2 of 9)", 14, 80)
        console = Console(width=100, record=True, file=io.StringIO())
        console.print(batch_table._table(found, time.monotonic() - 60))
    text = console.export_text()
    assert "beam 2 (2 of 9) 14/80" in text
    assert "refused by 1 check" in text
    assert "3 waiting, 1 refused; about 0:03:00 left" in text
    assert "later" not in text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such request")
def test_a_request_to_end_is_exit_code_4_and_leaves_a_batch_to_go_on_with(tmp_path: Path, model: Path) -> None:
    plans, out = tmp_path / "plans", tmp_path / "out"
    plans.mkdir()
    put(plans, "slow")
    words = ["batch", plans, "-o", out, "--task", "dose", "--model", model, "--jobs", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.batch.toy_batch", *map(str, words)], stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + LONGEST_S
    while not (out / ".batch" / "steps" / "slow").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 4, err
    assert b"Traceback" not in err
    states = {row["plan"]: row["state"] for row in json.loads((out / "summary.json").read_text())["plans"]}
    assert states["slow"] == "waiting"


def test_the_work_is_done_here_or_on_a_cluster(tmp_path: Path, esapi: Run) -> None:
    said = ("batch", tmp_path, "-o", tmp_path / "out", "--task", "dose", "--cluster", "tcp://node1:8786")
    ended = esapi(*said, "--jobs", 2)
    assert ended.code == 2
    assert "give one of the two" in ended.err
    assert not (tmp_path / "out").exists()
