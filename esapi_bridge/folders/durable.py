"""A rename that is on disk when it returns."""

from __future__ import annotations

import os
import time
from pathlib import Path

from esapi_bridge.folders.sealed import sync_folder

PATIENCE_S = 3.0
"""On Windows a file that somebody reads, a virus scanner perhaps, cannot be renamed nor replaced for that moment."""

PAUSE_S = 0.05


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
