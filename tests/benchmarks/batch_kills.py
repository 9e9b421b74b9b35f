"""Kill a batch with signal 9 at random instants, resume it, and compare with one that was let alone.

``python -m tests.benchmarks.batch_kills [KILLS] [PLANS]`` prints one table (20 kills, 200 plans). Every second kill
ends the command alone, the others its processes too. A dose is compared by pixels and geometry: identifiers and times
are new whenever it is made.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pydicom

from esapi_bridge.folders.user import STATE_VARIABLE
from tests.benchmarks.batch_plans import ENDED, arguments, batch_command, seconds_of
from tests.benchmarks.many_plans import write_many
from tests.tasks.conftest import make_model

SEED = 14
BATCHES, LATEST = 3, 0.9
"""Kills are spread over the time of so many unbroken batches; the latest of one falls into this part of its time."""

BROKEN = 0.06
"""Share of plans that are broken."""

NEW_EVERY_TIME = {"seconds"}
GEOMETRY = (
    "Rows", "Columns", "NumberOfFrames", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient",
    "GridFrameOffsetVector", "DoseGridScaling", "DoseUnits", "DoseSummationType", "FrameOfReferenceUID",
)  # fmt: skip


def table(out: Path) -> list[dict[str, Any]]:
    """The rows of a batch, times apart."""
    rows = json.loads((out / "summary.json").read_text())["plans"]
    kept = [{name: value for name, value in row.items() if name not in NEW_EVERY_TIME} for row in rows]
    return sorted(kept, key=lambda row: row["plan"])


def doses(out: Path) -> dict[str, list[bytes]]:
    """Pixels and geometry of every dose."""
    found = {}
    for file in out.glob("*/RTDOSE_PLAN.dcm"):
        ds = pydicom.dcmread(file)
        found[file.parent.name] = [ds.PixelData, *(str(ds[name].value).encode() for name in GEOMETRY)]
    return found


def whole(out: Path) -> dict[str, tuple[int, int]]:
    """Results that are whole, in their place or not yet: inode and time of their dose, by plan."""
    found = {}
    for file in [*out.glob("*/RTDOSE_PLAN.dcm"), *out.glob(".batch/fresh/*/RTDOSE_PLAN.dcm")]:
        if not file.parent.name.startswith("."):
            key = file.parent.name.rpartition("-")[0] if ".batch" in file.parts else file.parent.name
            with suppress(OSError):  # being put in its place by a process that is about to end
                stat = file.stat()
                found[key] = (stat.st_ino, stat.st_mtime_ns)
    return found


def main() -> None:
    """Run the campaign."""
    kills, plans = arguments(20, 200)
    instants = random.Random(SEED)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        os.environ[STATE_VARIABLE] = str(place / "state")
        root, model = place / "plans", make_model(place / "tiny")
        broken = max(1, round(BROKEN * plans))
        write_many(root, patients=max(1, plans // 5), plans=plans, broken=broken, unrelated=5 * plans // 2)
        words = (root, "--task", "dose", "--model", model, "--jobs", 2)
        whole_s = seconds_of(batch_command(*words, "-o", place / "alone"))
        latest_s = min(2 * BATCHES / kills, LATEST) * whole_s
        expected_table, expected_doses = table(place / "alone"), doses(place / "alone")
        while counts["kills"] < kills:
            counts["batches"] += 1
            out = place / f"killed{counts['batches']}"
            known: dict[str, tuple[int, int]] = {}
            while True:
                process = batch_command(*words, "-o", out)
                try:
                    if counts["kills"] < kills:
                        process.wait(instants.uniform(0.0, latest_s))
                    process.wait()
                except subprocess.TimeoutExpired:  # the instant has come
                    counts["kills"] += 1
                    (os.killpg if counts["kills"] % 2 else os.kill)(process.pid, signal.SIGKILL)
                    process.wait()
                now = whole(out) if out.exists() else {}
                counts["done twice"] += sum(now.get(key) != stamp for key, stamp in known.items())
                known |= now
                if process.returncode >= 0:
                    break
            if process.returncode not in ENDED:
                raise SystemExit(f"a batch ended with {process.returncode}")
            counts["tables unlike"] += table(out) != expected_table
            found = doses(out)
            counts["doses unlike"] += sum(found.get(key) != dose for key, dose in expected_doses.items())
            counts["left over"] += len([*out.glob(".batch/fresh/*"), *out.glob(".batch/old/*")])
    print(f"{plans} plans, {whole_s:.1f} s unbroken")
    for what in ("kills", "batches", "done twice", "tables unlike", "doses unlike", "left over"):
        print(f"{what:<14} {counts[what]:5d}")


if __name__ == "__main__":
    main()
