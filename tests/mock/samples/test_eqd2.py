"""The plan that `Eqd2.cs` makes, voxel by voxel, against numpy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case.folder import read_case
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import MockAssemblies
from tests.mock.esapi.conftest import run_dotnet
from tests.mock.esapi.patients import make_case, make_database

FRACTIONS = 30
COUNT_PERCENT = 1e-4


@pytest.fixture(scope="module")
def program(mock: MockAssemblies) -> Path:
    here = Path(__file__).parent
    sources = [here / "Eqd2.cs", here / "RunAndSave.cs"]
    return compile_library(sources, mock.api.parent / "Eqd2.exe", [mock.api, mock.types], target="exe")


@pytest.mark.parametrize("unit", ["Gy", "cGy"])
def test_every_voxel_is_the_eqd2_of_the_source(program: Path, tmp_path: Path, unit: str) -> None:
    database = make_database(tmp_path / "db", dose_unit=unit, scale=COUNT_PERCENT, patients=("HFS",))
    run_dotnet(program, database, "HFS", "C1", "Plan A")
    record = json.loads((database / "patients/HFS/patient.json").read_text())
    (entry,) = (plan for plan in record["courses"][0]["plans"] if plan["id"] == "EQD2")
    made = read_case(database / "patients/HFS/plans" / entry["folder"])
    source = make_case().plan_dose
    assert source is not None
    assert made.plan_dose is not None
    # Where the dose voxels are in voxels of the CT, and which of them the target holds: it is i 1..5, j 1..3 on planes
    # 1 and 2 without the hole i 2..3, j 1.5..2.5.
    k, j, i = np.meshgrid(np.arange(5), np.arange(4), np.arange(3), indexing="ij")
    x, y, z = 0.5 + i * 2.5 / 1.5, 0.25 + j * 2.25 / 2.0, 0.5 + k * 2.75 / 3.0
    hole = (x > 2) & (x < 3) & (y > 1.5) & (y < 2.5)
    target = (x > 1) & (x < 5) & (y > 1) & (y < 3) & ~hole & np.isin(np.round(z), (1, 2))
    assert 0 < target.sum() < target.size
    alpha_beta = np.where(target, 10.0, 3.0)
    eqd2 = source.gy * (source.gy / FRACTIONS + alpha_beta) / (2 + alpha_beta)
    # A count is 1e-4 % of 60 Gy, in both plans; half of one each, and the slope of the source's is at most 1.5.
    assert np.abs(made.plan_dose.gy - eqd2).max() <= 1.5 * COUNT_PERCENT / 100 * 60
    assert made.plan.prescription_gy == pytest.approx(60 * (2 + 10) / (2 + 10))
    assert made.plan.beams == ()
    assert np.array_equal(made.plan_dose.volume.grid.spacing_mm, source.volume.grid.spacing_mm)
