"""A request to end, as systems and schedulers make it, is an interrupt like that of the keyboard."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def termination_interrupts() -> Iterator[None]:
    """Let SIGTERM raise `KeyboardInterrupt` within the block, so that a command ends as with Ctrl-C: exit code 4."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
