"""The wheel of an installation, packed again from its files."""

from __future__ import annotations

import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from esapi_bridge.bundle.own_wheel import pack_again
from esapi_bridge.bundle.wheel import read_wheel
from esapi_bridge.errors import BridgeError, RefusedError
from tests.bundle.toy_wheels import record_digest, toy_project


@pytest.fixture
def installed(tmp_path: Path) -> metadata.Distribution:
    """The toy project as an installer leaves it: with a script, compiled files and notes of its own."""
    wheel = toy_project(tmp_path, ["alpha>=1"], ["train"])
    packages = tmp_path / "lib" / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    place = packages / "esapi_bridge-9.9.dist-info"
    (place / "INSTALLER").write_text("pip\n")
    digest = record_digest(b"pip\n")
    with (place / "RECORD").open("a") as record:
        record.write(f"../../bin/esapi-bridge,sha256={digest},4\n{place.name}/INSTALLER,sha256={digest},4\n")
        record.write("__pycache__/toy_bridge.cpython-311.pyc,,\n")
    return metadata.Distribution.at(place)


def test_it_holds_what_the_wheel_held(installed: metadata.Distribution, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    again = pack_again(installed, tmp_path / "again")
    (first,) = tmp_path.glob("*.whl")
    assert again.name == first.name
    contents = []
    for wheel in (first, again):
        with zipfile.ZipFile(wheel) as archive:
            contents.append({name: archive.read(name) for name in archive.namelist()})
    records = [sorted(c.pop("esapi_bridge-9.9.dist-info/RECORD").splitlines()) for c in contents]
    assert contents[0] == contents[1]
    assert records[0] == records[1]
    assert read_wheel(again).requires == ("alpha>=1",)


def test_a_changed_file_is_refused(installed: metadata.Distribution, tmp_path: Path) -> None:
    (tmp_path / "lib" / "site-packages" / "toy_bridge.py").write_text("print('something else')\n")
    with pytest.raises(RefusedError, match=r"toy_bridge\.py must be as it was installed"):
        pack_again(installed, tmp_path)


def test_without_a_list_of_files_a_wheel_is_asked_for(installed: metadata.Distribution, tmp_path: Path) -> None:
    (tmp_path / "lib" / "site-packages" / "esapi_bridge-9.9.dist-info" / "RECORD").unlink()
    with pytest.raises(BridgeError, match="--wheel"):
        pack_again(installed, tmp_path)
