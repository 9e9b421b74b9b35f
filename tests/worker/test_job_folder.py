from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.errors import BridgeError, FailedCheck
from esapi_bridge.worker import job_folder
from esapi_bridge.worker.job_folder import JobFolder
from esapi_bridge.worker.state import JobState, State


def submitted(jobs: Path) -> JobFolder:
    job_id, folder = job_folder.new_job(jobs)
    (folder / "case").mkdir()
    (folder / "case" / "case.json").write_text("{}")
    return job_folder.submit(jobs, job_id, "dose", {"model": "ddn-lite"})


def test_a_new_job_is_seen_by_nobody_until_it_is_submitted(tmp_path: Path) -> None:
    job_id, folder = job_folder.new_job(tmp_path)
    assert folder.name == f".new-{job_id}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(job_folder.list_jobs(tmp_path)) == []
    with pytest.raises(BridgeError, match="expected a case folder in the new job"):
        job_folder.submit(tmp_path, job_id, "dose", {})
    job = submitted(tmp_path)
    assert list(job_folder.list_jobs(tmp_path)) == [job]
    assert not (tmp_path / f".new-{job.id}").exists()
    text = json.loads((job.path / "job.json").read_text())
    assert {k: text[k] for k in ("schema", "id", "task", "options", "intended_use")} == {
        "schema": 1, "id": job.id, "task": "dose", "options": {"model": "ddn-lite"}, "intended_use": INTENDED_USE,
    }  # fmt: skip
    assert job_folder.submit(tmp_path, job.id, "dose", {}) == job


def test_ids_sort_by_time(tmp_path: Path) -> None:
    ids = [job_folder.new_job(tmp_path)[0] for _ in range(50)]
    assert [i[:21] for i in ids] == sorted(i[:21] for i in ids)
    assert len(set(ids)) == 50


@pytest.mark.parametrize(
    "bad", ["", "..", "../../etc", "20260101T000000000000-0123456", "20260101T000000000000-0123abcd/", None, 7]
)
def test_an_id_cannot_be_a_path(tmp_path: Path, bad: object) -> None:
    with pytest.raises(BridgeError, match="a job id looks like"):
        job_folder.find_job(tmp_path, bad)  # type: ignore[arg-type]


def test_a_result_is_never_replaced(tmp_path: Path) -> None:
    job = submitted(tmp_path)
    for content in ("first", "second"):
        partial = job.make_partial()
        (partial / "result.json").write_text(content)
        if content == "first":
            job.publish(partial)
        else:
            with pytest.raises(OSError, match=r"not empty|exists"):
                job.publish(partial)
    assert (job.result / "result.json").read_text() == "first"
    assert job.ended() == JobState(State.DONE, exit_code=0)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"schema": 1, "exit_code": 3, "message": "energy"}', JobState(State.FAILED, message="energy", exit_code=3)),
        ('{"schema": 1, "exit_code": 1, "message": "disk"}', JobState(State.FAILED, message="disk", exit_code=1)),
        ("half", JobState(State.FAILED, message="failed for a reason that cannot be read", exit_code=1)),
        (
            '{"exit_code": 3, "message": "no", "checks": [{"check": "dose", "expected": "a", "found": "b"}, 7, {}]}',
            JobState(State.FAILED, message="no", exit_code=3, checks=(FailedCheck("dose", "a", "b"),)),
        ),
    ],
)
def test_how_a_job_failed(tmp_path: Path, content: str, expected: JobState) -> None:
    job = submitted(tmp_path)
    assert job.ended() is None
    (job.path / "failed.json").write_text(content)
    assert job.ended() == expected


def test_attempts_are_counted_and_what_was_cut_short_is_removed(tmp_path: Path) -> None:
    job = submitted(tmp_path)
    (job.make_partial() / "half.npy").write_bytes(b"1")
    (job.path / ".partial-failed.json-1").write_text("half")
    assert [job.count_attempt(), job.count_attempt()] == [1, 2]
    job.clean()
    assert sorted(p.name for p in job.path.iterdir()) == ["attempts.json", "case", "job.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 2, "task": "dose", "options": {}}', '{"schema": 1, "task": 1}'])
def test_a_job_of_another_schema_is_named(tmp_path: Path, text: str) -> None:
    job = submitted(tmp_path)
    (job.path / "job.json").write_text(text)
    with pytest.raises(BridgeError, match=r"job\.json must have schema 1"):
        job.description()
