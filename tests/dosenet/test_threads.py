"""Loops side by side; how threads wait, and that every program says so before torch, which reads it once, is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dosenet.threads import CHOICES, PASSIVE, how_threads_wait, side_by_side, wait_passively
from tests.patience import LONGEST_S

# Ends the process at the first import of torch, and prints what it would read.
LOOK = """
import os, sys
class Look:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"), os.environ.get("KMP_BLOCKTIME"), flush=True)
            os._exit(0)
sys.meta_path.insert(0, Look())
"""

PROGRAMS = {
    "the command line": "from esapi_bridge.cli.app import main; main(['doctor'])",
    "python -m esapi_bridge": """
import runpy
sys.argv[1:] = ["doctor"]
runpy.run_module("esapi_bridge", None, "__main__")
""",
    "the worker": """
import esapi_bridge.worker.__main__ as worker
worker.serve = lambda *_, **__: __import__("torch")
worker.main(["--jobs", sys.argv[1]])
""",
    "a child of a process pool": """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import dosenet
with ProcessPoolExecutor(1, get_context("spawn")) as pool:
    inherited = pool.submit(os.getenv, "OMP_WAIT_POLICY").result()
if inherited == "PASSIVE":
    import torch
""",
    **{
        f"python -m {module}": f"import {module}"
        for module in (
            "dosenet.training",
            "dosenet.evaluation",
            "dosenet.ship",
            "fluencenet.training",
            "fluencenet.evaluation",
            "fluencenet.samples",
            "fluencenet.ship",
        )
    },
}


def test_every_part_is_done_once_whatever_the_number_of_threads() -> None:
    done: list[tuple[int, str]] = []
    side_by_side(lambda part, word: done.append((part, word)), 50, "a")
    assert sorted(done) == [(part, "a") for part in range(50)]


def test_an_error_in_a_part_is_not_lost() -> None:
    def work(part: int) -> None:
        if part == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        side_by_side(work, 8)


def environment(**chosen: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in CHOICES} | chosen


def seen_by_torch(program: str, folder: Path, **chosen: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOOK + program, str(folder)],
        env=environment(**chosen),
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_waiting_is_passive_before_torch_is_imported(program: str, tmp_path: Path) -> None:
    assert seen_by_torch(program, tmp_path) == "PASSIVE 0"


def test_torch_would_be_told_nothing_otherwise(tmp_path: Path) -> None:
    assert seen_by_torch("import torch", tmp_path) == "None None"


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE None"),
        ({"KMP_BLOCKTIME": "200"}, "None 200"),
        ({"GOMP_SPINCOUNT": "1000"}, "None None"),
    ],
)
def test_what_the_user_chose_stays(chosen: dict[str, str], expected: str, tmp_path: Path) -> None:
    assert seen_by_torch(PROGRAMS["the command line"], tmp_path, **chosen) == expected


def test_what_is_set_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)
    assert how_threads_wait() == ""
    for name in PASSIVE:
        monkeypatch.setenv(name, "")  # so that what is set below is taken back
        monkeypatch.delenv(name)
    wait_passively()
    assert how_threads_wait() == "OMP_WAIT_POLICY=PASSIVE KMP_BLOCKTIME=0"
