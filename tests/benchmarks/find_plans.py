"""How long the index of a folder of many plans takes: ``python -m tests.benchmarks.find_plans FOLDER [REPEATS]``.

``python -m tests.benchmarks.many_plans FOLDER`` makes such a folder. Prints the time of the first reading, and of those
after it, in which no file has changed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from esapi_bridge import INTENDED_USE
from esapi_bridge.dicom import find_plans


def main() -> None:
    """Index the folder that the command line names, first without and then with what was kept."""
    root, repeats = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"{os.cpu_count()} logical processors, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "kept.json"
        for _ in range(1 + repeats):
            wall, processor = time.perf_counter(), time.process_time()
            found = find_plans(root, kept)
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            faults = sum(bool(plan.missing) for plan in found.plans)
            print(
                f"{found.files} files, {found.read} of them read: {wall:.2f} s ({processor:.2f} s of a processor), "
                f"{1e3 * wall / found.files:.2f} ms a file; {len(found.plans)} plans, {faults} with faults; "
                f"{kept.stat().st_size / 1e6:.1f} MB kept",
                flush=True,
            )
    print(INTENDED_USE)


if __name__ == "__main__":
    main()
