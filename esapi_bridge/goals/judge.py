"""Plan goals held against a dose."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Dose
from esapi_bridge.goals import measures
from esapi_bridge.goals.goal import BODY, GoalResult, PlanGoal


def judge(
    goals: Sequence[PlanGoal], dose: Dose, masks: Mapping[str, NDArray[np.bool_]], prescription_gy: float
) -> tuple[GoalResult, ...]:
    """Measure every goal whose structure is there.

    Parameters
    ----------
    goals
        Doses in Gy already those of this prescription, see `SiteGoals.of`.
    dose
        Of all fractions.
    masks
        Structures by label ``(z, y, x)`` on the dose grid.
    prescription_gy
        Prescription of the plan, Gy.

    Returns
    -------
    tuple of GoalResult
        In the order of the goals; those of structures that `masks` lacks are left out.
    """
    return tuple(
        GoalResult(goal, _value(goal, dose, masks, prescription_gy)) for goal in goals if is_measurable(goal, masks)
    )


def is_measurable(goal: PlanGoal, labels: Mapping[str, object]) -> bool:
    """Whether any of the structures of a goal are among the labels; conformity needs the body too."""
    return any(label in labels for label in goal.labels) and (goal.quantity != "conformity" or BODY in labels)


def _value(goal: PlanGoal, dose: Dose, masks: Mapping[str, NDArray[np.bool_]], prescription_gy: float) -> float:
    mask = np.logical_or.reduce([masks[label] for label in goal.labels if label in masks])
    gy = dose.gy[mask]
    if not gy.size:
        return math.nan
    match goal.quantity:
        case "D":
            assert goal.at is not None
            return 100.0 * measures.dose_at_gy(gy, goal.at) / prescription_gy
        case "V":
            assert goal.at is not None
            percent = measures.volume_percent(gy, goal.at)
            return percent if goal.unit == "%" else percent / 100.0 * gy.size * dose.grid.voxel_volume_mm3 / 1000.0
        case "Dmean":
            return measures.mean_gy(gy)
        case "Dmax":
            return measures.max_gy(gy)
        case "homogeneity":
            return measures.homogeneity(gy, prescription_gy)
        case "conformity":
            return measures.conformity(gy, dose.gy[masks[BODY]], prescription_gy)
