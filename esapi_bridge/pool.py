"""A queue of work done by several processes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from multiprocessing import connection, get_context
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar

from dosenet.threads import wait_passively
from esapi_bridge.errors import BridgeError

PATIENCE_S = 10.0
"""How long a process that is told to end may tidy up, s."""

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

Item = TypeVar("Item")
Result = TypeVar("Result")


def completed(
    function: Callable[[Item], Result], queue: deque[Item], workers: int, *, threads: int = 1
) -> Generator[tuple[Item, Result], None, None]:
    """Apply a function to every item of a queue and yield (item, result) as they are completed.

    An item leaves the queue when a process is free for it, so the caller can add items, and change their order, between
    two results; no more results wait than there are processes. When the caller stops, or anything fails, all processes
    end at once; an interrupt from the keyboard reaches this process only.

    Parameters
    ----------
    function
        Sent to each process once, with all that it refers to, and so must be importable there (a partial, or a method
        of an object that can be pickled). Objects that are slow to make can be kept between its calls.
    queue
        Emptied from its left end.
    workers
        Number of processes; with 1, or a single item, everything happens in this one, in the order of the queue.
    threads
        Numerical threads (OpenMP, BLAS, numba) of each process, unless the environment states a number already.

    Raises
    ------
    BridgeError
        If a process ends by itself.
    Exception
        What the function raised first; its notes hold the traceback of the other process.
    """
    if min(workers, len(queue)) <= 1:
        while queue:
            item = queue.popleft()
            yield item, function(item)
        return
    processes: list[SpawnProcess] = []
    idle: list[Any] = []
    busy: dict[Any, Item] = {}

    def hand_out() -> None:
        while queue and (idle or len(processes) < workers):
            if not idle:
                process, end = _start(function, threads)
                processes.append(process)
                idle.append(end)
            free = idle.pop()
            busy[free] = queue.popleft()
            free.send(busy[free])

    try:
        while queue or busy:
            hand_out()
            ready = connection.wait(list(busy))[0]
            item, result = busy.pop(ready), _receive(ready)
            idle.append(ready)
            hand_out()  # so that no process waits for the caller
            yield item, result
    finally:
        _end(processes)


def _end(processes: list[SpawnProcess]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(PATIENCE_S)
        process.kill()
        process.join()


def _start(function: Callable[[Any], object], threads: int) -> tuple[SpawnProcess, Any]:
    """Start a process and return it with this process's end of the connection."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, function), daemon=True)
    wait_passively()
    with _environment(threads):
        process.start()
    theirs.close()
    return process, ours


@contextmanager
def _environment(threads: int) -> Iterator[None]:
    """State the number of threads for a process started here: it reads it when it imports its libraries."""
    added = [name for name in THREAD_VARIABLES if name not in os.environ]
    os.environ.update(dict.fromkeys(added, str(threads)))
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _receive(end: Any) -> Any:
    try:
        error, result = end.recv()
    except (EOFError, OSError) as ended:
        raise BridgeError(
            "a process must live until its work is done, found one that ended by itself: "
            "perhaps memory ran out, use fewer workers"
        ) from ended
    if error is not None:
        raise error
    return result


def _serve(end: Any, function: Callable[[Any], object]) -> None:
    """Do what is sent until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides what an interrupt means
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half-written is removed
    while True:
        try:
            item = end.recv()
        except EOFError:
            return
        try:
            answer: tuple[Exception | None, object] = (None, function(item))
        except Exception as error:  # noqa: BLE001  raised again where the result is waited for
            error.add_note(traceback.format_exc())
            answer = (error, None)
        end.send(answer)
