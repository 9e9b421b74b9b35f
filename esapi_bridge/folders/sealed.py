"""Files whose every byte is listed in ``SHA256SUMS``; standard library only, so that Eclipse's process can check them.

``sha256sum -c SHA256SUMS`` checks such a folder without this package.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.durable import sync_file, write_whole_file
from esapi_bridge.folders.plain import read_plain

SUMS_FILE = "SHA256SUMS"

MOST_SUMS_BYTES = 8 * 2**20
"""Size of the list: some eighty thousand files."""

PLAIN_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
"""A file name that means the same on every system and hides no folder."""

ANY_NAME = r"(?:\./)?[^/\\:\r]+"
"""A file name of somebody else's list: no folder, no drive."""


def write_sums(folder: Path, files: Iterable[Path]) -> Path:
    """List files of a folder with their SHA-256."""
    lines = []
    for file in sorted(files):
        with file.open("rb") as stream:
            lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {file.name}\n")
    write_whole_file(folder / SUMS_FILE, "".join(lines).encode("ascii"))
    return folder / SUMS_FILE


def read_sums(data: bytes, names: str = PLAIN_NAME) -> dict[str, str]:
    """Read the digests of a list by file name.

    Parameters
    ----------
    data
        Content of ``SHA256SUMS``.
    names
        Regular expression of the names it may hold.

    Raises
    ------
    RefusedError
        If it is cut short, a name is not among those it may hold, or is listed twice.
    """
    if names == ANY_NAME:
        data = data.replace(b"\r\n", b"\n")  # somebody else's may come from Windows; of ours every byte is known
    line_of_list = re.compile(rf"([0-9a-f]{{64}})  ({names})")
    *lines, rest = data.decode("utf-8", errors="replace").split("\n")
    if rest:
        raise RefusedError(f"{SUMS_FILE} must end with a line feed, it is cut short")
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = line_of_list.fullmatch(line)
        if match is None or match[2] in sums:
            raise RefusedError(f"{SUMS_FILE} line {number} must be a digest and a new plain file name")
        sums[match[2]] = match[1]
    return sums


def check_sums(folder: Path, own: Collection[str] | None = None) -> None:
    """Compare every file that a folder lists with its digest; files that are not listed are left alone.

    Parameters
    ----------
    folder
        Holds the list.
    own
        Names of the files that are of interest, where others share the folder: of these the digests are compared, and
        the whole list must be there if it has one of them. Default: all.

    Raises
    ------
    RefusedError
        If a file is missing or differs.
    OSError
        If a file cannot be read.
    """
    sums = read_sums(read_plain(folder / SUMS_FILE, MOST_SUMS_BYTES, SUMS_FILE), ANY_NAME)
    wanted = sums if own is None else {name for name in sums if name.removeprefix("./") in own}
    if not wanted:
        return
    for name, digest in sums.items():
        file = folder / name
        if not file.is_file():
            raise RefusedError(f"every file listed in {SUMS_FILE} must be there, found one missing: export again")
        if name not in wanted:
            continue
        found = _digest(file)
        if found != digest:
            raise RefusedError(
                f"every file must fit its sum in {SUMS_FILE}, found {found[:12]}... instead of {digest[:12]}...: "
                "the file was changed or damaged, export again"
            )


def seal(folder: Path) -> None:
    """List every file of a folder with its SHA-256, and put all of it on disk.

    Parameters
    ----------
    folder
        Holds plain files only.
    """
    files = list(folder.iterdir())
    for file in files:
        sync_file(file)
    write_sums(folder, files)


def check_sealed(folder: Path) -> tuple[str, ...]:
    """Compare a folder with its ``SHA256SUMS``.

    Returns
    -------
    tuple of str
        The names listed.

    Raises
    ------
    RefusedError
        If a file is missing, is not listed or differs.
    OSError
        If the folder cannot be read.
    """
    names = {entry.name for entry in folder.iterdir()}
    if SUMS_FILE not in names:
        raise RefusedError(f"expected {SUMS_FILE} in the folder, found none; run the job again")
    listed = read_sums(read_plain(folder / SUMS_FILE, MOST_SUMS_BYTES, SUMS_FILE))
    if names != {*listed, SUMS_FILE}:
        missing, extra = len(set(listed) - names), len(names - set(listed) - {SUMS_FILE})
        raise RefusedError(f"the folder must hold the listed files only: {missing} missing, {extra} not listed")
    for name, digest in listed.items():
        file = folder / name
        if file.is_symlink() or not file.is_file():
            raise RefusedError(f"{name} must be a plain file, found a link or a folder")
        if _digest(file) != digest:
            raise RefusedError(f"{name} must be as written, its SHA-256 differs; run the job again")
    return tuple(listed)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
