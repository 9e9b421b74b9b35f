"""What lies in the inbox is whole, on disk before the sender is told, and found again by the next process."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pydicom
import pytest

from esapi_bridge.folders import durable
from esapi_bridge.node.answer import NotKeptError, Status
from esapi_bridge.node.arrival import Arrival, check_arrival
from esapi_bridge.node.inbox import DAY_S, Inbox
from esapi_bridge.node.settings import Limits
from tests.dicom.phantom import files_of


def arrival(path: Path) -> Arrival:
    """An object as the listener hands it on."""
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    return check_arrival(dataset.SOPClassUID, dataset.SOPInstanceUID, path.read_bytes())


def limits(**values: float) -> Limits:
    return Limits.model_validate({"free_gb": 0.0, **values})


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux to name what is synchronised")
def test_an_object_is_on_disk_before_it_is_acknowledged(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's bytes, then its name: both are synchronised, in this order, before `receive` returns."""
    synced = []
    fsync = os.fsync

    def spy(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    inbox = Inbox(tmp_path / "inbox", limits())
    monkeypatch.setattr(os, "fsync", spy)
    assert inbox.receive(arrival(files_of(export, "RP")[0]))
    assert [Path(name).name.startswith(durable.PARTIAL) for name in synced] == [True, False]
    assert synced[1] == str(tmp_path / "inbox")


def test_the_next_process_finds_what_there_is(export: Path, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    inbox = Inbox(folder, limits())
    for path in sorted(export.iterdir()):
        inbox.receive(arrival(path))
    (folder / f"{durable.PARTIAL}0123").write_bytes(b"half")
    (folder / "notes.txt").write_text("of somebody else")
    again = Inbox(folder, limits())
    assert len(again) == len(inbox) == len(list(export.iterdir()))
    assert not again.receive(arrival(files_of(export, "RP")[0]))
    assert not (folder / f"{durable.PARTIAL}0123").exists()
    assert (folder / "notes.txt").exists()


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"object_mb": 0.001}, "object"),
        ({"inbox_files": 1}, "full"),
        ({"inbox_gb": 3e-5}, "full"),
        ({"free_gb": 1e9}, "free"),
    ],
)
def test_what_goes_beyond_a_limit_is_refused(export: Path, tmp_path: Path, limit: dict[str, float], words: str) -> None:
    inbox = Inbox(tmp_path, limits(**limit))
    arrivals = [arrival(path) for kind in ("CT", "RS", "RD") for path in files_of(export, kind)]
    with pytest.raises(NotKeptError, match=words) as refused:
        [inbox.receive(one) for one in arrivals]
    assert refused.value.status is Status.NO_ROOM
    assert len(list(tmp_path.iterdir())) == len(inbox)


def test_a_disk_that_is_full_keeps_nothing_half_written(export: Path, tmp_path: Path) -> None:
    """A limit on the length of files is met in the middle of a write, as the end of a disk is."""
    resource = pytest.importorskip("resource", reason="Windows limits no file's length")
    path = files_of(export, "RP")[0]
    inbox = Inbox(tmp_path, limits())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(NotKeptError) as refused:
            inbox.receive(arrival(path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused.value.status is Status.NO_ROOM
    assert not list(tmp_path.iterdir())
    assert inbox.receive(arrival(path))


def test_the_disk_keeps_room(export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files_of(export, "RP")[0]
    inbox = Inbox(tmp_path, limits(free_gb=1.0))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9 + path.stat().st_size - 1))
    with pytest.raises(NotKeptError, match="GB free"):
        inbox.receive(arrival(path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9 + path.stat().st_size))
    assert inbox.receive(arrival(path))


def test_what_is_old_is_removed(export: Path, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, limits())
    old, new = files_of(export, "CT")[:2]
    for path in (old, new):
        inbox.receive(arrival(path))
    first = inbox.path(arrival(old).uid)
    os.utime(first, (first.stat().st_atime, first.stat().st_mtime - 3 * DAY_S))
    assert (inbox.remove_old(keep_days=4.0), len(inbox)) == (0, 2)
    assert inbox.remove_old(keep_days=2.0) == 1
    assert (len(inbox), list(tmp_path.iterdir())) == (1, [inbox.path(arrival(new).uid)])
    assert inbox.receive(arrival(old))


@pytest.mark.parametrize("length", [0, 100, 140, 400])
def test_an_object_without_a_whole_header_is_refused(export: Path, length: int) -> None:
    path = files_of(export, "CT")[0]
    dataset = pydicom.dcmread(path)
    with pytest.raises(NotKeptError):
        check_arrival(dataset.SOPClassUID, dataset.SOPInstanceUID, path.read_bytes()[:length])
