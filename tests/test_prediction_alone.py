"""What predicts imports nothing of what trains: an installation without the `train` extra loads and runs a network."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

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
(image,) = predict(load_model("dual-frame-lite"), case.scene, [beam.axes for beam in case.beams], energy="15X")
assert image.values.max() > 0.1
"""

ONE_BY_ONE = """
import importlib, json, traceback
said = {}
for name, code in json.load(sys.stdin).items():
    try:
        exec(code, {"sys": sys, "importlib": importlib})
        said[name] = ""
    except ModuleNotFoundError as error:
        said[name] = error.name
    except Exception:
        said[name] = traceback.format_exc()
print(json.dumps(said))
"""
"""Runs pieces of code in one process, which imports torch once, and tells what each of them ended with."""


def used_by_tasks() -> set[str]:
    """Modules of both packages that the tasks import, inside functions too; and the tasks themselves."""
    names = set()
    for path in (ROOT / "esapi_bridge" / "tasks").rglob("*.py"):
        names.add(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"dosenet", "fluencenet"}:
                names.add(str(node.module))
    return names


NEEDING = {"dosenet.store": "zarr", "fluencenet.store": "zarr", "dosenet.fitting.run": "pytorch_lightning"}


@pytest.fixture(scope="module")
def said() -> Mapping[str, str]:
    """What the pieces ended with: nothing, the module that was not found, or a trace."""
    tasks = f"for name in {sorted(used_by_tasks())}: importlib.import_module(name)"
    pieces = {"dose": DOSE, "fluence": FLUENCE, "tasks": tasks} | {name: f"import {name}" for name in NEEDING}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TRAINING + ONE_BY_ONE],
        cwd=ROOT,
        input=json.dumps(pieces),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("network", ["dose", "fluence"])
def test_a_network_predicts_without_what_trains(said: Mapping[str, str], network: str) -> None:
    assert said[network] == ""


def test_all_that_tasks_use_loads_without_what_trains(said: Mapping[str, str]) -> None:
    assert {"dosenet.prediction", "fluencenet.prediction", "fluencenet.metrics"} <= used_by_tasks()
    assert said["tasks"] == ""


def test_what_trains_does_not_load_so_the_modules_are_hidden(said: Mapping[str, str]) -> None:
    assert {name: said[name] for name in NEEDING} == NEEDING
