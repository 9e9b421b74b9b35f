"""Plans that meet a goal are counted; what was not measured or is not there does not count."""

from __future__ import annotations

from math import nan

from esapi_bridge.evaluation.fluence.goals import GoalCount, GoalPair, goal_counts, in_all


def test_plans_are_counted_by_goal() -> None:
    first = [
        GoalPair("A", 1.0, 2.0, clinical_met=True, predicted_met=False),
        GoalPair("B", 1.0, 2.0, clinical_met=True, predicted_met=True),
    ]
    second = [
        GoalPair("A", 1.0, 1.0, clinical_met=True, predicted_met=True),
        GoalPair("C", nan, nan, clinical_met=None, predicted_met=None),
    ]
    counts = goal_counts([first, second])
    assert counts == [GoalCount("A", 2, 2, 1), GoalCount("B", 1, 1, 1)]
    assert in_all(counts) == GoalCount("all goals", 3, 3, 2)
    assert in_all([]) == GoalCount("all goals", 0, 0, 0)
