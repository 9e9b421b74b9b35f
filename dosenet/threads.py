"""Threads: loops that run side by side, and how the threads of torch wait for one another.

torch calculates with the threads of OpenMP. A thread that has done its share of a loop waits for the others,
by default spinning: it keeps its core busy. Where another program wants that core (Eclipse, a second job, a browser),
the thread that still has work to do is put aside for one that only waits, and a calculation takes several times as
long. A thread that waits passively sleeps and leaves the core to others.

OpenMP reads the setting when its library is loaded, so it must be made before torch is imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
"""The OpenMP standard's variable, which GNU's library reads (Linux), and that of Intel's library (Windows)."""

CHOICES = ("OMP_WAIT_POLICY", "KMP_BLOCKTIME", "KMP_LIBRARY", "GOMP_SPINCOUNT")
"""Variables by which somebody has chosen already."""


def wait_passively() -> None:
    """Let waiting threads sleep, in this process and those it starts; what the environment says already stays."""
    if not any(name in os.environ for name in CHOICES):
        os.environ.update(PASSIVE)


def how_threads_wait() -> str:
    """Show the variables that say how threads wait, such as ``OMP_WAIT_POLICY=PASSIVE``; empty where none is set."""
    return " ".join(f"{name}={os.environ[name]}" for name in CHOICES if name in os.environ)


def side_by_side(work: Callable[..., None], parts: int, *arguments: object) -> None:
    """Call ``work(part, *arguments)`` for every part, on as many threads as numba is set to use.

    `work` is compiled with ``nogil=True`` and writes its part into an array it is given. Numba's own parallel loops do
    the same at the same speed, but take three times as long to compile, which every new installation waits for.
    """
    import numba

    with ThreadPoolExecutor(numba.get_num_threads()) as threads:
        for done in [threads.submit(work, part, *arguments) for part in range(parts)]:
            done.result()
