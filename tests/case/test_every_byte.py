"""A case folder is read only if every byte is the one that was written."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Case, Dose, DoseKind, Grid, PatientPosition, Plan, Unit, Volume
from esapi_bridge.case.folder import read_case, write_case
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.folders.sealed import SUMS_FILE
from tests.cases import PATIENT_KEY, UIDS

GRID = Grid((2, 2, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest case: no beam, eight voxels of CT and of dose."""
    ct = Volume(np.arange(8, dtype=np.float32).reshape(2, 2, 2), GRID, Unit.HU)
    dose = Dose(replace(ct, unit=Unit.GY), DoseKind.PLAN)
    case = Case(ct, Plan("P", (), PatientPosition.HFS), dose, {}, (), UIDS, PATIENT_KEY)
    return write_case(case, tmp_path_factory.mktemp("case") / "case")


def other_bytes(data: bytes) -> Iterator[bytes]:
    """Every byte in its turn another one, and one of five left out or doubled."""
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :]
        if at % 5 == 0:
            yield data[:at] + data[at + 1 :]
            yield data[: at + 1] + data[at:]


def test_every_changed_missing_or_doubled_byte_is_refused(folder: Path) -> None:
    changed = 0
    for file in sorted(folder.iterdir()):
        whole = file.read_bytes()
        for data in other_bytes(whole):
            file.write_bytes(data)
            with pytest.raises(RefusedError):
                read_case(folder)
            changed += 1
        file.write_bytes(whole)
    read_case(folder)
    assert changed > 2000


def test_every_other_value_of_every_byte_of_the_list_is_refused(folder: Path) -> None:
    """The list of digests has no digest of its own: what it says must fit the files, in one way of writing it."""
    file = folder / SUMS_FILE
    whole = file.read_bytes()
    arrays = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.iterdir() if f != file}
    for at in range(0, len(whole), 29):
        for value in range(256):
            data = whole[:at] + bytes([value]) + whole[at + 1 :]
            if value != whole[at]:
                file.write_bytes(data)
                with pytest.raises(RefusedError):
                    read_case(folder)
    for other in (
        whole.replace(b"\n", b"\r\n"),
        whole.upper(),
        whole.replace(b"  ", b" *"),
        whole + b"\n",
        b"\xef\xbb\xbf" + whole,
        whole + b"".join(f"{digest}  {name}\n".encode() for name, digest in arrays.items()),
    ):
        file.write_bytes(other)
        with pytest.raises(RefusedError):
            read_case(folder)
    file.write_bytes(whole)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
@pytest.mark.parametrize("name", [SUMS_FILE, "case.json", "ct.npy"])
def test_what_is_no_plain_file_is_refused_and_never_read(name: str, folder: Path, tmp_path: Path) -> None:
    file, aside = folder / name, tmp_path / name
    file.rename(aside)
    try:
        for make in (
            lambda: file.symlink_to("/dev/zero"),
            lambda: file.symlink_to(file.name),
            lambda: os.mkfifo(file),
            file.mkdir,
        ):
            make()
            with pytest.raises(BridgeError):
                read_case(folder)
            file.rmdir() if file.is_dir() else file.unlink()
    finally:
        aside.rename(file)


def test_a_mountain_for_a_list_is_refused_before_it_is_read(folder: Path) -> None:
    file = folder / SUMS_FILE
    whole = file.read_bytes()
    with file.open("ab") as stream:
        stream.truncate(2**40)
    with pytest.raises(RefusedError, match="SHA256SUMS must have at most"):
        read_case(folder)
    file.write_bytes(whole)
