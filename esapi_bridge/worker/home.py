"""The folder through which worker and clients of one user find each other: address, key and log, for that user only."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.errors import BridgeError, RefusedError, os_reason
from esapi_bridge.folders.durable import PRIVATE_FOLDER, write_whole_file
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.user import STATE_VARIABLE, state_folder

LONGEST_SOCKET_NAME = 100
"""Bytes; the operating system allows 108 with the terminating zero (unix(7)), some fewer."""

KEY_BYTES = 32
MOST_BYTES = 64 * 1024

FAULT = "failed: "
"""How the line begins in which a worker that cannot start says why."""


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

    def start_fault(self) -> str:
        """Say why the last start failed, as far as the worker could; empty if it could not."""
        try:
            lines = read_plain(self.start_log, MOST_BYTES, "the start log").decode("utf-8", "replace").splitlines()
        except (RefusedError, OSError):
            return ""
        return next((line.removeprefix(FAULT) for line in reversed(lines) if line.startswith(FAULT)), "")

    def make(self) -> None:
        """Make both folders, where they are not there yet, for this user only.

        Raises
        ------
        BridgeError
            If the disk refuses.
        """
        try:
            for folder in (self.folder, self.jobs):
                folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            if os.name != "nt":
                self.folder.chmod(PRIVATE_FOLDER)
        except OSError as error:
            raise BridgeError(
                f"the worker's folder and its jobs folder must be writable: {os_reason(error)}; name others with "
                f"--jobs or in the settings, and in the environment variable {STATE_VARIABLE}"
            ) from error

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
        write_whole_file(self._contact_file, json.dumps(values).encode())

    def withdraw(self) -> None:
        """Remove the contact file."""
        with contextlib.suppress(OSError):  # on Windows, while a client reads it; it will find nobody at the address
            self._contact_file.unlink()

    def leave(self, contact: Contact) -> None:
        """Remove the folder of the socket, where that is another than the worker's."""
        folder = Path(contact.address).parent
        if sys.platform != "win32" and folder != self.folder:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def contact(self) -> Contact | None:
        """Read how to reach the worker; None without a contact file. The worker may have died since."""
        try:
            values = json.loads(read_plain(self._contact_file, MOST_BYTES, "the contact file"))
            return Contact(str(values["address"]), bytes.fromhex(values["key"]))
        except (RefusedError, OSError, ValueError, KeyError, TypeError, RecursionError):
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
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=PRIVATE_FOLDER)
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
                # Another user was first, by accident or not; clients read the name of the socket, whatever it is.
                folder = Path(tempfile.mkdtemp(prefix="esapi-bridge-"))
            name = folder / "worker.sock"
        name.unlink(missing_ok=True)  # left by a worker that was killed; only the holder of the lock comes here
        return str(name)
