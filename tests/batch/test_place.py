"""The folder of a batch: whose it is, and what is left of it wherever a batch was killed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.place import BatchFolder, open_batch
from esapi_bridge.batch.task import Task
from esapi_bridge.errors import BridgeError, FailedCheck
from esapi_bridge.folders.durable import PARTIAL, rename
from esapi_bridge.folders.sealed import SUMS_FILE, check_sealed

KEY, IDENTITY, OTHER = "plan-1", "a" * 32, "b" * 32


def make_fresh(place: BatchFolder, text: str, identity: str = IDENTITY) -> Path:
    """A result as a task leaves it."""
    folder = place.fresh(KEY, identity)
    folder.mkdir()
    (folder / "dose").write_text(text)
    (folder / "run.json").write_text(json.dumps({"schema": 1, "outputs": [{"name": "dose"}]}))
    return folder


def dose(place: BatchFolder) -> str:
    return (place.out / KEY / "dose").read_text()


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BridgeError, match="choose another name"), open_batch(tmp_path, Task.DOSE):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_batches_never_work_in_one_folder(tmp_path: Path) -> None:
    refused = pytest.raises(BridgeError, match="another at work")
    with open_batch(tmp_path / "out", Task.DOSE), refused, open_batch(tmp_path / "out", Task.DOSE):
        pass
    with open_batch(tmp_path / "out", Task.DOSE):
        pass


def test_a_folder_is_of_one_task(tmp_path: Path) -> None:
    with open_batch(tmp_path / "out", Task.DOSE):
        pass
    refused = pytest.raises(BridgeError, match="must be of a batch of fluence, found one of dose")
    with refused, open_batch(tmp_path / "out", Task.FLUENCE):
        pass


def test_a_result_is_done_for_what_it_was_made_of_and_for_nothing_else(tmp_path: Path) -> None:
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        make_fresh(place, "first")
        place.publish(KEY, IDENTITY)
        assert place.outcome(KEY, IDENTITY) == Outcome(End.DONE)
        assert place.outcome(KEY, OTHER) is None
        (place.out / KEY / "dose").unlink()
        assert place.outcome(KEY, IDENTITY) is None, "a file of it is gone"


def test_a_new_result_replaces_the_old_one(tmp_path: Path) -> None:
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        make_fresh(place, "first")
        place.publish(KEY, IDENTITY)
        make_fresh(place, "second", OTHER)
        place.publish(KEY, OTHER)
        assert dose(place) == "second"
        assert not list((place.state / "old").iterdir())


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_killed_while_a_result_gets_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int) -> None:
    """After every rename: the old result or the new one is there, and the next batch puts the new one in its place."""
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        make_fresh(place, "first")
        place.publish(KEY, IDENTITY)
        make_fresh(place, "second", OTHER)
        left = [renames]

        def die(source: Path, target: Path) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise SystemExit
            rename(source, target)

        def die_too(path: Path, **_: object) -> None:
            if path.exists():
                raise SystemExit

        with monkeypatch.context() as killed:
            killed.setattr("esapi_bridge.batch.place.rename", die)
            killed.setattr("esapi_bridge.batch.place.shutil.rmtree", die_too)
            with pytest.raises(SystemExit):
                place.publish(KEY, OTHER)
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        assert dose(place) == ("second" if renames == 2 else "first")
        assert place.outcome(KEY, OTHER) == Outcome(End.DONE)
        assert dose(place) == "second"
        assert not [*(place.state / "old").iterdir(), *(place.state / "fresh").iterdir()]


def test_a_whole_result_of_other_inputs_is_removed(tmp_path: Path) -> None:
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        kept, stale = make_fresh(place, "first"), make_fresh(place, "second", OTHER)
        place.forget({IDENTITY})
        assert (kept.exists(), stale.exists()) == (True, False)


def test_a_folder_that_no_batch_made_is_never_replaced(tmp_path: Path) -> None:
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        make_fresh(place, "first")
        (place.out / KEY).mkdir()
        (place.out / KEY / "notes.txt").write_text("mine")
        with pytest.raises(BridgeError, match="found another one"):
            place.publish(KEY, IDENTITY)
        assert (place.out / KEY / "notes.txt").read_text() == "mine"


def test_why_a_plan_was_refused_is_remembered_for_the_same_inputs(tmp_path: Path) -> None:
    refused = Outcome(End.REFUSED, "refused by 1 check", (FailedCheck("machine", "TrueBeam", "Halcyon"),), seconds=1.5)
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        place.remember(KEY, IDENTITY, refused)
        assert place.outcome(KEY, IDENTITY) == refused
        assert place.outcome(KEY, OTHER) is None
        make_fresh(place, "first")
        place.publish(KEY, IDENTITY)
        assert place.outcome(KEY, IDENTITY) == Outcome(End.DONE)


def test_the_result_of_a_case_folder_stays_sealed(tmp_path: Path) -> None:
    """Put in its place once more, as after a kill."""
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        (make_fresh(place, "first") / "result.json").write_text("{}")
        (place.fresh(KEY, IDENTITY) / SUMS_FILE).write_text("of an earlier attempt")
        (place.fresh(KEY, IDENTITY) / f"{PARTIAL}1").write_text("cut short")
        place.publish(KEY, IDENTITY)
        assert set(check_sealed(place.out / KEY)) == {"batch.json", "dose", "result.json", "run.json"}


@pytest.mark.parametrize(("check", "again"), [("commissioned", True), ("machine", False)])
def test_a_plan_refused_for_a_network_that_was_not_approved_is_tried_again(
    tmp_path: Path, check: str, again: bool
) -> None:
    refused = Outcome(End.REFUSED, "refused by 1 check", (FailedCheck(check, "one", "two"),))
    with open_batch(tmp_path / "out", Task.DOSE) as place:
        place.remember(KEY, IDENTITY, refused)
        assert place.outcome(KEY, IDENTITY) == (None if again else refused)
