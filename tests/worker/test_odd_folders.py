"""Jobs folders that vanish, jobs that nobody submitted, disks that are full: the queue goes on, the client is told."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.progress import Progress
from esapi_bridge.worker import client, job_folder
from esapi_bridge.worker.desk import Desk
from esapi_bridge.worker.job_folder import JobFolder
from esapi_bridge.worker.runner import run_jobs
from esapi_bridge.worker.state import State
from tests.patience import LONGEST_S
from tests.worker.conftest import Workshop
from tests.worker.test_job_folder import submitted

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


@pytest.mark.parametrize(
    "text",
    ['"ten"', "[1]", '{"attempts": "ten"}', '{"attempts": [1]}', '{"attempts": null}', '{"attempts": NaN}',
     '{"attempts": Infinity}', '{"attempts": 1e400}', '{"attempts": -7}', '{"attempts": {}}', "{", "\0"],
)  # fmt: skip
def test_attempts_that_are_no_number_count_as_none(tmp_path: Path, text: str) -> None:
    job = submitted(tmp_path)
    (job.path / "attempts.json").write_text(text)
    assert [job.count_attempt(), job.count_attempt()] == [1, 2]


@posix
def test_a_pipe_or_a_mountain_for_a_description_fails_and_the_queue_goes_on(workshop: Workshop) -> None:
    jobs = [workshop.new() for _ in range(4)]
    for job in jobs[:3]:
        (job.path / "job.json").unlink()
    os.mkfifo(jobs[0].path / "job.json")
    with (jobs[1].path / "job.json").open("wb") as file:
        file.truncate(job_folder.MOST_BYTES + 1)
    (jobs[2].path / "job.json").symlink_to("/dev/zero")
    ended = workshop.finish(*jobs)
    assert [state.state for state in ended] == [State.FAILED] * 3 + [State.DONE]
    assert all("job.json must have schema 1" in state.message for state in ended[:3])
    assert all((job.path / "failed.json").is_file() for job in jobs[:3]), "set aside for good"


@posix
def test_what_is_no_folder_is_no_job(tmp_path: Path) -> None:
    job = submitted(tmp_path / "jobs")
    others = [job.path.with_name(f"{job.id[:-8]}0000000{n}") for n in range(3)]
    (tmp_path / "elsewhere").mkdir()
    others[0].symlink_to(tmp_path / "elsewhere")
    others[1].symlink_to(job.path)
    others[2].write_text("no folder")
    assert list(job_folder.list_jobs(tmp_path / "jobs")) == [job]
    for other in others:
        with pytest.raises(BridgeError, match="found none"):
            job_folder.find_job(tmp_path / "jobs", other.name)
    assert Desk(tmp_path / "jobs").recover() == 1


def test_a_folder_that_may_not_be_opened_does_not_keep_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, job = submitted(tmp_path), submitted(tmp_path)
    ended = JobFolder.ended

    def refusing(self: JobFolder) -> Any:
        if self == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return ended(self)

    monkeypatch.setattr(JobFolder, "ended", refusing)
    desk = Desk(tmp_path)
    assert desk.recover() == 1
    assert desk.take(0.0) == job


def test_a_worker_whose_jobs_folder_is_gone_ends_and_the_next_one_is_alone(workshop: Workshop) -> None:
    workshop.finish(workshop.new())
    first = client._started[-1]
    shutil.rmtree(workshop.home.jobs)
    (state,) = workshop.finish(workshop.new())
    assert state.state is State.DONE
    assert first.wait(LONGEST_S) == 0, "ended before the second could start"
    assert workshop.pid() != first.pid


def test_a_running_job_of_a_folder_that_is_gone_stops(tmp_path: Path) -> None:
    submitted(tmp_path)
    is_ours = True
    desk = Desk(tmp_path, lambda: is_ours)
    desk.recover()
    told = []

    def task(case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
        nonlocal is_ours
        told.append("started")
        is_ours = False
        progress("step", 0, 1)
        told.append("went on")

    run_jobs(desk, {"dose": task}, idle_timeout_s=60.0, most_attempts=10)
    assert told == ["started"]
    assert desk.is_closed


def test_a_full_disk_fails_the_job_that_met_it_and_the_next_worker_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [submitted(tmp_path), submitted(tmp_path)]
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path))

    def task(case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
        if case.parent == jobs[0].path:
            monkeypatch.setattr(JobFolder, "fail", lambda *_: (_ for _ in ()).throw(full))
            raise full

    desk = Desk(tmp_path)
    desk.recover()
    run_jobs(desk, {"dose": task}, idle_timeout_s=0.0, most_attempts=10)
    assert [job.ended() is not None for job in jobs] == [False, True], "the worker went on"
    assert desk._failed[jobs[0].id].message == (
        "a file of the job cannot be used: No space left on device; see to the disk, then submit it again"
    )
    monkeypatch.undo()
    after = Desk(tmp_path)
    assert after.recover() == 1
    run_jobs(after, {"dose": lambda *_: None}, idle_timeout_s=0.0, most_attempts=10)
    assert jobs[0].result.is_dir()


def test_a_worker_that_cannot_start_says_why_in_one_sentence(workshop: Workshop) -> None:
    job = workshop.new()
    (workshop.home.jobs / ".worker.lock").mkdir()
    with pytest.raises(BridgeError) as caught:
        workshop.ask("status", job)
    said = str(caught.value)
    assert said.startswith("the worker could not be started: the jobs folder cannot be used: Is a directory; ")
    assert str(workshop.home.jobs) not in said


@posix
def test_what_a_job_writes_is_its_owners_alone_whatever_the_client_masks(workshop: Workshop) -> None:
    before = os.umask(0)
    try:
        job = workshop.new()
        workshop.finish(job)
    finally:
        os.umask(before)
    made = [path for path in job.path.rglob("*") if "case" not in path.relative_to(job.path).parts]
    assert {"result", "run.json", "attempts.json", "job.json"} <= {path.name for path in made}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700, 0o600}
    assert stat.S_IMODE(job.path.stat().st_mode) == 0o700


def test_a_message_of_any_length_fits_an_answer(workshop: Workshop) -> None:
    job = workshop.new()
    check = {"check": "x" * 3000, "expected": "\U0001f600" * 1000, "found": "y" * 3000}
    failed = {"exit_code": 3, "message": "z" * 10**5, "checks": [check] * 30}
    (job.path / "failed.json").write_text(json.dumps(failed))
    state = workshop.status(job)
    assert (state.state, state.exit_code) == (State.FAILED, 3)
    assert len(state.message) <= 2000
    assert state.message.endswith("more characters")
