"""What every form of an executor does."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from esapi_bridge.errors import BridgeError

Item = TypeVar("Item")
Result = TypeVar("Result")

Digests = Callable[[], Mapping[str, str]]
"""Names a network and its digests: ``card of ddn-lite``, ``weights of ddn-lite``."""


class LostProcessError(BridgeError):
    """A process that ended by itself."""

    def __init__(self) -> None:
        super().__init__(
            "a process must live until its work is done, found one that ended by itself: "
            "perhaps memory ran out, use fewer workers"
        )


class Executor(Protocol):
    """Does a queue of work."""

    def completed(
        self,
        function: Callable[[Any], Result],
        queue: deque[Item],
        *,
        pack: Callable[[Item], object] | None = None,
        network: Digests | None = None,
        lost: Callable[[Item], Result] | None = None,
    ) -> Generator[tuple[Item, Result], None, None]:
        """Apply a function to every item of a queue and yield (item, result) as they are completed.

        An item leaves the queue when a process is free for it, so the caller can add items, and change their order,
        between two results; no more results wait than there are processes. When the caller stops, or anything fails,
        what is in work ends at once.

        Parameters
        ----------
        function
            Sent to each process once, with all that it refers to, and so must be importable there (a partial, or a
            method of an object that can be pickled). Objects that are slow to make can be kept between its calls.
        queue
            Emptied from its left end.
        pack
            Makes of an item what the function is given, when the item leaves the queue. Default: the item itself.
        network
            States the network that the function computes with. It is called on every machine, which all must have the
            same, and GPUs do the work where the executor knows of any. Default: the function needs none.
        lost
            Gives the result of an item whose process ended by itself, by want of memory perhaps; the others go on, and
            no item is done in this process. Default: that is an error.

        Raises
        ------
        LostProcessError
            If a process ends by itself.
        RefusedError
            If machines differ in what decides a result.
        Exception
            What the function raised first; its notes hold the traceback of the other process.
        """
        ...

    def sees(self, file: Path) -> bool:
        """Whether every process reads from a file the same bytes as this one."""
        ...

    def require_shared(self, *paths: Path) -> None:
        """Make sure that every process sees files, and folders to write in, which are made if need be.

        Raises
        ------
        RefusedError
            If one does not.
        BridgeError
            If a folder cannot be written.
        """
        ...


def answer(function: Callable[[Item], Result], item: Item) -> tuple[Exception | None, Result | None]:
    """Call a function in the process of a worker; an error is returned, to be raised again where it is waited for."""
    try:
        return None, function(item)
    except Exception as error:  # noqa: BLE001
        error.add_note(traceback.format_exc())
        return error, None
