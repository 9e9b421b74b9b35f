"""Files as bytes: they come out as they went in, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.parcel import Parcel


def test_a_folder_comes_out_as_it_went_in(tmp_path: Path) -> None:
    given = tmp_path / "given"
    (given / "beams").mkdir(parents=True)
    (given / "a.dcm").write_bytes(bytes(range(256)))
    (given / "beams" / "b.dcm").write_bytes(b"")
    places = Parcel.of_folder(given).unpack(tmp_path / "out")
    assert places == (tmp_path / "out" / "a.dcm", tmp_path / "out" / "beams" / "b.dcm")
    assert [place.read_bytes() for place in places] == [bytes(range(256)), b""]


def test_files_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    files = [tmp_path / folder / "a.dcm" for folder in "xy"]
    for file in files:
        file.parent.mkdir()
        file.write_text(file.parent.name)
    places = Parcel.of_files(files).unpack(tmp_path / "out")
    assert [place.read_text() for place in places] == ["x", "y"]
    assert {place.suffix for place in places} == {".dcm"}


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "", "C:/a", "a\\b"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="leads out of it"):
        Parcel(((name, b""),)).unpack(tmp_path / "out")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
