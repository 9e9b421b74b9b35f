"""The plan that `VmatPlan.cs` makes: dose of its arc by the real process, in a target that numpy finds."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.mock.esapi import MockAssemblies
from tests.cases import write_patient
from tests.mock.esapi.patients import make_database
from tests.mock.samples.conftest import run_sample, saved_plans
from tests.mock.test_optimise import FIELDS, TARGET, case, inside

DOSE_GY = 10.0


@pytest.mark.slow  # two calculation processes
def test_the_arc_gives_its_target_the_prescribed_dose(mock: MockAssemblies, tmp_path: Path) -> None:
    given = case(tuple(replace(field, machine="TrueBeam") for field in FIELDS))
    given = replace(given, plan=replace(given.plan, name="Plan A", prescription_gy=DOSE_GY))
    grid = Grid((29, 29, 21), (5.0, 5.0, 5.0), (-70.0, -70.0, -50.0))
    given = replace(given, plan_dose=Dose(Volume(np.ones(grid.shape, np.float32), grid, Unit.GY), DoseKind.PLAN))
    database = make_database(tmp_path / "db", dose_unit="Gy", scale=1e-4, patients=())
    write_patient(database, "VMA", {"C1": {"Plan A": given}}, "Ahorn", "Alba")
    run_sample(mock, "VmatPlan", database, "VMA", "Plan A", ESAPI_BRIDGE_PYTHON=sys.executable)
    made = saved_plans(database, "VMA")["VMAT"]
    (arc,) = made.plan.beams
    assert arc.is_arc
    assert len({tuple(p.leaves_mm.ravel()) for p in arc.control_points if p.leaves_mm is not None}) > 10
    assert made.plan_dose is not None
    assert inside(made.plan_dose, made, TARGET).mean() == pytest.approx(1.025 * DOSE_GY, rel=0.1)
