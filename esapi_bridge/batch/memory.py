"""How many plans fit into memory side by side.

What is free is asked of the operating system: psutil would be one more dependency, and knows nothing of the limit of a
container or a batch system, which is what kills a process there.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

SHARE = 0.9
"""Share of the free memory that is used: other programs live too."""

CGROUPS = (
    (0, "", "memory.max", "memory.current", "inactive_file"),
    (1, "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Control groups of Linux, version 2 and 1: folder, and files with the limit and what is used; what is used holds file
contents that can be given up."""


def how_many_fit(needs_bytes: Sequence[float], free_bytes: float | None) -> int:
    """Say how many plans may be at work at once, whichever they are; at least 1.

    Parameters
    ----------
    needs_bytes
        What each plan needs.
    free_bytes
        What there is; None where that is not known: then one at a time.
    """
    if free_bytes is None:
        return 1
    fitting, needed = 0, 0.0
    for need in sorted(needs_bytes, reverse=True):  # the largest may all be at work together
        needed += need
        if needed > SHARE * free_bytes:
            break
        fitting += 1
    return max(fitting, 1)


def free_memory_bytes() -> float | None:
    """Memory that programs may still take, bytes; None where the system does not say."""
    if os.name == "nt":
        return _free_of_windows()
    known = [*_free_of_linux(), *_free_of_groups()]
    return min(known) if known else None


def _free_of_linux() -> list[float]:
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return [1024.0 * float(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return []


def _free_of_groups() -> list[float]:
    """What the limits of the groups that this process is in still leave."""
    found = []
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text("utf-8").splitlines():
            _, controllers, group = line.split(":", 2)
            for _, name, limit, used, reclaimable in CGROUPS:
                if name in controllers.split(","):
                    found += _free_of_group(Path("/sys/fs/cgroup") / name, group, (limit, used, reclaimable))
    return found


def _free_of_group(root: Path, group: str, names: tuple[str, str, str]) -> list[float]:
    """What a group and those above it leave; inside a container the group itself may not be seen, but its root is."""
    found = []
    inside = root / group.lstrip("/")
    for folder in (inside, *(parent for parent in inside.parents if parent.is_relative_to(root))):
        with suppress(OSError, ValueError):  # "max": no limit
            limit, used = (float((folder / name).read_text("ascii")) for name in names[:2])
            found.append(limit - used + _stated(folder / "memory.stat", names[2]))
    return found


def _stated(file: Path, name: str) -> float:
    for line in file.read_text("ascii").splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    return 0.0


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        *((name, ctypes.c_uint64) for name in ("all", "free", "all_page", "free_page", "all_own", "free_own", "more")),
    )


def _free_of_windows() -> float | None:
    status = _MemoryStatus(ctypes.sizeof(_MemoryStatus))
    windows = getattr(ctypes, "windll", None)
    if windows is None or not windows.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return float(status.free)
