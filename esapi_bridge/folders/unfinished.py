"""Folders that are being filled: nothing of them stays when the process that fills them is killed.

Such a folder may hold a patient's data. It lies beside the place it is for, ``.esapi-bridge-<token>.partial``, and the
process that fills it holds a lock on ``.esapi-bridge-<token>.lock``. An entry in the user's state folder says where it
is. So the next program to start finds what a killed one left, and leaves alone what is being filled.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from esapi_bridge.folders.durable import PRIVATE_FOLDER, write_whole_file
from esapi_bridge.folders.lock import FileLock
from esapi_bridge.folders.user import state_folder

NAME = re.compile(r"\.esapi-bridge-[0-9a-f]{16}\.(?:partial|lock)")
"""Names of such folders and of their locks; nothing else is ever removed."""

MOST_TRIES = 3
"""New names tried before a folder is filled without a lock, as on drives that know none: nobody can sweep there."""


@contextmanager
def unfinished_folder(parent: Path) -> Iterator[Path]:
    """Give a new folder, this user's alone, that is removed in the end unless it was renamed.

    Parameters
    ----------
    parent
        Where it is made.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    partial, lock = _locked(parent)
    entry = None
    try:
        with contextlib.suppress(OSError):  # a state folder that cannot be written; then only `parent` is swept
            entry = _entries() / partial.name
            entry.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            write_whole_file(entry, os.fsencode(partial.absolute()))
        partial.mkdir(mode=PRIVATE_FOLDER)
        yield partial
    finally:
        _remove(partial, lock)
        if entry:
            with contextlib.suppress(OSError):
                entry.unlink(missing_ok=True)


def sweep(*parents: Path) -> None:
    """Remove what killed processes left, wherever this user's entries say and in `parents`.

    What another process is filling is left alone, and so is what cannot be removed.
    """
    with contextlib.suppress(OSError):
        for entry in list(_entries().iterdir()):
            with contextlib.suppress(OSError):
                partial = Path(os.fsdecode(entry.read_bytes()))
                if not NAME.fullmatch(partial.name) or _swept(partial):
                    entry.unlink()
    for parent in parents:
        with contextlib.suppress(OSError):
            for partial in {path.with_suffix(".partial") for path in parent.iterdir() if NAME.fullmatch(path.name)}:
                _swept(partial)


def _entries() -> Path:
    return state_folder() / "unfinished"


def _locked(parent: Path) -> tuple[Path, FileLock]:
    for _ in range(MOST_TRIES):
        partial = parent / f".esapi-bridge-{secrets.token_hex(8)}.partial"
        lock = FileLock(partial.with_suffix(".lock"))
        if lock.acquire():  # not if a sweep was quicker
            break
    return partial, lock


def _swept(partial: Path) -> bool:
    """Remove a folder that nobody fills; return whether it is gone."""
    lock = FileLock(partial.with_suffix(".lock"))
    try:
        if partial.parent.is_dir() and not lock.acquire():
            return False
    except OSError:
        return False
    return _remove(partial, lock)


def _remove(partial: Path, lock: FileLock) -> bool:
    shutil.rmtree(partial, ignore_errors=True)
    if os.name == "nt":  # which removes no file that is open
        lock.release()
    with contextlib.suppress(OSError):
        partial.with_suffix(".lock").unlink(missing_ok=True)
    lock.release()
    return not partial.exists()
