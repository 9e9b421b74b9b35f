"""The whole worker, as its own process, asked over its socket."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import pytest

import esapi_bridge
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.sealed import check_sealed
from esapi_bridge.worker import client, protocol
from tests.patience import LONGEST_S
from tests.worker.conftest import Workshop

posix = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets and signals")


def connect(workshop: Workshop, key: bytes | None = None) -> protocol.AnyConnection:
    contact = workshop.home.contact()
    assert contact is not None
    connection = Client(contact.address)
    protocol.prove_first(connection, key or contact.key, 5.0)
    return connection


def hello(connection: protocol.AnyConnection) -> dict[str, Any]:
    protocol.send(connection, {"type": "hello", "protocol": 1, "version": esapi_bridge.__version__})
    return protocol.receive(connection, 5.0)


def test_jobs_are_done_in_the_order_of_their_ids(workshop: Workshop) -> None:
    first = workshop.new("wait")
    workshop.until(lambda: workshop.status(first).step == "waiting")
    others = [workshop.new(parts=n) for n in range(1, 4)]
    for job in (others[2], others[0], others[1]):
        workshop.ask("submit", job)
    assert [workshop.status(job).message for job in others] == [f"{n} before this one" for n in (1, 2, 3)]
    assert workshop.ask("overview")["queued"] == [job.id for job in others]
    (first.path / "go").touch()
    assert [s.state for s in workshop.finish(first, *others)] == ["done"] * 4
    starts = [e["id"] for e in workshop.journal() if e["event"] == "start"]
    assert list(dict.fromkeys(starts)) == [first.id, *(job.id for job in others)]
    assert len({e["pid"] for e in workshop.journal()}) == 1
    for job in others:
        assert {"result.json", "run.json", "part_0.npy"} <= set(check_sealed(job.result))


def test_two_clients_at_once_have_one_worker(workshop: Workshop) -> None:
    """Two processes, as two Eclipses would be, start the worker at the same moment."""
    jobs = [workshop.new(rounds=2000) for _ in range(6)]
    code = (
        "import sys, json; from pathlib import Path; from esapi_bridge.worker import client; "
        "from esapi_bridge.worker.home import WorkerHome; client.MODULE = 'tests.worker.toy_worker'; "
        f"launch = client.Launch(sys.executable, ({str(workshop.launch.search_path[0])!r},), 60.0); "
        "home = WorkerHome(Path(sys.argv[1]))\n"
        "for job in sys.argv[2:]:\n"
        "    ask = lambda: client.ask(home, {'type': 'status', 'id': job}, launch)['state']\n"
        "    while (state := ask()) in {'queued', 'running'}: pass\n"
        "    assert state == 'done', state\n"
    )
    commands = [[sys.executable, "-c", code, str(workshop.home.jobs), *(j.id for j in jobs[n::2])] for n in (0, 1)]
    clients = [subprocess.Popen(command) for command in commands]
    assert [c.wait(timeout=LONGEST_S) for c in clients] == [0, 0]
    assert len({e["pid"] for e in workshop.journal()}) == 1
    assert sorted(e["id"] for e in workshop.journal() if e["event"] == "start") == sorted(j.id for j in jobs)


def test_a_second_worker_of_the_same_folder_ends_at_once(workshop: Workshop) -> None:
    pid = workshop.pid()
    assert client.start(workshop.home, workshop.launch).wait(timeout=LONGEST_S) == 0
    assert workshop.pid() == pid


def test_a_running_job_is_cancelled_at_its_next_word_of_progress(workshop: Workshop) -> None:
    job, after = workshop.new("wait"), workshop.new()
    workshop.until(lambda: workshop.status(job).step == "waiting")
    assert workshop.ask("cancel", job)["state"] == "cancelled"
    (state,) = workshop.finish(after)
    assert state.state == "done", "the task, which would wait for ever, stopped, and the next one was done"
    assert workshop.status(job).exit_code == 4
    assert sorted(p.name for p in job.path.iterdir()) == ["attempts.json", "cancelled.json", "case", "job.json"]


def test_a_cancelled_job_stays_cancelled_though_its_task_goes_on(workshop: Workshop) -> None:
    job, after = workshop.new("deaf"), workshop.new()
    workshop.until(lambda: workshop.status(job).state == "running" and workshop.journal())
    assert workshop.ask("cancel", job)["state"] == "cancelled"
    (job.path / "go").touch()
    workshop.finish(after)
    assert workshop.status(job).state == "cancelled"
    assert not job.result.exists()


def test_a_waiting_job_is_cancelled_and_never_started(workshop: Workshop) -> None:
    first, second = workshop.new("wait"), workshop.new()
    workshop.until(lambda: workshop.status(first).step == "waiting")
    workshop.ask("submit", second)
    assert workshop.ask("cancel", second)["state"] == "cancelled"
    (first.path / "go").touch()
    workshop.finish(first)
    assert second.id not in {e["id"] for e in workshop.journal()}
    assert workshop.ask("cancel", first)["state"] == "done", "what is done cannot be cancelled"


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ("bridge", 1, "expected a toy, found none"),
        ("refused", 3, "refused by 1 check: toy"),
        ("disk", 1, "a file of the job cannot be used: No space left on device"),
        ("else", 1, "unexpected ValueError in runner.py line"),
    ],
)
def test_a_job_that_fails_says_why_and_has_no_result(workshop: Workshop, how: str, code: int, message: str) -> None:
    job, after = workshop.new("fail", how=how), workshop.new()
    (state, _) = workshop.finish(job, after)
    assert (state.state, state.exit_code) == ("failed", code)
    assert message in state.message
    assert "Canary" not in state.message
    assert sorted(p.name for p in job.path.iterdir()) == ["attempts.json", "case", "failed.json", "job.json"]
    assert "Canary" not in workshop.home.log.read_text() + workshop.home.start_log.read_text()


def test_an_unknown_task_fails(workshop: Workshop) -> None:
    (state,) = workshop.finish(workshop.new("bake"))
    assert state.message == "expected a task of crash, deaf, fail, hash, wait, found another; update esapi-bridge"


def test_a_job_that_takes_the_worker_down_is_given_up(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_MOST_ATTEMPTS", "3")
    poison, after = workshop.new("crash"), workshop.new()

    def ended() -> bool:
        try:
            return workshop.status(after).exit_code is not None
        except BridgeError:
            return False

    workshop.until(ended)
    assert workshop.status(after).state == "done"
    assert workshop.status(poison).message.startswith("the worker ended 3 times during this job")
    assert [e["id"] for e in workshop.journal()].count(poison.id) == 3


def test_progress_is_fresh_at_every_question(workshop: Workshop) -> None:
    job = workshop.new("wait")
    workshop.until(lambda: workshop.status(job).step == "waiting")
    told = [workshop.status(job).done]

    def is_news() -> bool:
        return workshop.status(job).done > told[-1]

    for _ in range(3):
        workshop.until(is_news)
        told.append(workshop.status(job).done)
    (job.path / "go").touch()
    workshop.finish(job)


@posix
def test_a_client_that_disappears_does_no_harm(workshop: Workshop) -> None:
    job = workshop.new("wait")
    workshop.until(lambda: workshop.status(job).step == "waiting")
    contact = workshop.home.contact()
    assert contact is not None
    for left_after in range(4):
        raw = socket.socket(socket.AF_UNIX)
        raw.connect(contact.address)
        if left_after == 1:
            raw.recv(10)
        if left_after == 2:
            raw.send(struct.pack("!i", 100) + b"half of a mess")
        if left_after == 3:
            raw.send(struct.pack("!i", 2_000_000_000) + b"{")
        raw.close()
    asked = connect(workshop)
    hello(asked)
    protocol.send(asked, {"type": "status", "id": job.id})
    asked.close()
    (job.path / "go").touch()
    assert workshop.finish(job)[0].state == "done"


MALFORMED = [
    b"",
    b"{",
    b"\x80\x04\x95",
    b"[]",
    b'"status"',
    b"{}",
    b'{"type": 1}',
    b'{"type": "status"}',
    b'{"type": "status", "id": "../../etc/passwd"}',
    b'{"type": "status", "id": ["a"]}',
    b'{"type": "status", "id": "20260101T000000000000-00000000"}',
    b'{"type": "format-c"}',
    b'{"type": "hello", "type": {}}',
    b"[" * 60_000,
    b"\xff\xfe{}",
]


def test_a_malformed_message_is_answered_with_an_error(workshop: Workshop) -> None:
    pid = workshop.pid()
    with connect(workshop) as connection:
        protocol.send(connection, {"type": "status"})
        assert protocol.receive(connection, 5.0)["message"] == "the first message must be hello"
        assert hello(connection)["pid"] == pid
        for data in MALFORMED:
            connection.send_bytes(data)
            answer = protocol.receive(connection, 5.0)
            assert (answer["type"], answer["exit_code"]) == ("error", 1)
            assert "etc" not in answer["message"]
    assert workshop.pid() == pid


@posix
def test_random_bytes_do_not_stop_the_worker(workshop: Workshop) -> None:
    pid, contact, dice = workshop.pid(), workshop.home.contact(), random.Random(4)
    assert contact is not None
    for _ in range(50):
        raw = socket.socket(socket.AF_UNIX)
        raw.connect(contact.address)
        raw.send(dice.randbytes(dice.randrange(1, 200)))
        raw.close()
    assert workshop.pid() == pid


@posix
def test_nobody_is_heard_without_the_key(workshop: Workshop) -> None:
    pid = workshop.pid()
    with pytest.raises((AuthenticationError, OSError, EOFError)):
        connect(workshop, key=bytes(32))
    contact_file = workshop.home.folder / "contact.json"
    assert stat.S_IMODE(contact_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(workshop.home.folder.stat().st_mode) == 0o700
    assert workshop.pid() == pid


def test_the_key_is_another_at_every_start(workshop: Workshop) -> None:
    workshop.pid()
    first = workshop.home.contact()
    workshop.kill()
    workshop.pid()
    second = workshop.home.contact()
    assert first
    assert second
    assert first.key != second.key


@posix
def test_it_ends_when_idle_and_leaves_no_address(workshop: Workshop) -> None:
    launch = client.Launch(workshop.launch.python, workshop.launch.search_path, 0.2)
    job = workshop.new()
    worker = client.start(workshop.home, launch)
    assert worker.wait(timeout=LONGEST_S) == 0
    assert job.result.exists()
    assert workshop.home.contact() is None
    assert not list(workshop.home.folder.glob("*.sock"))


def test_shutdown_leaves_the_job_to_the_next_worker(workshop: Workshop) -> None:
    job = workshop.new("wait")
    workshop.until(lambda: workshop.status(job).step == "waiting")
    first = workshop.pid()
    with pytest.raises(BridgeError, match="the worker has jobs to do"):
        client.ask(workshop.home, {"type": "shutdown", "when": "idle"})
    assert client.ask(workshop.home, {"type": "shutdown"}) == {"type": "closing"}
    (process,) = (p for p in client._started if p.pid == first)
    assert process.wait(timeout=LONGEST_S) == 0
    assert job.ended() is None
    (job.path / "go").touch()
    assert workshop.finish(job)[0].state == "done"
    assert len({e["pid"] for e in workshop.journal()}) == 2


@posix
def test_a_worker_that_stands_still_does_not_hang_its_client(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = workshop.pid()
    monkeypatch.setattr(client, "ANSWER_S", 0.2)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(client.SilentWorkerError, match="has not answered"):
        workshop.ask("overview")
    os.kill(pid, signal.SIGCONT)
    monkeypatch.undo()


def test_a_worker_of_another_version_makes_room_when_idle(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = workshop.pid()
    monkeypatch.setattr(client, "__version__", "9.9.9")
    # The worker that is started in its place is of the old version too, so the client asks again and again.
    monkeypatch.setattr(client, "START_S", 0.0)
    with pytest.raises(BridgeError):
        workshop.ask("overview")
    workshop.until(lambda: all(p.poll() is not None for p in client._started if p.pid == first))
    monkeypatch.setattr(client, "__version__", esapi_bridge.__version__)
    monkeypatch.setattr(client, "START_S", 60.0)
    assert workshop.pid() != first


def test_a_python_that_cannot_start_is_said(workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="check python_executable"):
        client.ask(workshop.home, {"type": "overview"}, client.Launch(str(tmp_path / "none"), (), 1.0))
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(BridgeError, match=r"see start\.log"):
        client.ask(workshop.home, {"type": "overview"}, client.Launch(str(broken), (), 1.0))


def test_hundreds_of_questions_from_many_threads(workshop: Workshop) -> None:
    jobs = [workshop.new() for _ in range(4)]
    states: list[str] = []

    def ask() -> None:
        states.extend(workshop.status(job).state for job in jobs * 5)

    workshop.pid()
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(states) == 8 * 5 * 4
    assert set(states) <= {"queued", "running", "done"}
    assert [s.state for s in workshop.finish(*jobs)] == ["done"] * 4


def test_the_log_names_jobs_by_id_only(workshop: Workshop) -> None:
    job = workshop.new()
    workshop.finish(job)
    log = workshop.home.log.read_text()
    assert job.id in log
    assert str(workshop.home.jobs) not in log
    assert json.loads((job.case / "case.json").read_text())["id"] == job.id
