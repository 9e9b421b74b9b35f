"""Work in processes of this machine: in this one, interrupts, and what a process finds when it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from pathlib import Path

import pytest

from dosenet.threads import CHOICES
from esapi_bridge.executors.processes import HERE, Processes
from tests.executors.work import ends, environment, square, wait_for_notes


def test_one_process_works_here_in_the_order_of_the_queue() -> None:
    queue, found = deque([1, 2]), []
    for item, process in HERE.completed(lambda _: os.getpid(), queue, pack=square):
        found.append((item, process))
        if item < 3:
            queue.appendleft(item + 10)
    assert found == [(item, os.getpid()) for item in (1, 11, 2, 12)]


def test_a_process_knows_its_threads_before_it_imports_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", *CHOICES):
        monkeypatch.delenv(name, raising=False)
    names = deque(["OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_WAIT_POLICY", "MKL_NUM_THREADS"])
    found = dict(Processes(2, threads=2).completed(environment, names))
    assert found == {
        "OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE", "MKL_NUM_THREADS": "3",
    }  # fmt: skip
    assert "OMP_NUM_THREADS" not in os.environ, "this process keeps its own"


@pytest.mark.skipif(os.name == "nt", reason="a killed process is not told apart there")
def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    code = (
        "import sys; from collections import deque; from pathlib import Path\n"
        "from esapi_bridge.executors.processes import Processes; from tests.executors.work import note\n"
        "list(Processes(2).completed(note, deque([Path(sys.argv[1])] * 3)))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.DEVNULL)
    notes = wait_for_notes(tmp_path, 2)
    process.kill()
    process.wait()
    assert all(ends(int(note.stem)) for note in notes)
