"""A lock on a file that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.durable import PRIVATE_FILE


class FileLock:
    """A lock held by at most one process.

    Parameters
    ----------
    path
        The file; made if need be. Whoever removes it lets a second process lock a new file of the same name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody has it; return whether.

        Raises
        ------
        OSError
            If the file cannot be made or opened.
        """
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        if not self.is_there():
            self.release()
            return False
        return True

    def is_there(self) -> bool:
        """Whether the file that is locked still has its name: another one of that name can be locked by others."""
        try:
            return self._handle is not None and os.path.samestat(os.fstat(self._handle), self._path.stat())
        except OSError:
            return False

    def release(self) -> None:
        """Release the lock."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@contextmanager
def only_process(folder: Path, what: str) -> Iterator[None]:
    """Keep other processes away from a folder as long as the block runs.

    Parameters
    ----------
    folder
        Made if need be, and removed again where nothing was put there; it keeps an empty file ``lock``.
    what
        It belongs to, such as "a study".

    Raises
    ------
    BridgeError
        If another process is at work there.
    """
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "lock"
    lock = FileLock(file)
    if not lock.acquire():
        raise BridgeError(f"one process at a time works on {what}, found another one; wait for it, or end it")
    try:
        yield
    finally:
        lock.release()
        if made and list(folder.iterdir()) == [file]:
            file.unlink()
            folder.rmdir()


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
