"""What both forms of an executor promise: completion order, failures, lost processes, and an end of all work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from contextlib import closing
from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.executors.executor import Executor, LostProcessError
from esapi_bridge.executors.processes import Processes
from tests.executors.work import Keeper, end, ends, fail, note, process_id, square, wait_for_notes
from tests.patience import LONGEST_S


def test_every_item_is_done_once(executor: Executor) -> None:
    assert sorted(executor.completed(square, deque(range(7)))) == [(n, n * n) for n in range(7)]
    assert not list(executor.completed(square, deque[int]()))


def test_what_is_done_first_comes_first_and_processes_are_used_again(executor: Executor, tmp_path: Path) -> None:
    others_are_done = tmp_path / "others are done"
    found = []
    for item, process in executor.completed(process_id, deque([others_are_done, None, None, None])):
        found.append((item, process))
        if len(found) == 3:
            others_are_done.touch()
    assert [item for item, _ in found] == [None, None, None, others_are_done]
    assert len({process for _, process in found}) == 2
    assert os.getpid() not in {process for _, process in found}


def test_items_can_be_added_while_results_come(executor: Executor) -> None:
    queue, found = deque([1, 2]), []
    for item, result in executor.completed(square, queue):
        found.append((item, result))
        if item < 3:
            queue.appendleft(item + 10)
    assert sorted(found) == [(1, 1), (2, 4), (11, 121), (12, 144)]


def test_items_are_taken_and_packed_only_as_processes_are_free(executor: Executor) -> None:
    queue, packed = deque(range(9)), []

    def pack(item: int) -> int:
        packed.append(item)
        return -10 * item

    with closing(executor.completed(square, queue, pack=pack)) as results:
        item, result = next(results)
    assert result == 100 * item * item
    assert (len(queue), packed) == (6, [0, 1, 2]), "one is done, two are in work"


def test_a_function_keeps_what_it_made(executor: Executor) -> None:
    found = [result for _, result in executor.completed(Keeper(), deque(range(8)))]
    assert len(set(found)) == len({process for process, _ in found}) <= 2


def test_the_first_error_ends_all_and_says_where_it_was(executor: Executor) -> None:
    """What is still in work would never end, and nobody waits for it."""
    with pytest.raises(ValueError, match="two is not wanted") as caught:
        list(executor.completed(fail, deque([1, 2, 3])))
    assert "in fail" in caught.value.__notes__[0]
    assert next(executor.completed(square, deque([5]))) == (5, 25), "there is room for other work"


@pytest.mark.skipif(os.name == "nt", reason="whether a process lives is asked by a signal")
def test_who_stops_ends_what_is_in_work(executor: Executor, tmp_path: Path) -> None:
    with closing(executor.completed(process_or_note, deque([tmp_path, None]))) as results:
        assert next(results)[0] is None
        notes = wait_for_notes(tmp_path, 1)
    (file,) = notes
    assert ends(int(file.stem))


def test_who_stops_before_an_item_begins_leaves_no_process_at_work(executor: Executor, tmp_path: Path) -> None:
    """What was on its way to a process must not begin there: nobody would end it, and who comes next would wait."""
    for _ in range(6):
        with closing(executor.completed(process_or_note, deque([None, None, tmp_path, tmp_path]))) as results:
            next(results)
    both_are_free = tmp_path / "both are free"
    found = set()
    for _, process in executor.completed(process_id, deque([both_are_free, None])):
        found.add(process)
        both_are_free.touch()
    assert len(found) == 2


def process_or_note(folder: Path | None) -> None:
    if folder is not None:
        note(folder)


def test_a_process_that_ends_by_itself_is_an_error(executor: Executor) -> None:
    with pytest.raises(LostProcessError, match="ended by itself") as caught:
        list(executor.completed(end, deque([1, 2])))
    assert isinstance(caught.value, BridgeError)


def test_or_its_item_is_lost_and_the_others_go_on(executor: Executor) -> None:
    found = dict(executor.completed(end, deque([1, 2, 4, 6]), lost=lambda item: -item))
    assert found == {1: -1, 2: 2, 4: 4, 6: 6}


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no interrupt to a process of another console")
def test_an_interrupt_ends_all_work_quietly(executor: Executor, tmp_path: Path) -> None:
    form = type(executor)
    code = (
        "import signal, sys; from collections import deque; from pathlib import Path\n"
        # A shell starts what runs in the background with interrupts ignored, and so this process's children.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"from {form.__module__} import {form.__name__}; from tests.executors.work import note\n"
        "try:\n"
        f"    list({executor!r}.completed(note, deque([Path(sys.argv[1])] * 3)))\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(4)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    notes = wait_for_notes(tmp_path, 2)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does
    _, err = process.communicate(timeout=LONGEST_S)
    assert (process.returncode, err) == (4, "")
    if form is Processes:  # a worker of Dask ends at once, and the next work removes what it left
        assert not list(tmp_path.iterdir()), "what was half-written is gone"
    assert all(ends(int(file.stem)) for file in notes)
