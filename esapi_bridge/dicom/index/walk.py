"""Every file below a folder with its size and time, and the case folders among them, without opening any."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.case.folder import CASE_FILE
from esapi_bridge.dicom.read.scan import REFERENCE_FOLDER
from esapi_bridge.folders.sealed import SUMS_FILE


@dataclass(frozen=True)
class Seen:
    """A file, or a case folder, as the file system shows it.

    Parameters
    ----------
    path
        Where it is.
    inside
        Its path below the folder looked through, with slashes.
    state
        Size and time of its last change, ns; of a case folder those of ``case.json`` and ``SHA256SUMS``.
    is_case
        Whether it is a case folder.
    """

    path: Path
    inside: str
    state: tuple[int, ...]
    is_case: bool = False


def walk(root: Path) -> tuple[list[Seen], int]:
    """Find every file and case folder below a folder, in order of path, and count the folders that cannot be read.

    As in `read.scan`, hidden files and sub-folders named ``reference`` are not looked at; hidden folders neither, where
    file systems and programs keep copies of their own.
    """
    found: list[Seen] = []
    unreadable = 0
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            entries = list(os.scandir(root / inside))
        except OSError:
            unreadable += 1
            continue
        names = {entry.name for entry in entries}
        if CASE_FILE in names:
            with suppress(OSError):
                found.append(_case(root, inside, names))
            continue
        for entry in entries:
            name = f"{inside}/{entry.name}" if inside else entry.name
            if entry.name.startswith("."):
                continue
            with suppress(OSError):  # gone in the meantime
                if entry.is_dir(follow_symlinks=False):
                    if entry.name.lower() != REFERENCE_FOLDER:
                        waiting.append(name)
                elif entry.is_file() and entry.name != SUMS_FILE:
                    found.append(Seen(root / name, name, _state(entry)))
    return sorted(found, key=lambda seen: seen.inside.split("/")), unreadable


def _case(root: Path, inside: str, names: set[str]) -> Seen:
    folder = root / inside
    parts = [folder / name for name in (CASE_FILE, SUMS_FILE) if name in names]
    return Seen(folder, inside, tuple(number for part in parts for number in _state(part)), is_case=True)


def _state(entry: os.DirEntry[str] | Path) -> tuple[int, int]:
    found = entry.stat()
    return found.st_size, found.st_mtime_ns
