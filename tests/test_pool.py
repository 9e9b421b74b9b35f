"""Work in several processes: completion order, failures, interrupts and what a process finds when it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import pytest

from dosenet.threads import CHOICES
from esapi_bridge.errors import BridgeError
from esapi_bridge.pool import completed

FOR_EVER_S = 3600.0


def square(number: int) -> int:
    return number * number


def environment(name: str) -> str | None:
    return os.environ.get(name)


def process_id(wait_for: Path | None) -> int:
    """Return one's own process id, once a file is there."""
    while wait_for is not None and not wait_for.exists():
        time.sleep(0.005)
    return os.getpid()


def fail(number: int) -> int:
    if number == 2:
        raise ValueError("two is not wanted")
    time.sleep(FOR_EVER_S if number > 2 else 0)
    return number


def end(_: int) -> None:
    os._exit(7)


def leave_a_note(folder: Path) -> None:
    """Work for ever; what is half-written is removed at the end."""
    note = folder / f"{os.getpid()}.part"
    note.touch()
    try:
        time.sleep(FOR_EVER_S)
    finally:
        note.unlink()


@pytest.mark.parametrize("workers", [1, 2])
def test_every_item_is_done_once(workers: int) -> None:
    assert sorted(completed(square, deque(range(7)), workers)) == [(n, n * n) for n in range(7)]


def test_one_process_works_here_in_the_order_of_the_queue() -> None:
    found = list(completed(lambda _: os.getpid(), deque("abc"), 1))
    assert found == [(letter, os.getpid()) for letter in "abc"]


def test_what_is_done_first_comes_first_and_processes_are_used_again(tmp_path: Path) -> None:
    others_are_done = tmp_path / "others are done"
    found = []
    for item, process in completed(process_id, deque([others_are_done, None, None, None]), 2):
        found.append((item, process))
        if len(found) == 3:
            others_are_done.touch()
    assert [item for item, _ in found] == [None, None, None, others_are_done]
    assert len({process for _, process in found}) == 2
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.parametrize("workers", [1, 2])
def test_items_can_be_added_while_results_come(workers: int) -> None:
    queue, found = deque([1, 2]), []
    for item, result in completed(square, queue, workers):
        found.append((item, result))
        if item < 3:
            queue.appendleft(item + 10)
    assert sorted(found) == [(1, 1), (2, 4), (11, 121), (12, 144)]


def test_items_are_taken_only_as_processes_are_free() -> None:
    queue = deque(range(9))
    results = completed(square, queue, 2)
    next(results)
    assert len(queue) == 6, "one is done, two are in work"
    results.close()


def test_a_process_knows_its_threads_before_it_imports_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", *CHOICES):
        monkeypatch.delenv(name, raising=False)
    names = deque(["OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_WAIT_POLICY", "MKL_NUM_THREADS"])
    found = dict(completed(environment, names, 2, threads=2))
    assert found == {
        "OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE", "MKL_NUM_THREADS": "3",
    }  # fmt: skip
    assert "OMP_NUM_THREADS" not in os.environ, "this process keeps its own"


def test_the_first_error_ends_all_and_says_where_it_was() -> None:
    """What is still in work would never end, and nobody waits for it."""
    with pytest.raises(ValueError, match="two is not wanted") as caught:
        list(completed(fail, deque([1, 2, 3, 4]), 2))
    assert "in fail" in caught.value.__notes__[0]


def test_a_process_that_ends_by_itself_is_an_error() -> None:
    with pytest.raises(BridgeError, match="ended by itself"):
        list(completed(end, deque([1, 2]), 2))


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no interrupt to a process of another console")
def test_an_interrupt_ends_all_processes_quietly(tmp_path: Path) -> None:
    code = (
        "import signal, sys; from collections import deque; from pathlib import Path\n"
        # A shell starts what runs in the background with interrupts ignored, and so this process's children.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from esapi_bridge.pool import completed; from tests.test_pool import leave_a_note\n"
        "try:\n"
        "    list(completed(leave_a_note, deque([Path(sys.argv[1])] * 3), 2))\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(4)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(notes := list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (4, "")
    assert not list(tmp_path.iterdir()), "what was half-written is gone"
    for note in notes:
        with pytest.raises(ProcessLookupError):
            os.kill(int(note.stem), 0)
