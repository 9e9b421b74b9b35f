"""The table that `PlanCheck.cs` writes against what was put into the database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import PatientPosition, Structure
from esapi_bridge.mock.esapi import MockAssemblies
from tests.cases import write_patient
from tests.mock.esapi.patients import make_case, make_database
from tests.mock.samples.conftest import run_sample

Table = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def table(mock: MockAssemblies, tmp_path_factory: pytest.TempPathFactory) -> Table:
    folder = tmp_path_factory.mktemp("plan-check")
    return check(mock, folder, make_database(folder / "db", dose_unit="cGy", scale=1e-4, patients=("HFP",)), "HFP")


def check(mock: MockAssemblies, folder: Path, database: Path, patient: str) -> Table:
    run_sample(mock, "PlanCheck", database, patient, "Plan A", PLAN_CHECK_FOLDER=str(folder))
    lines = [line.split(";") for line in (folder / "plan-check.csv").read_text().splitlines()]
    return {check: (found, verdict) for check, found, verdict in lines}


def test_what_is_in_order_is_told_from_what_is_not(table: Table) -> None:
    assert {check for check, (_, verdict) in table.items() if verdict == "LOOK"} == {
        "approval", "energies", "couch", "SSD", "isocentre in the body", "couch structures", "empty structures",
    }  # fmt: skip


def test_numbers_are_those_of_the_case(table: Table) -> None:
    case = make_case(PatientPosition.HFP)
    assert case.plan_dose is not None
    found = {check: value for check, (value, _) in table.items()}
    assert found["plan"] == "C1/Plan A"
    assert found["approval"] == "UnApproved"
    assert (found["fractions"], found["dose per fraction"], found["isodose"]) == ("30", "200 cGy", "100")
    assert found["reference point"] == "PTV"
    assert (found["machine"], found["energies"], found["set-up fields"]) == ("TB1", "10X-FFF 6X", "1")
    assert (found["monitor units"], found["units per Gy"]) == ("400", "200")
    assert (found["narrowest jaws"], found["couch"]) == ("90", "10")
    assert np.array(found["isocentre"].split(), float) == pytest.approx((-1.5, -2.5, -9.0))  # prone: x and y turned
    assert found["dose grid"] == "2.5 2.25 2.75"
    assert float(found["maximum"]) == pytest.approx(case.plan_dose.gy.max() / 60 * 100, abs=0.001)
    assert found["model"] == "AAA_15606"
    assert found["empty structures"] == "Empty"
    assert float(found["days since the CT"]) == pytest.approx(2 + (20 * 60 + 36) / 1440 + 7 / 86400, abs=0.001)
    assert found["scanner"] == "CT1"


def test_distances_of_the_skin_are_those_of_a_box(mock: MockAssemblies, tmp_path: Path) -> None:
    low, high = np.array([-6.0, -5.0, -21.5]), np.array([9.0, 10.0, -3.5])
    case = make_case()
    ring = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    contours = tuple(np.array([(x, y, -20.0 + 3 * k) for x, y in ring]) for k in range(6))
    body = Structure(3, "BODY", "EXTERNAL", (0, 255, 0), contours)
    database = make_database(tmp_path / "db", dose_unit="Gy", scale=1e-4, patients=())
    plans = {"C1": {"Plan A": replace(case, structures=(*case.structures, body))}}
    write_patient(database, "BOX", plans, "Ahorn", "Alba")
    found = check(mock, tmp_path, database, "BOX")
    wanted = []
    for gantry in np.radians((40.0, 200.0)):
        # IEC 61217 at couch 10 degrees, then x, -z, y of a patient head first supine.
        sine, couch = np.sin(gantry), np.radians(10.0)
        to_source = np.array([sine * np.cos(couch), -np.cos(gantry), -sine * np.sin(couch)])
        faces = np.where(to_source > 0, high, low)
        wanted.append(1000 - ((faces - (1.5, 2.5, -9.0)) / to_source).min())
    np.testing.assert_allclose(np.array(found["SSD"][0].split(), float), wanted, atol=0.002)
    assert found["SSD"][1] == found["accessories"][1] == found["isocentre in the body"][1] == "OK"
