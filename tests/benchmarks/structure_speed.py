"""How long structures of a large CT take in the mock: ``python -m tests.benchmarks.structure_speed [slices]``."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import Grid, Structure, Unit, Volume
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import build_mock
from tests.cases import ellipse, write_patient
from tests.mock.esapi.conftest import run_dotnet
from tests.mock.esapi.patients import make_case


def main(slices: int = 200) -> None:
    """Print seconds of each step, on 512 x 512 pixels of 1 mm and slices of 2 mm."""
    grid = Grid((512, 512, slices), (1.0, 1.0, 2.0), (-255.5, -255.5, 1.0 - slices))
    z = grid.coordinates_mm(2)
    middle = z[slices // 3 : 2 * slices // 3]
    drawn = (
        Structure(1, "BODY", "EXTERNAL", (0, 255, 0), ellipse((0, 0), (210, 130), z)),
        Structure(2, "PTV", "PTV", (255, 0, 0), ellipse((5, 10), (45, 35), middle, 80.0)),
    )
    ct = Volume(np.zeros(grid.shape, dtype=np.float32), grid, Unit.HU)
    case = replace(make_case(), ct=ct, structures=drawn, plan_dose=None, beam_doses={})
    settings = {
        "schema": 1, "dose_unit": "Gy", "dose_scale_percent": 1e-4, "dose_intercept_percent": 0.0, "ct_offset": 1000,
        "models": {}, "intended_use": "Research use only, not for clinical use.",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "db").mkdir()
        (folder / "db" / "database.json").write_text(json.dumps(settings))
        write_patient(folder / "db", "LARGE", {"C1": {"Plan": case}}, "Ahorn", "Alba")
        mock = build_mock(folder / "mock")
        source = Path(__file__).parent / "StructureSpeed.cs"
        program = compile_library(
            [source], folder / "mock" / "StructureSpeed.exe", [mock.api, mock.types], target="exe"
        )
        print(run_dotnet(program, folder / "db", "LARGE"), end="")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
