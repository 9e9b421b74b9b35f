"""``esapi-bridge collect``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from esapi_bridge.case.folder import write_case
from fluencenet.store import FluenceStore
from tests.scripts import prostate


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "esapi_bridge", "-q", "collect", "fluence", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_plan_is_added_and_one_that_cannot_serve_is_not(tmp_path: Path) -> None:
    write_case(prostate.with_fluence(prostate.prostate()), tmp_path / "cases" / "plan-1")
    write_case(prostate.prostate(), tmp_path / "cases" / "plan-2")
    store = tmp_path / "store.zarr"
    done = run(tmp_path / "cases", "-o", store, "--mu-per-fluence", "130", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["intended_use"] == "Research use only, not for clinical use."
    assert [(case["name"], case["state"]) for case in answer["cases"]] == [("plan-1", "added"), ("plan-2", "refused")]
    assert "found beam 1: none" in answer["cases"][1]["reason"]
    assert FluenceStore(store).names() == ["plan-1"]
    again = run(tmp_path / "cases" / "plan-2", "-o", store, "--mu-per-fluence", "130")
    assert again.returncode == 3
    assert "all 1 were refused" in again.stderr
    assert str(tmp_path) not in again.stderr


def test_the_factor_is_needed(tmp_path: Path) -> None:
    done = run(tmp_path, "-o", tmp_path / "store.zarr")
    assert done.returncode == 2
    assert "--mu-per-fluence" in done.stderr
