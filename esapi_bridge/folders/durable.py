"""Files and names that are on disk when the call returns, and never half-written."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PARTIAL = ".partial-"
"""How the name of a file begins that is not whole yet."""

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
"""Permissions of what may hold a patient's data: its owner's alone."""

PATIENCE_S = 3.0
"""On Windows a file that somebody reads, a virus scanner perhaps, cannot be renamed nor replaced for that moment."""

PAUSE_S = 0.05


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a stream to write a file to, which appears under its name whole or not at all, replacing one of that name.

    It is its owner's alone.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    OSError
        If the disk refuses; what was there before is left as it was.
    """
    partial = path.with_name(f"{PARTIAL}{secrets.token_hex(8)}")
    try:
        with _new_file(partial) as stream:
            yield stream
        rename(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_whole_file(path: Path, data: bytes) -> None:
    """Write a file through `whole_file`."""
    with whole_file(path) as stream:
        stream.write(data)


def write_to_disk(path: Path, data: bytes) -> None:
    """Write a new file into a folder that has not got its name yet, so that no temporary name is needed."""
    with _new_file(path) as stream:
        stream.write(data)


def append_to_disk(path: Path, line: str) -> None:
    """Add a line to a text file, making it if need be; a crash can cut this line short, but no other."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


def sync_file(path: Path) -> None:
    """Wait until a file that another library wrote is on disk."""
    with path.open("rb+") as file:
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


def rename(source: Path, target: Path) -> None:
    """Give a file or folder another name, replacing a file of that name.

    Raises
    ------
    OSError
        If `target` is a folder that holds something: a folder is never replaced.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            source.replace(target)
            break
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_S)
    sync_folder(target.parent)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
