"""A batch of toys: what stops none of the others, what is done again and what is not."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from esapi_bridge.batch import find, run
from esapi_bridge.batch.find import Batch, find_batch
from esapi_bridge.batch.options import BatchOptions
from esapi_bridge.batch.outcome import End
from esapi_bridge.batch.place import open_batch
from esapi_bridge.batch.run import local_executor, run_batch
from esapi_bridge.batch.task import Task
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.executors.executor import Executor
from esapi_bridge.executors.processes import Processes
from esapi_bridge.models.site import SETTINGS_FILE, SITE_VARIABLE
from tests.batch.found import found_plans, put
from tests.batch.toy import Here, ToyWorker
from tests.tasks.conftest import make_model, model

__all__ = ["model"]  # fixture

HERE = Here()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of toy plans, named as what becomes of it."""
    monkeypatch.setattr(run, "PlanWorker", ToyWorker)
    monkeypatch.setattr(find, "find_plans", lambda root, *_, **__: found_plans(root))
    (tmp_path / "plans").mkdir()
    return tmp_path / "plans"


def do(root: Path, model: Path, executor: Executor = HERE, *, report: bool = True) -> Batch:
    with open_batch(root.parent / "out", Task.DOSE) as place:
        batch = find_batch(root, place, BatchOptions(Task.DOSE, str(model), report))
        run_batch(batch, executor)
    return batch


def begun(root: Path) -> Counter[str]:
    """How often each plan was begun."""
    return Counter((root.parent / "out" / "begun").read_text().split("\n")[:-1])


def test_no_plan_and_no_dying_process_stops_the_others(root: Path, model: Path) -> None:
    put(root, "dies", "failed", "mortal", "refused", *(f"good{n}" for n in range(3)))
    batch = do(root, model, Processes(2))
    ends = {key: outcome.end for key, outcome in batch.outcomes.items()}
    good = dict.fromkeys(["good0", "good1", "good2", "mortal"], End.DONE)
    assert ends == {**good, "dies": End.FAILED, "failed": End.FAILED, "refused": End.REFUSED}
    assert begun(root) == {**dict.fromkeys(ends, 1), "dies": 2, "mortal": 2}, "once more, and no more"
    assert batch.outcomes["dies"].reason.startswith("its process ended by itself twice, the second time with no other")
    processes = {(batch.place.out / key / "process").read_text() for key in good}
    assert str(os.getpid()) not in processes
    assert batch.at_work() == {}


def test_what_is_done_is_not_done_again(root: Path, model: Path) -> None:
    put(root, "failed", "good0", "good1", "refused")
    do(root, model)
    put(root, "good1", text="another plan")
    batch = do(root, model)
    assert begun(root) == {"good0": 1, "good1": 2, "refused": 1, "failed": 2}
    assert batch.before == 2


def test_refused_plans_are_tried_again_when_asked(root: Path, model: Path) -> None:
    put(root, "refused")
    do(root, model)
    with open_batch(root.parent / "out", Task.DOSE) as place:
        run_batch(find_batch(root, place, BatchOptions(Task.DOSE, str(model)), again=True), HERE)
    assert begun(root) == {"refused": 2}


def test_other_options_or_another_card_are_another_result(root: Path, model: Path, tmp_path: Path) -> None:
    put(root, "good")
    do(root, model)
    do(root, model, report=False)
    do(root, model, report=False)
    do(root, make_model(tmp_path / "other", sites=("pelvis",)), report=False)
    assert begun(root) == {"good": 3}


def test_as_many_at_once_as_fit_into_memory(root: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, "good0", "good1")
    monkeypatch.setattr(run, "free_memory_bytes", lambda: 1.0)
    with open_batch(root.parent / "out", Task.DOSE) as place:
        batch = find_batch(root, place, BatchOptions(Task.DOSE, str(model)))
        assert local_executor(batch, 2).workers == 1
        monkeypatch.setattr(run, "free_memory_bytes", lambda: 1e12)
        assert local_executor(batch, 2).workers == 2
        assert local_executor(batch, 9).workers == 2, "as many as there are plans"


def test_nothing_to_do_and_folders_within_one_another_are_refused(root: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="must hold plans"):
        do(root, model)
    put(root, "good")
    with open_batch(root / "out", Task.DOSE) as place, pytest.raises(BridgeError, match="folders apart"):
        find_batch(root, place, BatchOptions(Task.DOSE, str(model)))


def test_where_a_site_requires_approved_networks_no_plan_is_begun(
    root: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / SETTINGS_FILE).write_text("require_commissioned: true\n")
    monkeypatch.setenv(SITE_VARIABLE, str(tmp_path))
    put(root, "good")
    with pytest.raises(RefusedError, match="commissioned: expected a network commissioned and approved here"):
        do(root, model)
    assert not (root.parent / "out" / "begun").exists()
