"""What the executors are given to do; workers import it."""

from __future__ import annotations

import os
import signal
import time
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from tests.patience import LONGEST_S

FOR_EVER_S = 2 * LONGEST_S


def square(number: int) -> int:
    return number * number


def environment(name: str) -> str | None:
    return os.environ.get(name)


def process_id(wait_for: Path | None) -> int:
    """Return one's own process id, once a file is there."""
    while wait_for is not None and not wait_for.exists():
        time.sleep(0.005)
    return os.getpid()


def fail(number: int) -> int:
    if number == 2:
        raise ValueError("two is not wanted")
    time.sleep(FOR_EVER_S if number > 2 else 0)
    return number


def end(number: int) -> int:
    """End the process, unless the number is even."""
    if number % 2:
        os._exit(7)
    return number


def killed_once(mark: Path) -> int:
    """Be killed, the first time."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return os.getpid()
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def note(folder: Path) -> None:
    """Say that the work has begun, and never end; what is half-written is removed."""
    file = folder / f"{os.getpid()}.part"
    try:  # before the file is there: who sees it may end this process at once
        file.touch()
        time.sleep(FOR_EVER_S)
    finally:
        file.unlink(missing_ok=True)


def name_of_process() -> dict[str, str]:
    return {"network": f"toy {os.getpid()}"}


def name_of_network() -> dict[str, str]:
    return {"network": "toy 1"}


class Keeper:
    """Makes something once in every process."""

    @cached_property
    def kept(self) -> str:
        return uuid4().hex

    def __call__(self, _: int) -> tuple[int, str]:
        return os.getpid(), self.kept


def ends(process: int) -> bool:
    """Whether a process ends soon; one that nobody has waited for yet has ended too."""
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
            if "\nState:\tZ" in Path(f"/proc/{process}/status").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def wait_for_notes(folder: Path, number: int) -> list[Path]:
    """Wait until so many have noted that they began."""
    deadline = time.monotonic() + LONGEST_S
    while len(notes := list(folder.iterdir())) < number and time.monotonic() < deadline:
        time.sleep(0.02)
    return notes
