"""What predicts imports nothing of what trains: an installation without the `train` extra loads and runs a network."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

WITHOUT_TRAINING = """
import sys
sys.modules.update({name: None for name in ("zarr", "lightning", "pytorch_lightning")})  # as if not installed
import torch
torch.set_num_threads(1)
"""

DOSE = """
import numpy as np
from dosenet import CoarseDose, CtGrid, load_model, predict
dose = np.zeros((3, 8, 8), np.float32)
dose[:, 2:6, 2:6] = 1.0
place = ((5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
fine = predict(load_model("ddn-lite"), CoarseDose(dose, *place), CtGrid(0 * dose, *place), (15.0, -900.0, 5.0))
assert fine.values.shape == (12, 32, 32) and fine.values.max() > 0.5
assert "torch._dynamo" not in sys.modules  # torch's compiler, two seconds to import
"""

FLUENCE = """
from fluencenet import load_model, predict
from tests.fluencenet.toy import toy_case
case = toy_case(beams=1)
(image,) = predict(load_model("dual-frame-lite"), case.scene, [beam.axes for beam in case.beams])
assert image.values.max() > 0.1
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_TRAINING + code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def used_by_tasks() -> set[str]:
    """Modules of both packages that the tasks import, inside functions too; and the tasks themselves."""
    names = set()
    for path in (ROOT / "esapi_bridge" / "tasks").rglob("*.py"):
        names.add(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"dosenet", "fluencenet"}:
                names.add(str(node.module))
    return names


def test_the_dose_network_predicts_without_what_trains() -> None:
    done = run(DOSE)
    assert done.returncode == 0, done.stderr


def test_the_fluence_network_predicts_without_what_trains() -> None:
    done = run(FLUENCE)
    assert done.returncode == 0, done.stderr


def test_all_that_tasks_use_loads_without_what_trains() -> None:
    names = used_by_tasks()
    assert {"dosenet.prediction", "fluencenet.prediction", "fluencenet.metrics"} <= names
    done = run(f"import importlib\nfor name in {sorted(names)}: importlib.import_module(name)")
    assert done.returncode == 0, done.stderr


def test_what_trains_does_not_load_so_the_modules_are_hidden() -> None:
    needing = {"dosenet.store": "zarr", "fluencenet.store": "zarr", "dosenet.fitting.run": "pytorch_lightning"}
    done = run(
        f"import importlib\nfor name in {list(needing)}:\n"
        "    try: importlib.import_module(name)\n"
        "    except ModuleNotFoundError as error: print(name, error.name)\n"
    )
    assert dict(line.split() for line in done.stdout.splitlines()) == needing, done.stderr
