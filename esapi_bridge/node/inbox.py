"""The folder that received objects lie in: each whole and on disk before its sender is told, none twice."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.folders.durable import PARTIAL, PRIVATE_FOLDER, write_whole_file
from esapi_bridge.node.answer import NotKeptError, Status
from esapi_bridge.node.arrival import NAME, Arrival, file_name
from esapi_bridge.node.settings import GIGABYTE, MEGABYTE, Limits

DAY_S = 86_400.0


class Inbox:
    """Received objects, one file each, named by a hash of the SOP Instance UID.

    Parameters
    ----------
    folder
        Made if need be. What a killed process left half-written is removed.
    limits
        How much it takes.

    Raises
    ------
    BridgeError
        If the folder cannot be used.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self._limits = folder, limits
        self._arrived_s: dict[str, float] = {}
        self._bytes = 0
        self.stored = 0
        """Objects that were kept since the start."""
        self.receipts = 0
        """Objects that came since the start, those that were here already among them."""
        self.changed = threading.Condition()
        """Notified of every object that is kept; what the inbox holds changes only while it is held."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            for path in list(folder.iterdir()):
                if path.name.startswith(PARTIAL):
                    path.unlink()
                elif NAME.fullmatch(path.name):
                    self._add(path.name, path.stat().st_size)
        except OSError as error:
            raise BridgeError(
                f"the inbox cannot be used: {os_reason(error)}; make it writable or choose another place"
            ) from error

    def receive(self, arrival: Arrival) -> bool:
        """Keep an object; when this returns it is on disk.

        Returns
        -------
        bool
            Whether it is new; an object that is here already, byte for byte, is not written again.

        Raises
        ------
        NotKeptError
            If there is no room, or an object of its UID with other content.
        """
        path = self.path(arrival.uid)
        if path.resolve().parent != self.folder.resolve():
            raise NotKeptError(Status.NOT_UNDERSTOOD, "the name must lie in the inbox")
        with self.changed:
            self.receipts += 1
            try:
                if path.name in self._arrived_s:
                    if path.read_bytes() != arrival.content:
                        raise NotKeptError(Status.OTHER_CONTENT, "an object of this UID with other content is here")
                    return False
                self._require_room(len(arrival.content))
                write_whole_file(path, arrival.content)
            except OSError as error:
                raise NotKeptError(Status.NO_ROOM, f"not written: {os_reason(error)}") from error
            self._add(path.name, len(arrival.content))
            self.stored += 1
            self.changed.notify_all()
            return True

    def path(self, uid: str) -> Path:
        """Where the object of a UID lies, if it is here."""
        return self.folder / file_name(uid)

    def has(self, uid: str) -> bool:
        """Whether the object of a UID is here."""
        with self.changed:
            return file_name(uid) in self._arrived_s

    def quiet_s(self, files: tuple[Path, ...]) -> float:
        """How long ago the last of some files was received, or this process began, s."""
        with self.changed:
            return time.monotonic() - max((self._arrived_s.get(file.name, 0.0) for file in files), default=0.0)

    def remove(self, path: Path) -> None:
        """Remove an object."""
        with self.changed:
            if self._arrived_s.pop(path.name, None) is not None:
                self._bytes -= path.stat().st_size
                path.unlink()

    def remove_old(self, keep_days: float) -> int:
        """Remove objects that were received longer ago, and return how many."""
        with self.changed:
            paths = [self.folder / name for name in self._arrived_s]
            old = [path for path in paths if time.time() - path.stat().st_mtime > keep_days * DAY_S]
            for path in old:
                self.remove(path)
            return len(old)

    def __len__(self) -> int:
        with self.changed:
            return len(self._arrived_s)

    def _require_room(self, size: int) -> None:
        limits = self._limits
        if size > limits.object_mb * MEGABYTE:
            raise NotKeptError(Status.NO_ROOM, f"an object may have {limits.object_mb:g} MB")
        if len(self._arrived_s) >= limits.inbox_files:
            raise NotKeptError(Status.NO_ROOM, f"the inbox is full: {limits.inbox_files} objects")
        if self._bytes + size > limits.inbox_gb * GIGABYTE:
            raise NotKeptError(Status.NO_ROOM, f"the inbox is full: {limits.inbox_gb:g} GB")
        if shutil.disk_usage(self.folder).free - size < limits.free_gb * GIGABYTE:
            raise NotKeptError(Status.NO_ROOM, f"the disk must keep {limits.free_gb:g} GB free")

    def _add(self, name: str, size: int) -> None:
        self._arrived_s[name] = time.monotonic()
        self._bytes += size
