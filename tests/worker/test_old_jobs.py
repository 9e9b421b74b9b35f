from __future__ import annotations

import os
from pathlib import Path

import pytest

from esapi_bridge.worker import job_folder
from esapi_bridge.worker.job_folder import JobFolder
from esapi_bridge.worker.old_jobs import DAY_S, remove_old_jobs

NOW_S = 2_000_000_000.0


def made(jobs: Path, end: str | None, age_days: float) -> JobFolder:
    job_id, folder = job_folder.new_job(jobs)
    (folder / "case").mkdir()
    (folder / "case" / "case.json").write_text("{}")
    job = job_folder.submit(jobs, job_id, "dose", {})
    if end == "result":
        job.publish(job.make_partial())
    elif end == "failed.json":
        job.fail("message", 1)
    elif end == "cancelled.json":
        job.cancel()
    if end:
        os.utime(job.path / end, (NOW_S - age_days * DAY_S,) * 2)
    return job


@pytest.mark.parametrize("end", ["result", "failed.json", "cancelled.json"])
def test_ended_jobs_are_kept_for_their_time(tmp_path: Path, end: str) -> None:
    old, young = made(tmp_path, end, 31), made(tmp_path, end, 29)
    assert remove_old_jobs(tmp_path, 30, NOW_S) == 1
    assert list(job_folder.list_jobs(tmp_path)) == [young]
    assert not old.path.exists()
    assert [p.name for p in tmp_path.iterdir()] == [young.id]


def test_a_job_that_has_not_ended_is_never_removed(tmp_path: Path) -> None:
    job = made(tmp_path, None, 0)
    os.utime(job.path, (0, 0))
    assert remove_old_jobs(tmp_path, 0, NOW_S) == 0
    assert job.path.exists()


def test_an_export_that_was_given_up_is_removed_after_a_day(tmp_path: Path) -> None:
    for age_days in (0.5, 1.5):
        _, folder = job_folder.new_job(tmp_path)
        (folder / "case").mkdir()
        os.utime(folder, (NOW_S - age_days * DAY_S,) * 2)
    assert remove_old_jobs(tmp_path, 30, NOW_S) == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_a_removal_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    (tmp_path / ".old-20260101T000000000000-00000000" / "case").mkdir(parents=True)
    remove_old_jobs(tmp_path, 30, NOW_S)
    assert list(tmp_path.iterdir()) == []
