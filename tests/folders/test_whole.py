"""An output folder is there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.whole import output_folder, require_free


@pytest.mark.parametrize("there", [False, True])
def test_it_appears_when_all_is_written(tmp_path: Path, there: bool) -> None:
    out = tmp_path / "some" / "out"
    if there:
        out.mkdir(parents=True)
    with output_folder(out) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "file").write_text("x")
        assert not there or not list(out.iterdir())
        assert there or not out.exists()
    assert (out / "sub" / "file").read_text() == "x"
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_a_failure(tmp_path: Path, error: type[BaseException]) -> None:
    def write() -> None:
        with output_folder(tmp_path / "out") as folder:
            (folder / "file").touch()
            raise error

    with pytest.raises(error):
        write()
    assert not list(tmp_path.iterdir())


def test_what_is_in_use_stays(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "file").touch()
    with pytest.raises(BridgeError, match="found one in use"), output_folder(tmp_path / "out"):
        pytest.fail("nothing is to be done")
    with pytest.raises(BridgeError, match="found one in use"), output_folder(tmp_path / "new"):
        (tmp_path / "new").write_text("came meanwhile")
    assert (tmp_path / "new").read_text() == "came meanwhile"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
def test_all_of_it_is_its_owners_alone_whatever_is_masked(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with output_folder(tmp_path / "out") as folder:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            (folder / "sub").mkdir()
            (folder / "sub" / "file").touch()
    finally:
        os.umask(before)
    out = tmp_path / "out"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (out, out / "sub", out / "sub" / "file")] == [
        0o700,
        0o700,
        0o600,
    ]


@pytest.mark.parametrize("length", [300, 5000])
def test_a_name_that_no_disk_takes_is_refused_before_anything_is_made(tmp_path: Path, length: int) -> None:
    for out in (tmp_path / ("x" * length), tmp_path / ("x" * length) / "out"):
        with pytest.raises(BridgeError, match="name too long; choose another name"):
            require_free(out)
        with pytest.raises(BridgeError, match="name too long"), output_folder(out):
            pytest.fail("nothing is to be done")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_without_a_path_and_leaves_nothing(tmp_path: Path) -> None:
    def fill() -> None:
        with output_folder(tmp_path / "Doe^Canary") as folder:
            (folder / "half").write_text("x")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / "half"))

    with pytest.raises(BridgeError) as caught:
        fill()
    assert str(caught.value) == (
        "the output folder could not be written: No space left on device; free space or choose another place"
    )
    assert not list(tmp_path.iterdir())
