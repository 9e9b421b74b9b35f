"""The table that `PlanCheck.cs` writes against what was put into the database."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import PatientPosition
from esapi_bridge.mock.esapi import MockAssemblies
from tests.mock.esapi.patients import make_case, make_database
from tests.mock.samples.conftest import run_sample

Table = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def table(mock: MockAssemblies, tmp_path_factory: pytest.TempPathFactory) -> Table:
    folder = tmp_path_factory.mktemp("plan-check")
    database = make_database(folder / "db", dose_unit="cGy", scale=1e-4, patients=("HFP",))
    run_sample(mock, "PlanCheck", database, "HFP", "Plan A", PLAN_CHECK_FOLDER=str(folder))
    lines = [line.split(";") for line in (folder / "plan-check.csv").read_text().splitlines()]
    return {check: (found, verdict) for check, found, verdict in lines}


def test_what_is_in_order_is_told_from_what_is_not(table: Table) -> None:
    assert {check for check, (_, verdict) in table.items() if verdict == "LOOK"} == {
        "approval", "energies", "couch", "isocentre in the body", "couch structures", "empty structures",
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
