"""A file is there whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from esapi_bridge.folders.durable import append_to_disk, rename, whole_file, write_to_disk, write_whole_file


def test_a_file_replaces_the_one_before_and_leaves_nothing_else(tmp_path: Path) -> None:
    for data in (b"one", b"another"):
        write_whole_file(tmp_path / "a", data)
        assert (tmp_path / "a").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_what_is_cut_short_leaves_the_file_before_as_it_was(tmp_path: Path, error: BaseException) -> None:
    write_whole_file(tmp_path / "a", b"whole")

    def write() -> None:
        with whole_file(tmp_path / "a") as stream:
            stream.write(b"ha")
            raise error

    with pytest.raises(type(error)):
        write()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"whole"}


def test_nothing_has_its_name_before_it_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, int]] = []
    fsync = os.fsync

    def spy(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            seen.append(((tmp_path / "a").exists(), os.fstat(handle).st_size))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", spy)
    write_whole_file(tmp_path / "a", b"123")
    assert seen == [(False, 3)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_file_is_its_owners_alone_from_the_beginning_whatever_is_masked(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with whole_file(tmp_path / "key"):
            (partial,) = tmp_path.iterdir()
            assert stat.S_IMODE(partial.stat().st_mode) == 0o600
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_new_file_never_replaces_one(tmp_path: Path) -> None:
    write_to_disk(tmp_path / "a", b"1")
    with pytest.raises(FileExistsError):
        write_to_disk(tmp_path / "a", b"2")


def test_a_folder_that_holds_something_is_never_replaced(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    with pytest.raises(OSError, match=r"."):
        rename(tmp_path / "one", tmp_path / "other")


def test_lines_are_added(tmp_path: Path) -> None:
    for line in ("one", "zwölf"):
        append_to_disk(tmp_path / "list", line)
    assert (tmp_path / "list").read_text(encoding="utf-8").split("\n") == ["one", "zwölf", ""]
