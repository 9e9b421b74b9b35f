"""The worker with a fluence task that needs no network: the same server, answers as a test wants them.

Started as ``python -m tests.scripts.canned_worker --jobs JOBS``. What it answers is said in ``JOBS/canned.json``; the
options of the last job lie in ``JOBS/options.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from esapi_bridge.case import Beam, FluenceMap
from esapi_bridge.case.folder import read_case
from esapi_bridge.checks import require
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.fluence.goals import GoalPart
from esapi_bridge.tasks.fluence.plan import Normalisation
from esapi_bridge.tasks.fluence.result import PlanFluences, write_fluences
from esapi_bridge.tasks.fluence.structure_names import label_structures, read_table
from esapi_bridge.worker.__main__ import main

CANNED, OPTIONS = "canned.json", "options.json"

RADIUS_MM = 25.0
ROWS, COLUMNS = 24, 22
HEADS = ("FemoralHead_L", "FemoralHead_R")
GOALS = (
    GoalPart(
        text="Heads D30% <= 90 %", structures=HEADS, quantity="D", at=30.0, unit="%", relation="<=", limit=90.0,
        wanted=None, source="made up",
    ),
    GoalPart(
        text="Heads V5Gy >= 1000 cm3", structures=HEADS, quantity="V", at=5.0, unit="cm3", relation=">=",
        limit=1000.0, wanted=3.0, source="made up",
    ),
)  # fmt: skip


def canned_map(number: int) -> FluenceMap:
    """A disc with a slope along X, other for every beam, off the axis and not square: a transposed one shows."""
    x_mm = -26.25 + 2.5 * np.arange(COLUMNS)
    y_mm = 28.75 - 2.5 * np.arange(ROWS)
    inside = np.hypot(x_mm, y_mm[:, None]) < RADIUS_MM
    values = np.where(inside, 0.3 + 0.01 * number + 0.002 * x_mm, 0.0)
    return FluenceMap(values.astype(np.float32), float(x_mm[0]), float(y_mm[0]))


def answer(case_folder: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
    """Give every treatment beam its map, but for what the test wants to go wrong."""
    jobs = case_folder.parent.parent
    (jobs / OPTIONS).write_text(json.dumps(dict(options)))
    fault = json.loads((jobs / CANNED).read_text())["fault"]
    progress("network", 0, 1)
    case = read_case(case_folder)
    labelled = label_structures(case.structures, read_table().named(options.get("structures") or {}))
    require(labelled.verdicts)
    beams = [replace(beam, fluence=canned_map(beam.number)) for beam in case.plan.treatment_beams]
    if fault == "lacking":
        del beams[2]
    elif fault == "tall":
        beams[-1] = _with(beams[-1], np.ones((1025, 3), np.float32))
    elif fault == "zero":
        beams[-1] = _with(beams[-1], np.zeros((ROWS, COLUMNS), np.float32))
    elif fault == "wide pixels":
        beams[0] = replace(beams[0], fluence=replace(canned_map(1), spacing_mm=5.0))
    target = labelled.structures["PTV"][0].name
    prescription = case.plan.prescription
    assert prescription is not None
    scaled = Normalisation(structure=target, mean_gy=prescription.dose_gy)
    result = PlanFluences(tuple(beams), prescription, scaled, GOALS)
    write_fluences(result, out)
    if fault in ("nan", "negative"):
        path = out / "fluence_3.npy"
        values = np.load(path)
        values[5, 5] = np.nan if fault == "nan" else -0.1
        np.save(path, values)


def _with(beam: Beam, values: np.ndarray) -> Beam:
    return replace(beam, fluence=FluenceMap(values, -2.5, 100.0))


if __name__ == "__main__":
    main(tasks={"fluence": answer})
