"""What the mock's optimiser makes of a script's objectives, priorities and parameters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.calculation.request import ObjectivePart, OptimisationPart
from esapi_bridge.planning.imrt.objectives import FallOff, Goals, Objective

WEIGHT_PER_PRIORITY = 30.0
"""Weight of an objective of priority 1; 100 gives the weights that the optimiser's own plans have for a target."""

FALL_OFF_PER_PRIORITY = 0.6
"""Weight of the normal tissue objective of priority 1, whose mean over the whole body is small."""

SMOOTH_PER_UNIT = 0.6
"""Weight of smoothness for a smoothing parameter of 1; 40 gives what the optimiser's own plans have."""

SMOOTH = (40.0, 30.0)
"""Smoothing of beams for which nothing is stated, along X and Y; Eclipse's own default."""

TARGET, BODY = "PTV", "BODY"
"""Names under which the optimiser knows the union of all targets, and the body."""


def structure_name(number: int) -> str:
    """Name of a structure in the optimiser: its ROI number, since ids may repeat its own names."""
    return str(number)


def targets(wanted: OptimisationPart) -> set[int]:
    """ROI numbers of the targets: what has a lower objective.

    Raises
    ------
    BridgeError
        If there is none, or an objective is of a kind that the optimiser does not know.
    """
    if any(objective.kind == "eud" for objective in wanted.objectives):
        raise BridgeError("the optimiser takes point and mean dose objectives, found a gEUD: remove it")
    found = {o.structure for o in wanted.objectives if o.operator == "lower" and o.dose_gy > 0 and o.priority > 0}
    if not found:
        raise BridgeError("an optimisation needs a lower objective, which makes a structure a target; found none")
    return found


def reference_gy(wanted: OptimisationPart) -> float:
    """Dose of all fractions that shares are of: the highest lower objective."""
    return max(o.dose_gy for o in wanted.objectives if o.operator == "lower")


def goals(wanted: OptimisationPart) -> Goals:
    """Turn objectives into those of the optimiser, doses as shares of `reference_gy`."""
    reference = reference_gy(wanted)
    smooth = np.mean([(b.smooth_x, b.smooth_y) for b in wanted.beams] or [SMOOTH], axis=0)
    return Goals(
        objectives=tuple(_objective(o, reference) for o in wanted.objectives),
        fall_off=_fall_off(wanted, reference),
        smooth_x=SMOOTH_PER_UNIT * float(smooth[0]),
        smooth_y=SMOOTH_PER_UNIT * float(smooth[1]),
    )


def _objective(objective: ObjectivePart, reference: float) -> Objective:
    lower = objective.operator == "lower"
    volume = objective.volume_percent / 100.0
    return Objective(
        structure_name(objective.structure),
        objective.dose_gy / reference,
        WEIGHT_PER_PRIORITY * objective.priority,
        lower=lower,
        upper=not lower,
        spared=0.0 if objective.kind == "mean" else 1.0 - volume if lower else volume,
        mean=objective.kind == "mean",
    )


def _fall_off(wanted: OptimisationPart, reference: float) -> FallOff:
    stated = wanted.normal_tissue
    if stated is None:
        return FallOff(weight=0.0)
    weight = FALL_OFF_PER_PRIORITY * stated.priority
    if stated.automatic:
        return FallOff(weight=weight)
    of_target = [o.dose_gy for o in wanted.objectives if o.operator == "upper" and o.structure in targets(wanted)]
    hundred = (max(of_target) if of_target else reference) / reference / 100.0
    return FallOff(
        start=hundred * stated.start_percent,
        end=hundred * stated.end_percent,
        start_mm=stated.distance_mm,
        per_mm=stated.fall_off_per_mm,
        weight=weight,
    )


def union(masks: Mapping[int, NDArray[np.bool_]], numbers: set[int]) -> NDArray[np.bool_]:
    """Union of the masks of some structures."""
    return np.asarray(np.any([masks[number] for number in sorted(numbers)], axis=0))
