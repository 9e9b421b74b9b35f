"""The folder through which worker and clients of one user find each other: address, key and log, for that user only."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.durable import write_whole_file

STATE_VARIABLE = "ESAPI_BRIDGE_STATE"
"""Environment variable that names another state folder."""

LONGEST_SOCKET_NAME = 100
"""Bytes; the operating system allows 108 with the terminating zero (unix(7)), some fewer."""

KEY_BYTES = 32


def state_folder() -> Path:
    """Folder of this user on this machine: under ``%LOCALAPPDATA%``, ``$XDG_STATE_HOME`` or ``~/.local/state``."""
    if named := os.environ.get(STATE_VARIABLE):
        return Path(named)
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "esapi-bridge"


def default_jobs() -> Path:
    """The jobs folder where none is set."""
    return state_folder() / "jobs"


@dataclass(frozen=True)
class Contact:
    """How to reach a worker.

    Parameters
    ----------
    address
        Name of the socket or pipe.
    key
        What both sides must know.
    """

    address: str
    key: bytes


class WorkerHome:
    """The folder of one jobs folder's worker.

    Parameters
    ----------
    jobs
        The jobs folder; every one has its own worker.
    """

    def __init__(self, jobs: Path) -> None:
        self.jobs = Path(os.path.abspath(jobs))  # noqa: PTH100  `resolve` would follow links, which differ by machine
        digest = hashlib.sha256(os.path.normcase(self.jobs).encode()).hexdigest()[:16]
        self.folder = state_folder() / f"worker-{digest}"

    @property
    def log(self) -> Path:
        """Log of the worker."""
        return self.folder / "worker.log"

    @property
    def start_log(self) -> Path:
        """Python's own output when the worker was last started; empty if all went well."""
        return self.folder / "start.log"

    def make(self) -> None:
        """Make both folders, where they are not there yet, for this user only."""
        for folder in (self.folder, self.jobs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name != "nt":
            self.folder.chmod(0o700)

    def new_contact(self) -> Contact:
        """Choose an address and a fresh key."""
        if sys.platform == "win32":
            address = rf"\\.\pipe\esapi-bridge-{secrets.token_hex(16)}"
        else:
            address = _socket_name(self.folder)
        return Contact(address, secrets.token_bytes(KEY_BYTES))

    def publish(self, contact: Contact) -> None:
        """Write the contact file; it is never readable by others nor half-written."""
        values = {"schema": 1, "address": contact.address, "key": contact.key.hex()}
        write_whole_file(self._contact_file, json.dumps(values).encode(), mode=0o600)

    def withdraw(self) -> None:
        """Remove the contact file."""
        with contextlib.suppress(OSError):  # on Windows, while a client reads it; it will find nobody at the address
            self._contact_file.unlink()

    def contact(self) -> Contact | None:
        """Read how to reach the worker; None without a contact file. The worker may have died since."""
        try:
            values = json.loads(self._contact_file.read_bytes())
            return Contact(str(values["address"]), bytes.fromhex(values["key"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def _contact_file(self) -> Path:
        return self.folder / "contact.json"


if sys.platform != "win32":

    def _socket_name(home: Path) -> str:
        """Name a socket in the worker's folder or, where that name is too long, in a folder of this user's in /tmp."""
        name = home / "worker.sock"
        if len(os.fsencode(name)) > LONGEST_SOCKET_NAME:
            folder = Path(tempfile.gettempdir()) / f"esapi-bridge-{os.getuid()}-{home.name}"
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
                raise BridgeError(
                    "expected a folder for the worker's socket that is this user's alone, found another's"
                )
            name = folder / "worker.sock"
        name.unlink(missing_ok=True)  # left by a worker that was killed; only the holder of the lock comes here
        return str(name)
