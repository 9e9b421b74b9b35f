"""Goals held against a dose that is known: a ramp along x, and a target of twenty equal parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.goals import PlanGoal, judge

GRID = Grid((100, 10, 10), (2.0, 2.0, 2.5), (0.0, 0.0, 0.0))


def ramp() -> tuple[Dose, dict[str, NDArray[np.bool_]]]:
    """Dose rises from 0 to 49.5 Gy along x; the target is where it is at least 40 Gy."""
    gy = np.broadcast_to(np.arange(100) * 0.5, GRID.shape).astype(np.float32)
    masks = {
        "Body": np.ones(GRID.shape, bool),
        "PTV": gy >= 40.0,
        "Rectum": (gy >= 30.0) & (gy < 40.0),
        "FemoralHead_R": gy < 10.0,
        "FemoralHead_L": (gy >= 10.0) & (gy < 12.0),
        "Bladder": np.zeros(GRID.shape, bool),
    }
    return Dose(Volume(gy, GRID, Unit.GY), DoseKind.PLAN), masks


def value(label: str | tuple[str, ...], quantity: str, at: float | None = None, unit: str = "") -> float:
    asked: dict[str, Any] = {"quantity": quantity, "at": at, "unit": unit, "relation": "<=", "limit": 1.0}
    labels = (label,) if isinstance(label, str) else label
    (found,) = judge([PlanGoal(labels=labels, **asked)], *ramp(), 44.0)
    return found.value


def test_every_quantity_of_a_ramp() -> None:
    # 40.0, 40.5 ... 49.5 Gy in equal parts.
    assert value("PTV", "D", 50, "%") == pytest.approx(100 * 44.75 / 44, abs=0.6)
    assert value("PTV", "D", 95, "%") == pytest.approx(100 * 40.5 / 44, abs=0.6)
    assert value("PTV", "D", 100, "%") == pytest.approx(100 * 40.0 / 44)
    assert value("PTV", "homogeneity") == pytest.approx((49.0 - 40.5) / 44, abs=0.012)
    assert value("PTV", "conformity") == pytest.approx(16 / 20)  # 41.8 Gy is 95 %: 42.0 ... 49.5
    assert value("Rectum", "V", 36.3, "%") == pytest.approx(35.0)  # 36.5 ... 39.5 are 7 of 20
    assert value("Rectum", "V", 36.5, "%") == pytest.approx(35.0), "at least that dose"
    assert value("Rectum", "V", 36.3, "cm3") == pytest.approx(7 * 100 * 0.01)
    assert value("Rectum", "Dmean", None, "Gy") == pytest.approx(34.75)
    assert value("Rectum", "Dmax", None, "Gy") == pytest.approx(39.5)


def test_of_several_structures_the_union_counts_as_far_as_there_is_one() -> None:
    assert value(("FemoralHead_R", "FemoralHead_L"), "Dmax", None, "Gy") == pytest.approx(11.5)
    assert value(("FemoralHead_R", "FemoralHead_L"), "Dmean", None, "Gy") == pytest.approx(11.5 / 2)
    assert value(("FemoralHead_R", "Bowel"), "Dmax", None, "Gy") == pytest.approx(9.5)


def test_absent_structures_are_left_out_and_empty_ones_have_no_value() -> None:
    bowel = PlanGoal(labels=("Bowel",), quantity="Dmax", relation="<=", limit=1, unit="Gy")
    bladder = PlanGoal(labels=("Bladder",), quantity="Dmax", relation="<=", limit=1, unit="Gy")
    (found,) = judge([bowel, bladder], *ramp(), 44.0)
    assert (found.goal, found.met) == (bladder, None)
