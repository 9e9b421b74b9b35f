"""Whether an output can be written, found out before anything is calculated for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.folders.unfinished import unfinished_folder

SPARE = 1.1
"""Room asked for beyond the estimate: page, record and headers."""


def require_room(out: Path, needed_bytes: float) -> None:
    """Make sure that the disk has room for a folder.

    Raises
    ------
    BridgeError
        If it has not, with both sizes.
    """
    free = shutil.disk_usage(_existing(out)).free
    if free < SPARE * needed_bytes:
        raise BridgeError(
            f"the output needs about {SPARE * needed_bytes / 1e6:.0f} MB, found {free / 1e6:.0f} MB free: "
            "make room or choose another place"
        )


@contextmanager
def trial_folder(out: Path) -> Iterator[Path]:
    """Give a folder on the disk of `out` to try writing in; it is removed with all that is in it.

    Raises
    ------
    BridgeError
        If nothing can be written there.
    """
    try:
        with unfinished_folder(_existing(out)) as folder:
            yield folder
    except OSError as error:
        raise BridgeError(
            f"the output folder could not be written: {os_reason(error)}; free space or choose another place"
        ) from error


def _existing(out: Path) -> Path:
    """Nearest folder above `out` that is there.

    Raises
    ------
    BridgeError
        If that is no folder.
    """
    found = next(parent for parent in out.absolute().parents if parent.exists())
    if not found.is_dir():
        raise BridgeError("the output folder must lie in a folder, found a file of that name; choose another place")
    return found
