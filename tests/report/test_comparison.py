from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Case, Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.report.comparison import Comparison, evaluate
from tests.report.synthetic import make_case

COARSE = Grid((6, 6, 6), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
FINE = Grid((24, 24, 24), (1.25, 1.25, 1.25), (-1.875, -1.875, -1.875))


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(1)[0]


def flat(grid: Grid, gy: float) -> Dose:
    return Dose(Volume(np.full(grid.shape, gy, np.float32), grid, Unit.GY), DoseKind.PLAN)


def test_errors_are_in_units_of_the_input_maximum(case: Case) -> None:
    sets = DoseSet("Input", flat(COARSE, 2.0)), DoseSet("DDN", flat(FINE, 2.1)), DoseSet("Reference", flat(FINE, 2.2))
    found = evaluate(Comparison(case, *sets))
    (error,) = found.errors
    assert error.linear == pytest.approx((0.2 / 2) ** 2, rel=1e-4)
    assert error.network == pytest.approx((0.1 / 2) ** 2, rel=1e-4)
    assert error.gain == pytest.approx(4, rel=1e-3)
    assert error.voxels == FINE.size[0] ** 3
    assert found.maximum_gy == pytest.approx({"Input": 2.0, "DDN": 2.1, "Reference": 2.2})


def test_only_where_the_reference_reaches(case: Case) -> None:
    small = Grid((16, 16, 16), (1.25, 1.25, 1.25), (3.125, 3.125, 3.125))
    sets = DoseSet("Input", flat(COARSE, 2.0)), DoseSet("DDN", flat(FINE, 2.1)), DoseSet("Reference", flat(small, 2.1))
    found = evaluate(Comparison(case, *sets))
    (error,) = found.errors
    assert error.voxels == 16**3
    assert error.network == pytest.approx(0, abs=1e-9)
    assert found.mean_gy == pytest.approx({"Input": 2.0, "DDN": 2.1, "Reference": 2.1})


def test_slices_under_a_tenth_of_the_maximum_do_not_count(case: Case) -> None:
    gy = np.full(COARSE.shape, 2.0, np.float32)
    gy[:3] = 0.1
    given = Dose(Volume(gy, COARSE, Unit.GY), DoseKind.PLAN)
    sets = DoseSet("Input", given), DoseSet("DDN", flat(FINE, 2.0)), DoseSet("Reference", flat(FINE, 2.0))
    (error,) = evaluate(Comparison(case, *sets)).errors
    assert 12 * 24 * 24 <= error.voxels <= 14 * 24 * 24


def test_without_reference_there_is_gamma_against_the_input_only(case: Case) -> None:
    found = evaluate(Comparison(case, DoseSet("Input", flat(COARSE, 2.0)), DoseSet("DDN", flat(FINE, 2.0))))
    assert found.errors == ()
    assert {(row.evaluated, row.reference) for row in found.gamma} == {("DDN", "Input")}
    assert all(row.result.pass_percent == 100 for row in found.gamma)
