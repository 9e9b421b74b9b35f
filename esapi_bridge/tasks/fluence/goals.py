"""Plan goals of a run: held against the wanted and the delivered dose, and as they are written down."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from esapi_bridge.case import Dose, Grid, Structure
from esapi_bridge.case.resample import resample
from esapi_bridge.goals import GoalResult, PlanGoal, Quantity, judge
from esapi_bridge.goals.goal import BODY


class GoalPart(BaseModel):
    """A goal as ``result.json`` hands it to a script, which holds it against the dose that it delivers.

    Parameters
    ----------
    text
        The goal as it is shown.
    structures
        Ids of the plan's structures, whose union counts; of conformity the PTV and the body.
    quantity, at, unit, relation, limit, source
        See `PlanGoal`; doses in Gy are those of this plan's prescription.
    wanted
        Value in the wanted dose; None where no voxel of the structure could be measured.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    text: str
    structures: tuple[str, ...]
    quantity: Quantity
    at: float | None
    unit: str
    relation: Literal["<=", ">="]
    limit: float
    wanted: float | None
    source: str


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
    parts = []
    for result in wanted:
        goal = result.goal
        labels = (*goal.labels, BODY) if goal.quantity == "conformity" else goal.labels
        parts.append(
            GoalPart(
                text=goal.text,
                structures=tuple(s.name for label in labels for s in structures.get(label, ())),
                wanted=None if math.isnan(result.value) else result.value,
                **goal.model_dump(include={"quantity", "at", "unit", "relation", "limit", "source"}),
            )
        )
    return tuple(parts)
