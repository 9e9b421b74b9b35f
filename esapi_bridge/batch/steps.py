"""How far every plan is: a small file each, written by the process that does it and read by the one that shows it.

Files, because processes may stand on other machines that share nothing but the folder.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.progress import Progress

PAUSE_S = 0.25
"""Least time between two writings of one step, s."""


@dataclass(frozen=True)
class Step:
    """Where a plan is.

    Parameters
    ----------
    name
        The step.
    done, total
        How far within it.
    seconds
        Time since the plan was begun, s.
    """

    name: str
    done: int
    total: int
    seconds: float


@dataclass(frozen=True)
class Steps:
    """The steps of all plans at work.

    Parameters
    ----------
    folder
        Where the files lie.
    """

    folder: Path

    def of(self, key: str) -> Progress:
        """Return the progress that a plan reports to."""
        file, begun, written, last = self.folder / key, time.time(), 0.0, ""

        def told(step: str, done: int, total: int) -> None:
            nonlocal written, last
            now = time.monotonic()
            if step != last or now - written > PAUSE_S:
                written, last = now, step
                with suppress(OSError):  # a full disk: the plan itself will say so
                    file.write_text(f"{begun}\t{step}\t{done}\t{total}", encoding="utf-8")

        return told

    def read(self) -> dict[str, Step]:
        """Read where every plan at work is, by its key, the longest at work first."""
        found = {}
        for file in self.folder.iterdir():
            with suppress(OSError, ValueError):  # removed, or half-written, at this moment
                begun, name, done, total = file.read_text(encoding="utf-8").split("\t")
                found[file.name] = Step(name, int(done), int(total), max(time.time() - float(begun), 0.0))
        return dict(sorted(found.items(), key=lambda entry: -entry[1].seconds))

    def ended(self, key: str) -> None:
        """Forget a plan that has ended."""
        with suppress(OSError):
            (self.folder / key).unlink(missing_ok=True)
