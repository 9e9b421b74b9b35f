"""Lists of digests: as sha256sum writes them, and what is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.sealed import ANY_NAME, check_sealed, check_sums, read_sums, seal, write_sums

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of nothing (FIPS 180-4)."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in {"a.dcm": b"", "b.json": b"{}"}.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_a_sealed_folder_has_the_list_of_sha256sum(folder: Path) -> None:
    seal(folder)
    other = hashlib.sha256(b"{}").hexdigest()
    assert (folder / "SHA256SUMS").read_bytes() == f"{EMPTY}  a.dcm\n{other}  b.json\n".encode()
    assert check_sealed(folder) == ("a.dcm", "b.json")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda folder: (folder / "b.json").write_text("[]"), "b.json must be as written"),
        (lambda folder: (folder / "b.json").unlink(), "1 missing, 0 not listed"),
        (lambda folder: (folder / "c").touch(), "0 missing, 1 not listed"),
        (lambda folder: (folder / "SHA256SUMS").unlink(), "found none"),
        (lambda folder: (folder / "SHA256SUMS").write_bytes(f"{EMPTY}  a.dcm".encode()), "cut short"),
    ],
)
def test_a_sealed_folder_is_as_it_was_or_refused(folder: Path, change: Callable[[Path], object], expected: str) -> None:
    seal(folder)
    change(folder)
    with pytest.raises(RefusedError, match=expected):
        check_sealed(folder)


def test_only_listed_files_of_an_export_are_compared(folder: Path) -> None:
    write_sums(folder, [folder / "a.dcm"])
    (folder / "b.json").unlink()
    check_sums(folder)
    (folder / "a.dcm").write_bytes(b"1")
    with pytest.raises(RefusedError, match="changed or damaged"):
        check_sums(folder)
    (folder / "a.dcm").unlink()
    with pytest.raises(RefusedError, match="one missing"):
        check_sums(folder)


def test_of_a_folder_that_others_share_only_the_own_files_are_compared(folder: Path) -> None:
    write_sums(folder, [folder / "a.dcm", folder / "b.json"])
    (folder / "b.json").write_bytes(b"1")
    check_sums(folder, {"a.dcm"})
    with pytest.raises(RefusedError, match="changed or damaged"):
        check_sums(folder, {"b.json"})
    (folder / "b.json").unlink()
    with pytest.raises(RefusedError, match="one missing"):
        check_sums(folder, {"a.dcm"})
    check_sums(folder, {"not listed"})


@pytest.mark.parametrize("name", ["../a", "/a", "b\\a", "C:a", ".", "..", "", "a b", "*a"])
def test_names_that_hide_a_folder_are_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="line 2 must be"):
        read_sums(f"{EMPTY}  a\n{EMPTY}  {name}\n".encode())


def test_a_name_is_listed_once() -> None:
    with pytest.raises(RefusedError, match="line 2"):
        read_sums(f"{EMPTY}  a\n{EMPTY}  a\n".encode())


def test_lists_of_others_may_have_other_names_and_line_ends() -> None:
    found = read_sums(f"{EMPTY}  ./CT 1.dcm\r\n{EMPTY}  Übersicht\r\n".encode(), ANY_NAME)
    assert found == {"./CT 1.dcm": EMPTY, "Übersicht": EMPTY}
    for name in ("sub/a", "..\\a", "C:a"):
        with pytest.raises(RefusedError):
            read_sums(f"{EMPTY}  {name}\n".encode(), ANY_NAME)
