from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from esapi_bridge.folders.lock import FileLock
from esapi_bridge.folders.user import STATE_VARIABLE
from esapi_bridge.worker.home import WorkerHome, default_jobs
from tests.worker.conftest import ROOT


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state"


def test_every_jobs_folder_has_its_own_home(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = WorkerHome(tmp_path / "a"), WorkerHome(tmp_path / "b")
    assert first.folder != second.folder
    assert first.folder.parent == second.folder.parent == state
    monkeypatch.chdir(tmp_path)
    assert WorkerHome(Path("a")).folder == first.folder
    assert WorkerHome(tmp_path / "b" / ".." / "a").folder == first.folder


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_only_the_user_can_read_what_is_made(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = WorkerHome(tmp_path / "jobs")
        home.make()
        home.publish(home.new_contact())
    finally:
        os.umask(before)
    assert [stat.S_IMODE(p.stat().st_mode) for p in (home.folder, home.jobs)] == [0o700, 0o700]
    assert [stat.S_IMODE(p.stat().st_mode) for p in home.folder.iterdir()] == [0o600]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_folder_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    WorkerHome(tmp_path).make()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_contact_is_read_back_until_it_is_withdrawn(tmp_path: Path) -> None:
    home = WorkerHome(tmp_path / "jobs")
    assert home.contact() is None
    home.make()
    first, second = home.new_contact(), home.new_contact()
    assert first.key != second.key
    assert len(first.key) == 32
    for contact in (first, second):
        home.publish(contact)
        assert home.contact() == contact
    home.withdraw()
    home.withdraw()
    assert home.contact() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"address": "a", "key": "no hex"}', '{"address": "a", "key": 5}'])
def test_a_damaged_contact_is_none(tmp_path: Path, text: str) -> None:
    home = WorkerHome(tmp_path / "jobs")
    home.make()
    (home.folder / "contact.json").write_text(text)
    assert home.contact() is None


@pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")
def test_a_long_path_has_its_socket_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / ("long" * 30)))
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    home = WorkerHome(tmp_path / "jobs")
    home.make()
    address = Path(home.new_contact().address)
    assert len(os.fsencode(address)) <= 100
    assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700
    address.parent.chmod(0o777)  # as if another user had been first
    contact = home.new_contact()
    other = Path(contact.address).parent
    assert other not in (address.parent, home.folder)
    assert stat.S_IMODE(other.stat().st_mode) == 0o700
    home.leave(contact)
    assert not other.exists()
    address.parent.rmdir()


def test_the_default_is_in_the_users_state_folder(state: Path) -> None:
    assert default_jobs() == state / "jobs"


def test_a_lock_is_held_once_and_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys; from pathlib import Path; from esapi_bridge.folders.lock import FileLock; "
        "lock = FileLock(Path(sys.argv[1])); print(lock.acquire(), flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert other.stdout
    assert other.stdout.readline() == "True\n"
    mine = FileLock(path)
    assert not mine.acquire()
    other.kill()
    other.communicate()
    assert mine.acquire()
    assert not FileLock(path).acquire()
    mine.release()
    assert FileLock(path).acquire()
