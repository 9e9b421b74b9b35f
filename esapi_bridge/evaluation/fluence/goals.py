"""Plan goals of a clinical plan and of the one from predicted maps, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from esapi_bridge.goals import GoalResult


@dataclass(frozen=True)
class GoalPair:
    """A goal of one patient: its text, and value and outcome of both plans; None and NaN where it was not measured."""

    text: str
    clinical: float
    predicted: float
    clinical_met: bool | None
    predicted_met: bool | None

    @classmethod
    def of(cls, clinical: GoalResult, predicted: GoalResult) -> GoalPair:
        """Combine the results of one goal."""
        return cls(clinical.goal.text, clinical.value, predicted.value, clinical.met, predicted.met)


@dataclass(frozen=True)
class GoalCount:
    """How many of so many plans meet a goal: clinical ones, and those from predicted maps."""

    text: str
    plans: int
    clinical: int
    predicted: int


def goal_counts(patients: Sequence[Sequence[GoalPair]]) -> list[GoalCount]:
    """Count the plans that meet each goal; patients whose plans could not be measured do not count.

    Parameters
    ----------
    patients
        The goals of every patient; those without the structure of a goal lack it.
    """
    found: dict[str, list[GoalPair]] = {}
    for goals in patients:
        for goal in goals:
            if goal.clinical_met is not None and goal.predicted_met is not None:
                found.setdefault(goal.text, []).append(goal)
    return [
        GoalCount(
            text, len(pairs), sum(bool(pair.clinical_met) for pair in pairs), sum(bool(p.predicted_met) for p in pairs)
        )
        for text, pairs in found.items()
    ]


def in_all(counts: Sequence[GoalCount]) -> GoalCount:
    """Add the counts of all goals."""
    return GoalCount(
        "all goals",
        sum(count.plans for count in counts),
        sum(count.clinical for count in counts),
        sum(count.predicted for count in counts),
    )
