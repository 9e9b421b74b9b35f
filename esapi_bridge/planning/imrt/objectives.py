"""What a plan is optimised for: quadratic objectives on dose, and smoothness of the fluence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.planning.imrt.sample_points import SamplePoints


@dataclass(frozen=True)
class Objective:
    """A quadratic objective: weight times the volume mean of the squared departure from a dose.

    Parameters
    ----------
    structure
        Name of the structure; left out of account where the patient lacks it.
    dose
        Dose level as a share of the prescription.
    weight
        Weight against the other objectives.
    lower, upper
        Which departures count: below the level, above it, or both.
    spared
        Share of the structure's volume that may depart freely: the points that depart most. With it an objective is a
        point of a dose-volume histogram, and no longer convex.
    mean
        The mean dose must keep the level, not every point.
    """

    structure: str
    dose: float
    weight: float
    lower: bool = False
    upper: bool = True
    spared: float = 0.0
    mean: bool = False


@dataclass(frozen=True)
class FallOff:
    """Normal-tissue objective: dose outside the target must fall exponentially with distance.

    Parameters
    ----------
    start, end
        Highest dose at `start_mm` and far away, as shares of the prescription.
    start_mm
        Distance from the target where it begins, mm; nearer tissue may have the dose of the target.
    per_mm
        Rate of the fall.
    weight
        Weight against the other objectives.
    """

    start: float = 1.0
    end: float = 0.35
    start_mm: float = 2.5
    per_mm: float = 0.06
    weight: float = 60.0

    def limits(self, to_target_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Highest dose at points of the given distances, as a share of the prescription."""
        beyond = np.maximum(to_target_mm - self.start_mm, 0.0)
        return np.asarray(self.end + (self.start - self.end) * np.exp(-self.per_mm * beyond))


@dataclass(frozen=True)
class Goals:
    """All objectives of a plan.

    Parameters
    ----------
    objectives
        On structures.
    fall_off
        On the body outside the target.
    smooth_x, smooth_y
        Weights of the mean squared step between neighbouring fluence pixels along the leaves and across them, relative
        to the uniform fluence that gives the target the prescription.
    """

    objectives: tuple[Objective, ...]
    fall_off: FallOff
    smooth_x: float
    smooth_y: float


FALL_OFF = "outside the target"
"""Under this name `DosePenalty.by_structure` states the normal-tissue objective."""

PROSTATE = Goals(
    objectives=(
        Objective("PTV", 1.0, 600.0, lower=True),
        Objective("PTV", 0.98, 5000.0, lower=True, upper=False),
        Objective("PTV", 1.02, 3000.0),
        Objective("Rectum", 0.0, 1.5),
        Objective("Rectum", 0.85, 40.0),
        Objective("Bladder", 0.0, 1.0),
        Objective("Bladder", 0.90, 30.0),
        Objective("Bowel", 0.0, 3.0),
        Objective("Bowel", 0.85, 40.0),
        Objective("Femur_Head_R", 0.40, 60.0),
        Objective("Femur_Head_L", 0.40, 60.0),
        Objective("PenileBulb", 0.0, 2.0),
        Objective("zAvoidance", 0.60, 20.0),
    ),
    fall_off=FallOff(),
    smooth_x=24.0,
    smooth_y=20.0,
)
"""Goals of the initial phase of prostate treatment, found by trial on phantoms until plans were of clinical quality."""


