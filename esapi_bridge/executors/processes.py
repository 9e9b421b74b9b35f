"""Processes of this machine."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from dosenet.threads import wait_passively
from esapi_bridge.executors.executor import Digests, Item, LostProcessError, Result, answer

PATIENCE_S = 10.0
"""How long a process that is told to end may tidy up, s."""

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Processes:
    """An executor, see `Executor.completed`: processes of this machine.

    With one, or a single item, everything happens in this process, in the order of the queue; unless it is said what a
    lost item's result is. An interrupt from the keyboard reaches this process only. The others end, too, when this one
    is killed.

    Parameters
    ----------
    workers
        Number of processes.
    threads
        Numerical threads (OpenMP, BLAS, numba) of each, unless the environment states a number already; 0: its share
        of the processors.
    """

    workers: int = 1
    threads: int = 1

    def completed(
        self,
        function: Callable[[Any], Result],
        queue: deque[Item],
        *,
        pack: Callable[[Item], object] | None = None,
        network: Digests | None = None,  # noqa: ARG002  they all have the networks of this process
        lost: Callable[[Item], Result] | None = None,
    ) -> Generator[tuple[Item, Result], None, None]:
        """Apply a function to every item of a queue, see `Executor.completed`."""
        packed = pack or (lambda item: item)
        if lost is None and min(self.workers, len(queue)) <= 1:
            while queue:
                item = queue.popleft()
                yield item, function(packed(item))
            return
        threads = self.threads or max(1, (os.cpu_count() or 1) // self.workers)
        processes: dict[Any, SpawnProcess] = {}
        idle: list[Any] = []
        busy: dict[Any, Item] = {}

        def hand_out() -> None:
            while queue and (idle or len(processes) < self.workers):
                if not idle:
                    process, end = _start(function, threads)
                    processes[end] = process
                    idle.append(end)
                free = idle.pop()
                busy[free] = queue.popleft()
                sent = packed(busy[free])
                with suppress(OSError):  # one that has ended by itself is found where its result is waited for
                    free.send(sent)

        try:
            while queue or busy:
                hand_out()
                ready = connection.wait(list(busy))[0]
                item = busy.pop(ready)
                try:
                    result = _receive(ready)
                    idle.append(ready)
                except LostProcessError:
                    if lost is None:
                        raise
                    _end([processes.pop(ready)])
                    result = lost(item)
                hand_out()  # so that no process waits for the caller
                yield item, result
        finally:
            _end(list(processes.values()))

    def sees(self, file: Path) -> bool:  # noqa: ARG002
        """Every process of this machine reads what this one does."""
        return True

    def require_shared(self, *paths: Path) -> None:
        """Every process of this machine sees what this one does."""


HERE = Processes()
"""Everything happens in this process."""


def _end(processes: Sequence[SpawnProcess]) -> None:
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
        raise LostProcessError from ended
    if error is not None:
        raise error
    return result


def _serve(end: Any, function: Callable[[Any], object]) -> None:
    """Do what is sent until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides what an interrupt means
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half-written is removed
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            item = end.recv()
        except EOFError:
            return
        end.send(answer(function, item))


def _end_with_parent() -> None:
    """End this process at once when the one that started it is gone: nobody waits for its work any more."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
