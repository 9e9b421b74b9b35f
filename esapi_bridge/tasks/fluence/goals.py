"""Plan goals of a run: held against the wanted and the delivered dose, and as they are written down."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from esapi_bridge.case import Dose, Grid, Structure
from esapi_bridge.case.resample import resample
from esapi_bridge.goals import GoalResult, PlanGoal, Quantity, judge
from esapi_bridge.goals.goal import BODY, GoalUnit


class GoalOfPlan(BaseModel):
    """A goal for the structures of one plan.

    Parameters
    ----------
    text
        The goal as it is shown.
    structures
        Ids of the plan's structures, whose union counts; of conformity the PTV and the body.
    quantity, at, unit, relation, limit, source
        See `PlanGoal`; doses in Gy are those of this plan's prescription.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    text: str
    structures: tuple[str, ...]
    quantity: Quantity
    at: float | None
    unit: GoalUnit
    relation: Literal["<=", ">="]
    limit: float
    source: str


class GoalPart(GoalOfPlan):
    """A goal as ``result.json`` hands it to a script, which holds it against the dose that it delivers.

    `wanted` is the value in the wanted dose; None where no voxel of the structure could be measured.
    """

    wanted: float | None


class GoalValue(BaseModel):
    """The value that a dose has, in the unit of the goal, and by how much it misses the limit; 0 where it is met."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    value: float
    met: bool
    missed_by: float


class GoalRecord(GoalOfPlan):
    """A goal in ``run.json``; a value is None where no voxel could be measured, or nothing was delivered."""

    wanted: GoalValue | None
    delivered: GoalValue | None


def judge_on(
    goals: Sequence[PlanGoal], dose: Dose, masks: Mapping[str, NDArray[np.bool_]], grid: Grid, prescription_gy: float
) -> tuple[GoalResult, ...]:
    """Hold goals against a dose on the lattice of the labels, so that every dose is measured in the same voxels.

    Parameters
    ----------
    goals
        For this prescription.
    dose
        Of all fractions, on any grid; 0 beyond it.
    masks, grid
        Structures by label ``(z, y, x)``, and their lattice.
    prescription_gy
        Prescription of the plan, Gy.
    """
    return judge(goals, replace(dose, volume=resample(dose.volume, grid, 0.0)), masks, prescription_gy)


def goal_parts(wanted: Sequence[GoalResult], structures: Mapping[str, Sequence[Structure]]) -> tuple[GoalPart, ...]:
    """Write down goals with their values in the wanted dose, for the plan's own `structures` by label."""
    return tuple(
        GoalPart(**_of_plan(one.goal, structures), wanted=None if math.isnan(one.value) else one.value)
        for one in wanted
    )


def goal_records(
    wanted: Sequence[GoalResult],
    delivered: Sequence[GoalResult] | None,
    structures: Mapping[str, Sequence[Structure]],
) -> tuple[GoalRecord, ...]:
    """Record goals with their values in the wanted dose and, where there is one, the delivered dose."""
    others = [None] * len(wanted) if delivered is None else delivered
    return tuple(
        GoalRecord(**_of_plan(one.goal, structures), wanted=_recorded(one), delivered=_recorded(other))
        for one, other in zip(wanted, others, strict=True)
    )


def _of_plan(goal: PlanGoal, structures: Mapping[str, Sequence[Structure]]) -> dict[str, Any]:
    labels = (*goal.labels, BODY) if goal.quantity == "conformity" else goal.labels
    names = tuple(s.name for label in labels for s in structures.get(label, ()))
    said = goal.model_dump(include={"quantity", "at", "unit", "relation", "limit", "source"})
    return {"text": goal.text, "structures": names, **said}


def _recorded(result: GoalResult | None) -> GoalValue | None:
    if result is None or result.met is None:
        return None
    return GoalValue(value=result.value, met=result.met, missed_by=result.missed_by)
