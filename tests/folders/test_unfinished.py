"""Nothing stays of a folder whose process was killed, and nothing happens to one that is being filled."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from esapi_bridge.folders.unfinished import sweep, unfinished_folder
from esapi_bridge.folders.user import STATE_VARIABLE
from esapi_bridge.folders.whole import output_folder

ROOT = Path(__file__).parents[2]
FILLING = (
    "import sys; from pathlib import Path; from esapi_bridge.folders.whole import output_folder\n"
    "with output_folder(Path(sys.argv[1])) as folder:\n"
    "    (folder / 'RTDOSE_PLAN.dcm').write_text('a dose')\n"
    "    print(folder, flush=True); input()\n"
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state"


@contextmanager
def filling(out: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that is filling an output folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", FILLING, out], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout
    try:
        yield process, Path(process.stdout.readline().rstrip())
    finally:
        process.kill()
        process.communicate()


def test_the_next_start_removes_what_a_killed_process_left_wherever_it_is(tmp_path: Path, state: Path) -> None:
    with filling(tmp_path / "a" / "out") as (process, partial):
        process.kill()
        process.wait()
        assert (partial / "RTDOSE_PLAN.dcm").exists()
        sweep()
    assert not list((tmp_path / "a").iterdir())
    assert not list((state / "unfinished").iterdir())


def test_a_folder_that_is_being_filled_is_left_alone(tmp_path: Path) -> None:
    with filling(tmp_path / "out") as (process, partial):
        sweep(tmp_path)
        assert (partial / "RTDOSE_PLAN.dcm").read_text() == "a dose"
        process.communicate("\n")
        assert process.returncode == 0
    assert (tmp_path / "out" / "RTDOSE_PLAN.dcm").exists()
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "state"]


def test_without_a_state_folder_the_next_output_beside_it_sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "file" / "no folder"))
    with filling(tmp_path / "out") as (process, partial):
        process.kill()
        process.wait()
        assert partial.exists()
        with output_folder(tmp_path / "next"):
            pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "next"]


def test_without_a_home_folder_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (STATE_VARIABLE, "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("pathlib.Path.home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    sweep(tmp_path)
    with output_folder(tmp_path / "out"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_only_folders_of_our_names_are_ever_removed(tmp_path: Path, state: Path) -> None:
    kept = [tmp_path / ".esapi-bridge-notes.partial", tmp_path / "plan.partial", tmp_path / "important"]
    for folder in kept:
        folder.mkdir()
    entries = state / "unfinished"
    entries.mkdir(parents=True)
    for number, folder in enumerate(kept):
        (entries / str(number)).write_text(str(folder))
    sweep(tmp_path)
    assert all(folder.is_dir() for folder in kept)
    assert not list(entries.iterdir())


def test_a_link_of_such_a_name_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "important").mkdir()
    (tmp_path / "important" / "file").touch()
    (tmp_path / ".esapi-bridge-0123456789abcdef.partial").symlink_to(tmp_path / "important")
    sweep(tmp_path)
    assert (tmp_path / "important" / "file").exists()


def test_a_folder_is_filled_even_where_nothing_can_be_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esapi_bridge.folders.lock.FileLock.acquire", lambda _: False)
    with unfinished_folder(tmp_path) as folder:
        assert folder.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
