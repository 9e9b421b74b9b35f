"""The queue by itself, without process and socket."""

from __future__ import annotations

import threading
from multiprocessing import Pipe
from pathlib import Path

import pytest

from esapi_bridge.worker import job_folder, protocol, server
from esapi_bridge.worker.desk import ClosingError, Desk, Stopped
from esapi_bridge.worker.job_folder import JobFolder


def submitted(jobs: Path) -> JobFolder:
    job_id, folder = job_folder.new_job(jobs)
    (folder / "case").mkdir()
    (folder / "case" / "case.json").write_text("{}")
    return job_folder.submit(jobs, job_id, "dose", {})


def ends(job: JobFolder) -> list[str]:
    return [n for n in ("result", "failed.json", "cancelled.json") if (job.path / n).exists()]


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    return submitted(tmp_path)


@pytest.fixture
def desk(tmp_path: Path, job: JobFolder) -> Desk:
    made = Desk(tmp_path)
    assert made.recover() == 1
    assert made.take(0) == job
    return made


def test_what_was_cancelled_is_neither_done_nor_failed(desk: Desk, job: JobFolder) -> None:
    partial = job.make_partial()
    assert desk.cancel(job.id).state == "cancelled"
    with pytest.raises(Stopped):
        desk.tell("beam 1", 1, 2)
    assert not desk.publish(partial)
    assert not desk.fail("too late", 1)
    assert ends(job) == ["cancelled.json"]


def test_what_is_done_is_neither_cancelled_nor_failed(desk: Desk, job: JobFolder) -> None:
    assert desk.publish(job.make_partial())
    assert desk.cancel(job.id).state == "done"
    assert not desk.fail("too late", 1)
    assert ends(job) == ["result"]


def test_done_and_cancelled_at_the_same_moment_is_one_of_both(tmp_path: Path) -> None:
    for _ in range(10):
        job, desk = submitted(tmp_path), Desk(tmp_path)
        desk.recover()
        desk.take(0)
        partial, gate = job.make_partial(), threading.Barrier(2)

        def cancel(desk: Desk = desk, job: JobFolder = job, gate: threading.Barrier = gate) -> None:
            gate.wait()
            desk.cancel(job.id)

        other = threading.Thread(target=cancel)
        other.start()
        gate.wait()
        desk.publish(partial)
        other.join()
        assert len(ends(job)) == 1


def test_a_failure_that_cannot_be_written_is_told_and_not_repeated(
    desk: Desk, job: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(JobFolder, "fail", full)
    with pytest.raises(OSError, match="No space"):
        desk.fail("disk full", 1)
    desk.leave()
    assert (desk.follow(job.id).state, desk.follow(job.id).message) == ("failed", "disk full")
    assert desk.overview() == (None, [])


def test_recovery_takes_up_jobs_that_have_not_ended_oldest_first(tmp_path: Path) -> None:
    jobs = [submitted(tmp_path) for _ in range(4)]
    jobs[1].publish(jobs[1].make_partial())
    (jobs[2].make_partial() / "half.npy").write_bytes(b"")
    desk = Desk(tmp_path)
    assert desk.recover() == 3
    assert desk.overview() == (None, sorted([jobs[0].id, jobs[2].id, jobs[3].id]))
    assert not list(jobs[2].path.glob(".partial-*"))


def test_a_closed_desk_starts_nothing_and_sends_clients_away(desk: Desk, job: JobFolder) -> None:
    assert not desk.close(only_if_idle=True)
    assert desk.close(only_if_idle=False)
    with pytest.raises(Stopped):
        desk.tell("beam 1", 1, 2)
    for ask in (desk.follow, desk.cancel):
        with pytest.raises(ClosingError):
            ask(job.id)
    desk.leave()
    assert desk.take(10) is None
    assert ends(job) == []


def test_an_idle_desk_closes(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(0.05) is None
    assert desk.is_closed


def test_a_full_disk_is_an_answer_not_the_end_of_a_connection(
    desk: Desk, job: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/home/somebody")

    monkeypatch.setattr(JobFolder, "cancel", full)
    client, worker = Pipe()
    with client, worker:
        protocol.send(client, {"type": "cancel", "id": job.id})
        answer = server._Connections(desk, b"")._reply(worker, greeted=True)
    assert answer["type"] == "error"
    assert answer["message"] == "a file of the job cannot be used: No space left on device; see to the disk"
