"""Damage in one patient's file never touches the plan of another: ``python -m tests.benchmarks.damaged_neighbour [N]``.

Two small plans lie in one flat folder. One file of the first is damaged at a time; the plan of the second must then be
found with nothing missing, and nothing but errors of this project may be raised. Of the first plan it is counted how
often the list and the reading agree: what the list refuses must not be read, what it calls ready may show its fault
only when it is read.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Uids
from esapi_bridge.dicom import FoundPlan, find_plans, read_export, write_export
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.sealed import SUMS_FILE
from tests.benchmarks.damages import Base, damaged
from tests.dicom.phantom import KEY, asymmetric_case

IMAGES = 0.2
"""Share of the damages that falls on CT images, of which there are many alike."""


def uids(patient: str) -> Uids:
    """Identifiers of a patient's plan."""
    return Uids(*(f"2.25.{patient}{part}" for part in (11, 12, 13, 14)))


def is_read(plan: FoundPlan) -> bool:
    """Whether a plan can be read from its files."""
    try:
        read_export(plan.source, plan.uid, key=KEY)
    except BridgeError:
        return False
    return True


def main() -> None:
    """Damage files one by one and print the counts."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    random = np.random.default_rng(14)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as made:
        flat = Path(made) / "flat"
        flat.mkdir()
        for patient in "12":
            folder = Path(made) / patient
            write_export(replace(asymmetric_case(), uids=uids(patient)), folder, patient_id=patient, patient_name="Any")
            for path in folder.iterdir():
                if path.name != SUMS_FILE:
                    path.rename(flat / f"{patient}.{path.name}")
        images, others = sorted(flat.glob("1.CT.*")), sorted({*flat.glob("1.*")} - {*flat.glob("1.CT.*")})
        kept = Path(made) / "kept.json"
        find_plans(flat, kept)
        bases = {path: Base.of(path.read_bytes()) for path in (images[0], *others)}
        for number in range(count):
            path = images[0] if random.random() < IMAGES else others[int(random.integers(len(others)))]
            how, content = damaged(bases[path], random)
            path.write_bytes(content)
            plans = {plan.uid: plan for plan in find_plans(flat, kept).plans}
            if uids("2").plan not in plans or plans[uids("2").plan].missing:
                raise SystemExit(f"damage {number} ({how} of {path.name}) touches the other patient's plan")
            first = plans.get(uids("1").plan)
            listed = "not found" if first is None else "refused" if first.missing else "ready"
            counts[f"list: {listed}; " + ("not read" if first is None or not is_read(first) else "read")] += 1
            path.write_bytes(bases[path].implicit)
    for what, times in sorted(counts.items()):
        print(f"{times:6} {what}")
    print(f"{count} damages, none touched the other patient's plan. {INTENDED_USE}")


if __name__ == "__main__":
    main()
