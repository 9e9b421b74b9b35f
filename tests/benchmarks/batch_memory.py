"""Memory of the processes of a batch of large plans: nine beams, CT of 300 slices of 512x512 pixels.

``python -m tests.benchmarks.batch_memory [PLANS] [JOBS]`` prints one table: the largest resident set of each process,
and how it grew over the plans. Linux only.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from esapi_bridge.folders.user import STATE_VARIABLE
from tests.benchmarks.batch_plans import arguments, batch_command, large_case, large_plans
from tests.tasks.conftest import make_model

PAUSE_S = 0.05
GROUP = 5
"""Plans that are compared: the first of a process, its first one apart, with its last."""


def resident_bytes(pid: int) -> int:
    """Resident set of a process; 0 if it has ended."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def computes(pid: int) -> bool:
    """Whether a process is one that does plans: the others that a command starts only keep books."""
    with suppress(OSError):
        return "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
    return False


def main() -> None:
    """Run the batch and look at it."""
    plans, jobs = arguments(50, 2)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        os.environ[STATE_VARIABLE] = str(place / "state")
        root, model = place / "plans", make_model(place / "tiny")
        large_plans(root, plans, large_case())
        out = place / "out"
        begin = time.perf_counter()
        process = batch_command(root, "-o", out, "--task", "dose", "--model", model, "--jobs", jobs)
        peaks: dict[int, dict[str, int]] = defaultdict(dict)
        main_peak = 0
        while process.poll() is None:
            main_peak = max(main_peak, resident_bytes(process.pid))
            done = len(list(out.glob("*/batch.json")))
            for pid in filter(computes, children(process.pid)):
                found = peaks[pid]
                found[str(done)] = max(found.get(str(done), 0), resident_bytes(pid))
            time.sleep(PAUSE_S)
        seconds = time.perf_counter() - begin
    print(f"{plans} plans in {seconds:.0f} s, exit code {process.returncode}; resident sets, GiB")
    print(f"{'process':<10} {'peak':>6} {'first ' + str(GROUP):>8} {'last ' + str(GROUP):>8} {'growth':>7}")
    print(f"{'command':<10} {main_peak / 2**30:6.2f}")
    for pid, found in peaks.items():
        each = [found[key] / 2**30 for key in sorted(found, key=int)]
        early, late = (max(some, default=0.0) for some in (each[1 : 1 + GROUP], each[-GROUP - 1 : -1]))
        print(f"{pid:<10} {max(each):6.2f} {early:8.2f} {late:8.2f} {late - early:+7.2f}")


if __name__ == "__main__":
    main()
