"""The processes that a worker works for: Eclipse, or another that hosts the scripts. Standard library only.

A process is held by a handle, not by its number: the number of one that has ended may be given to another process, the
handle stays with the first.
"""

from __future__ import annotations

import os
import select
import sys

if sys.platform == "win32":
    import _winapi

    SYNCHRONIZE = 0x00100000

    class Host:
        """A process, by its handle."""

        def __init__(self, pid: int) -> None:
            self._handle = _winapi.OpenProcess(SYNCHRONIZE, False, pid)

        def has_ended(self) -> bool:
            """Whether it has ended."""
            return _winapi.WaitForSingleObject(self._handle, 0) == _winapi.WAIT_OBJECT_0

        def close(self) -> None:
            """Let go of it."""
            _winapi.CloseHandle(self._handle)

else:

    class Host:
        """A process, by its file descriptor (pidfd_open(2)).

        Raises
        ------
        OSError
            If there is no such process, or this system cannot hold one.
        """

        def __init__(self, pid: int) -> None:
            if not hasattr(os, "pidfd_open"):
                raise NotImplementedError  # macOS, where no Eclipse runs
            self._handle = os.pidfd_open(pid)

        def has_ended(self) -> bool:
            """Whether it has ended, waited for by its parent or not."""
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            return bool(poll.poll(0))

        def close(self) -> None:
            """Let go of it."""
            os.close(self._handle)


class Hosts:
    """Hosts by their numbers; used under the lock of the desk.

    Parameters
    ----------
    first
        The host that started this worker; None: a person did, and it ends with no host.
    """

    def __init__(self, first: int | None = None) -> None:
        self._hosts: list[tuple[int, Host]] = []
        self._is_bound = False
        if first is not None:
            try:
                self.note(first)
                self._is_bound = True
            except NotImplementedError:
                pass
            except OSError:
                self._is_bound = True  # gone already

    def note(self, pid: int) -> Host:
        """Know a host from now on; asked by itself, so that it runs.

        Raises
        ------
        OSError, NotImplementedError
            See `Host`.
        """
        for known, host in self._hosts:
            if known == pid and not host.has_ended():
                return host
        host = Host(pid)
        self._hosts.append((pid, host))
        return host

    def take_ended(self) -> list[Host]:
        """Forget the hosts that have ended and return them."""
        ended = [host for _, host in self._hosts if host.has_ended()]
        self._hosts = [(pid, host) for pid, host in self._hosts if host not in ended]
        return ended

    @property
    def are_gone(self) -> bool:
        """Whether the worker has nobody left to work for."""
        return self._is_bound and not self._hosts
