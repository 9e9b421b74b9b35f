"""Plan goals of a fluence run as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esapi_bridge.tasks.fluence.goals import GoalRecord, GoalValue


def goal_lines(goals: Sequence[GoalRecord]) -> Iterator[str]:
    """Write a line a goal, the wanted dose first, and one that counts them; none without goals."""
    for goal in goals:
        said = [f"wanted {_value(goal.wanted, goal.unit)}"]
        if goal.delivered:
            said.append(f"delivered {_value(goal.delivered, goal.unit)}")
        yield f"goal    {goal.text}: {'; '.join(said)}"
    if goals:
        counts = [_count("wanted", [goal.wanted for goal in goals])]
        if any(goal.delivered for goal in goals):
            counts.append(_count("delivered", [goal.delivered for goal in goals]))
        yield f"goals   {', '.join(counts)}"


def _value(found: GoalValue | None, unit: str) -> str:
    if found is None:
        return "not measured"
    verdict = "met" if found.met else f"missed by {found.missed_by:.2g} {unit}".rstrip()
    return f"{f'{found.value:.4g} {unit}'.rstrip()}, {verdict}"


def _count(dose: str, values: Sequence[GoalValue | None]) -> str:
    measured = [value for value in values if value is not None]
    return f"{sum(value.met for value in measured)} of {len(measured)} met by the {dose} dose"
