"""``batch --list`` names every plan and what it lacks, and no patient."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.folders.user import STATE_VARIABLE
from tests.cli.conftest import Run
from tests.dicom.index.conftest import PATIENTS, exports, flat, key, uids

__all__ = ["exports", "flat", "key"]  # fixtures


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state"


def test_the_list_shows_what_is_ready_and_what_lacks_something(flat: Path, esapi: Run, own_state: Path) -> None:
    for path in flat.glob(f"{PATIENTS['2'][0]}.RD.*"):
        path.unlink()
    (flat / "notes.txt").write_text("")
    ended = esapi("batch", flat, "--list")
    assert ended.code == 0
    assert "2 of 2 patients: 1 ready, 1 with faults" in ended.out
    assert "must hold the dose of the plan" in ended.out
    assert "aside   1 file (not DICOM)" in ended.out
    assert "CANARY" not in ended.out + ended.err
    assert str(flat) not in ended.out + ended.err
    assert len(list((own_state / "index").iterdir())) == 1


def test_the_list_for_programs(flat: Path, esapi: Run) -> None:
    for path in flat.glob(f"{PATIENTS['2'][0]}.RS.*"):
        path.unlink()
    first = esapi("batch", flat, "--list", "--json", "--task", "fluence").answer
    by_uid = {plan["uid"]: plan for plan in first["plans"]}
    assert by_uid[uids("1").plan]["missing"] == []
    assert "structure set" in by_uid[uids("2").plan]["missing"][0]
    assert first["read"] == first["files"]
    again = esapi("batch", flat, "--list", "--json", "--task", "fluence").answer
    assert (again["plans"], again["read"]) == (first["plans"], 0)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, esapi: Run) -> None:
    ended = esapi("batch", tmp_path / "nowhere", "--list")
    assert ended.code == 3
    assert "below a folder" in ended.err
