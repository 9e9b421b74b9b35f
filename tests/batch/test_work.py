"""The process of a batch: networks loaded once, and an error is the outcome of its plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from esapi_bridge.batch import work
from esapi_bridge.batch.job import Job
from esapi_bridge.batch.options import BatchOptions
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.steps import Steps
from esapi_bridge.batch.task import Task
from esapi_bridge.batch.work import PlanWorker, outcome_of
from esapi_bridge.dicom import ExportFiles
from esapi_bridge.errors import BridgeError, FailedCheck, RefusedError
from esapi_bridge.tasks.fluence.job import FluenceOptions

CHECKS = (FailedCheck("machine", "TrueBeam", "Halcyon"),)


class OutOfMemoryError(RuntimeError):
    """As torch names its own."""


def raising(error: BaseException) -> Outcome:
    def work() -> None:
        raise error

    return outcome_of(work)


def test_every_error_is_the_outcome_of_its_plan() -> None:
    assert raising(RefusedError("no", CHECKS)) == Outcome(End.REFUSED, "no", CHECKS)
    assert raising(BridgeError("no")) == Outcome(End.FAILED, "no")
    assert raising(MemoryError()) == raising(OutOfMemoryError()) == Outcome(End.FAILED, "memory ran out", lost=True)
    full = raising(OSError(28, "No space left on device", "/home/doe"))
    assert full.reason.startswith("No space left on device")
    unexpected = raising(KeyError("Doe^John"))
    assert unexpected.end is End.FAILED
    assert unexpected.reason.startswith("unexpected KeyError in work.py line ")
    assert "Doe" not in unexpected.reason
    with pytest.raises(KeyboardInterrupt):
        raising(KeyboardInterrupt())


def test_all_plans_of_a_process_share_its_networks_and_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exported plans and case folders, after one that is refused."""
    told: list[dict[str, Any]] = []

    def refuse(*_: object, **__: object) -> None:
        raise RefusedError("no")

    monkeypatch.setattr(work, "run_dose", lambda *_, **options: told.append(options))
    monkeypatch.setattr(work, "run_dose_job", lambda *given, **options: told.append({**given[2], **options}))
    (tmp_path / "steps").mkdir()
    worker = PlanWorker(BatchOptions(Task.DOSE, "tiny", report=False, per_beam=False), Steps(tmp_path / "steps"))
    exported = Job("a", ExportFiles((tmp_path / "RP.dcm",)), "1.2.3", tmp_path / "fresh-a")
    with monkeypatch.context() as broken:
        broken.setattr(work, "run_dose", refuse)
        assert worker(exported).end is End.REFUSED
    assert [worker(job).end for job in (exported, Job("b", tmp_path, "", tmp_path / "fresh-b"))] == [End.DONE] * 2
    first, second = ({name: options[name] for name in ("model", "report", "per_beam", "networks")} for options in told)
    assert first == second == {"model": "tiny", "report": False, "per_beam": False, "networks": worker.networks}
    assert told[0]["plan"] == "1.2.3"


def test_what_fluences_shall_do_reaches_exported_plans_and_case_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(work, "run_fluence", lambda *_, **options: told.append(options))
    monkeypatch.setattr(work, "run_fluence_job", lambda *given, **_: told.append(given[2]))
    (tmp_path / "steps").mkdir()
    wished = {"spare": {"rectum": 1.5}, "from_contours": True, "dose_model": "ours"}
    options = BatchOptions(Task.FLUENCE, "tiny", goals=tmp_path / "goals.yaml", **wished)  # type: ignore[arg-type]
    worker = PlanWorker(options, Steps(tmp_path / "steps"))
    for source, key in ((ExportFiles((tmp_path / "RP.dcm",)), "a"), (tmp_path, "b")):
        assert worker(Job(key, source, "1.2.3", tmp_path / f"fresh-{key}")).end is End.DONE
    assert [given["goals" if "goals" in given else "goals_table"] for given in told] == [tmp_path / "goals.yaml"] * 2
    assert [{name: given[name] for name in wished} for given in told] == [wished] * 2
    FluenceOptions.read({name: value for name, value in told[1].items() if name != "report"}, "fluence")


def test_a_plan_says_how_far_it_is(tmp_path: Path) -> None:
    steps = Steps(tmp_path)
    progress = steps.of("a")
    progress("read", 0, 1)
    progress("beam 1 (1 of 2)", 3, 80)
    progress("beam 1 (1 of 2)", 4, 80)  # too soon after the last to be written
    found = steps.read()["a"]
    assert (found.name, found.done, found.total) == ("beam 1 (1 of 2)", 3, 80)
    (tmp_path / "b").write_text("half-writ")
    assert set(steps.read()) == {"a"}
    steps.ended("a")
    assert steps.read() == {}
