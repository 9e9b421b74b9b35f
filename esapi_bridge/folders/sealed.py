"""A folder whose every byte is listed in ``SHA256SUMS``; standard library only, so that Eclipse's process can check it.

``sha256sum -c SHA256SUMS`` checks such a folder without this package.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from esapi_bridge.errors import RefusedError

SUMS_FILE = "SHA256SUMS"
SUMS_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9_.-]*)")
"""One line of ``SHA256SUMS``: digest, two blanks, a name without any folder."""


def seal(folder: Path) -> None:
    """List every file of a folder with its SHA-256, and put all of it on disk.

    Parameters
    ----------
    folder
        Holds plain files only.
    """
    lines = []
    for file in sorted(folder.iterdir()):
        with file.open("rb+") as handle:
            lines.append(f"{hashlib.file_digest(handle, 'sha256').hexdigest()}  {file.name}\n")
            os.fsync(handle.fileno())
    write_to_disk(folder / SUMS_FILE, "".join(lines).encode("ascii"))
    sync_folder(folder)


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
    listed: dict[str, str] = {}
    for number, line in enumerate((folder / SUMS_FILE).read_text("ascii", errors="replace").splitlines(), 1):
        match = SUMS_LINE.fullmatch(line)
        if match is None or match[2] in listed:
            raise RefusedError(f"{SUMS_FILE} line {number} must be a digest and a new plain file name")
        listed[match[2]] = match[1]
    if names != {*listed, SUMS_FILE}:
        missing, extra = len(set(listed) - names), len(names - set(listed) - {SUMS_FILE})
        raise RefusedError(f"the folder must hold the listed files only: {missing} missing, {extra} not listed")
    for name, digest in listed.items():
        file = folder / name
        if file.is_symlink() or not file.is_file():
            raise RefusedError(f"{name} must be a plain file, found a link or a folder")
        with file.open("rb") as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() != digest:
                raise RefusedError(f"{name} must be as written, its SHA-256 differs; run the job again")
    return tuple(listed)


def write_to_disk(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a new file and wait until it is on disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk."""
    if os.name == "nt":  # Windows cannot open a folder to synchronise it; its rename is journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
