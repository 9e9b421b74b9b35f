"""Small files that others may have written: plain ones only, and never more of them than was expected."""

from __future__ import annotations

import stat
from pathlib import Path

from esapi_bridge.errors import RefusedError


def read_plain(path: Path, most_bytes: int, what: str) -> bytes:
    """Read a whole file, unless it is a pipe, a device or a folder, or is too large.

    Parameters
    ----------
    path
        The file; a link is followed.
    most_bytes
        How large it may be.
    what
        What it is, for the message.

    Raises
    ------
    RefusedError
        If it is no plain file or too large. A pipe or device is not even opened: reading it could go on for ever.
    OSError
        If it cannot be read.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise RefusedError(f"{what} must be a plain file, found a folder, a pipe or a device")
    if found.st_size <= most_bytes:
        with path.open("rb") as stream:
            data = stream.read(most_bytes + 1)
        if len(data) <= most_bytes:
            return data
    raise RefusedError(f"{what} must have at most {most_bytes} bytes, found more")
