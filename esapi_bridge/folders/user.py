"""Folders of this user on this machine: settings, and what the programs keep for themselves."""

from __future__ import annotations

import errno
import os
from pathlib import Path

STATE_VARIABLE = "ESAPI_BRIDGE_STATE"
"""Environment variable that names another state folder."""


def config_folder() -> Path:
    """Folder of the user's settings: ``%APPDATA%`` on Windows, ``$XDG_CONFIG_HOME`` or ``~/.config`` elsewhere.

    Raises
    ------
    OSError
        If this user has no home folder, as some services have none; of `state_folder` too.
    """
    if os.name == "nt":
        base = Path(os.environ.get("APPDATA") or _home() / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or _home() / ".config")
    return base / "esapi-bridge"


def state_folder() -> Path:
    """Folder of this user on this machine: under ``%LOCALAPPDATA%``, ``$XDG_STATE_HOME`` or ``~/.local/state``."""
    if named := os.environ.get(STATE_VARIABLE):
        return Path(named)
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or _home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or _home() / ".local" / "state")
    return base / "esapi-bridge"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise FileNotFoundError(errno.ENOENT, "this user has no home folder") from None
