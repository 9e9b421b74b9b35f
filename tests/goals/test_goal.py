"""One plan goal: what may be asked, how it is worded and scaled, and by how much a value misses it."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from esapi_bridge.goals import GoalResult, PlanGoal

RECTUM = {"labels": ("Rectum",), "quantity": "V", "at": 60.0, "relation": "<=", "limit": 35.0, "unit": "%"}


def goal(**changes: object) -> PlanGoal:
    return PlanGoal.model_validate({**RECTUM, **changes})


def test_doses_are_scaled_and_shares_are_not() -> None:
    """44 of 72.6 Gy: 60 Gy become 36.4 Gy, as Lee et al. 2019 scale their levels."""
    scaled = goal().scaled(44.0 / 72.6)
    assert scaled.at == pytest.approx(36.3636, abs=1e-4)
    assert scaled.limit == 35.0
    assert scaled.text == "Rectum V36.4Gy <= 35 %"
    heads = goal(labels=("FemoralHead_R", "FemoralHead_L"), name="Femoral heads", quantity="Dmax", at=None, unit="Gy")
    assert heads.scaled(0.5).text == "Femoral heads Dmax <= 17.5 Gy"
    target = goal(labels=("PTV",), quantity="D", at=95, relation=">=", limit=96)
    assert target.scaled(0.5) == target
    assert target.text == "PTV D95% >= 96 %"


@pytest.mark.parametrize(
    ("value", "met", "missed_by", "verdict"),
    [
        (35.0, True, 0.0, "met"),
        (36.3, False, 1.3, "missed by 1.3 %"),
        (0.0, True, 0.0, "met"),
        (math.nan, None, math.nan, "not measured"),
    ],
)
def test_a_value_is_judged(value: float, met: bool | None, missed_by: float, verdict: str) -> None:
    found = GoalResult(goal(), value)
    assert found.met is met
    assert found.missed_by == pytest.approx(missed_by, nan_ok=True)
    assert found.verdict == verdict


def test_a_lower_limit_is_missed_from_below() -> None:
    target = goal(labels=("PTV",), quantity="D", at=95, relation=">=", limit=96)
    assert GoalResult(target, 97.0).met
    assert GoalResult(target, 93.5).verdict == "missed by 2.5 %"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"labels": ("Heart",)}, "labels must be of Body.*found Heart"),
        ({"labels": ()}, "labels"),
        ({"quantity": "EUD"}, "quantity"),
        ({"limit": -1.0}, "limit"),
        ({"limit": math.nan}, "limit"),
        ({"limit": 120.0}, "limit of V must be at most 100 %"),
        ({"unit": "Gy"}, "unit of V must be '%' or 'cm3', found 'Gy'"),
        ({"quantity": "Dmean", "at": None}, "unit of Dmean must be 'Gy', found '%'"),
        ({"at": None}, "at must be"),
        ({"at": -2.0}, "at"),
        ({"quantity": "Dmax", "unit": "Gy"}, "at must be"),
        ({"quantity": "D", "at": 120.0}, "at of D must be at most 100 %"),
        ({"relation": "<"}, "relation"),
        ({"quantity": "homogeneity", "at": None, "unit": ""}, "homogeneity must be of PTV, found Rectum"),
        ({"dose": 3}, "dose"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        goal(**changes)