class DosePenalty:
    """The objectives of a plan as one function of the doses at the sample points.

    Each objective becomes a level and a weight for each point, so that the value is a sum of squared departures.

    Parameters
    ----------
    goals
        What is asked.
    points
        Where dose is looked at.
    prescription_gy
        Dose that the shares are of.
    """

    def __init__(self, goals: Goals, points: SamplePoints, prescription_gy: float) -> None:
        outside = np.flatnonzero(points.to_target_mm > 0)
        limits = goals.fall_off.limits(points.to_target_mm[outside])
        everywhere = Objective(FALL_OFF, 1.0, goals.fall_off.weight)
        self._terms = [_term(everywhere, outside, limits * prescription_gy, points)]
        for goal in goals.objectives:
            members = points.members.get(goal.structure)
            if members is not None and members.size:
                self._terms.append(_term(goal, members, np.full(members.size, goal.dose * prescription_gy), points))
        self._unit = prescription_gy**-2

    def value_and_gradient(self, dose_gy: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Penalty of the doses ``(n,)`` and its derivative by each of them, 1/Gy."""
        total = 0.0
        gradient = np.zeros_like(dose_gy)
        for term in self._terms:
            value, by_dose = term.value_and_gradient(dose_gy[term.at])
            total += value
            gradient[term.at] += by_dose
        return total * self._unit, gradient * self._unit

    def by_structure(self, dose_gy: NDArray[np.float64]) -> dict[str, float]:
        """Penalty of the doses ``(n,)`` by structure; that of tissue outside the target under `FALL_OFF`."""
        found: dict[str, float] = {}
        for term in self._terms:
            value, _ = term.value_and_gradient(dose_gy[term.at])
            found[term.goal.structure] = found.get(term.goal.structure, 0.0) + value * self._unit
        return found


@dataclass(frozen=True)
class _Term:
    goal: Objective
    at: NDArray[np.int64]
    level_gy: NDArray[np.float64]
    share: NDArray[np.float64]
    weight: NDArray[np.float64]

    def value_and_gradient(self, dose_gy: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Penalty of the doses at this term's points, and its derivative by each."""
        goal = self.goal
        if goal.mean:
            departure = np.full(dose_gy.size, float(self.share @ (dose_gy - self.level_gy)))
        else:
            departure = dose_gy - self.level_gy
        if not goal.lower:
            np.maximum(departure, 0.0, out=departure)
        elif not goal.upper:
            np.minimum(departure, 0.0, out=departure)
        if goal.spared > 0.0:
            worst_first = np.argsort(-np.abs(departure), kind="stable")
            departure[worst_first[np.cumsum(self.share[worst_first]) <= goal.spared]] = 0.0
        weighted = self.weight * departure
        return float(weighted @ departure), 2.0 * weighted


def _term(goal: Objective, at: NDArray[np.int64], level_gy: NDArray[np.float64], points: SamplePoints) -> _Term:
    volume = points.volume_mm3[at]
    return _Term(goal, at, level_gy, volume / volume.sum(), goal.weight * volume / volume.sum())


def roughness(
    maps: Sequence[NDArray[np.float32]], opens: Sequence[NDArray[np.bool_]], goals: Goals
) -> tuple[float, list[NDArray[np.float32]]]:
    """Penalise steps between neighbouring counted pixels.

    Parameters
    ----------
    maps
        Fluence of each beam ``(rows, columns)``, relative to the uniform one.
    opens
        Pixels of each beam that count.
    goals
        Weights along X and Y.

    Returns
    -------
    value
        The penalty.
    gradients
        Its derivative by each pixel, one map per beam.
    """
    count = sum(int(mask.sum()) for mask in opens)
    total = 0.0
    gradients = []
    for values, mask in zip(maps, opens, strict=True):
        gradient = np.zeros_like(values)
        for axis, weight in ((1, goals.smooth_x), (0, goals.smooth_y)):
            both = np.take(mask, range(1, mask.shape[axis]), axis) & np.take(mask, range(mask.shape[axis] - 1), axis)
            step = np.diff(values, axis=axis) * both
            scale = weight / count
            total += scale * float((step**2).sum(dtype=np.float64))
            pad = [(1, 1) if a == axis else (0, 0) for a in range(2)]
            gradient -= 2 * np.float32(scale) * np.diff(np.pad(step, pad), axis=axis)
        gradients.append(gradient)
    return total, gradients
