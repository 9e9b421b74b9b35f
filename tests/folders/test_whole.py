"""An output folder is there whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.whole import output_folder


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
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_permissions_are_those_asked_for(tmp_path: Path, mode: int) -> None:
    with output_folder(tmp_path / "out", mode=mode) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == mode
