"""The figures that prostate plans are judged by (Lee et al. 2019), and the goals they are held against.

Their dose levels belong to the whole course. 2.2 Gy per fraction makes 72.6 Gy in 33 fractions, so that the V72.6Gy of
the target is the volume with at least the prescription; the other levels are scaled with the prescription, as if the
whole course had the dose distribution of this phase: 60 Gy becomes 36.4 Gy, 45 Gy becomes 27.3 Gy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Dose
from esapi_bridge.goals import GoalResult, SiteGoals, judge, measures, read_goals
from esapi_bridge.planning.imrt.labels import by_label

SITE = "pelvis"
"""Whose goals and course in the table of `esapi_bridge.goals` these figures belong to."""


@dataclass(frozen=True)
class PlanQuality:
    """Figures of one plan.

    Parameters
    ----------
    ptv_d2_percent, ptv_d5_percent, ptv_d95_percent, ptv_d98_percent, ptv_mean_percent
        Target: dose that so much of the volume gets at least, and mean, per cent of the prescription.
    homogeneity
        (D5 - D95) / prescription.
    conformity
        Volume of 95 % of the prescription in the body over the volume of the target.
    ptv_v100_percent
        Share of the target with at least the prescription (V72.6Gy of the course), per cent.
    rectum_v60_percent, bladder_v60_percent
        Share with at least 60 Gy of the course, per cent.
    femoral_head_max_gy
        Highest dose in either femoral head, Gy.
    penile_bulb_mean_gy, rectum_mean_gy, bladder_mean_gy, bowel_mean_gy
        Mean doses, Gy; NaN without the organ.
    bowel_v45_cm3
        Volume with at least 45 Gy of the course, cm3.
    """

    ptv_d2_percent: float
    ptv_d5_percent: float
    ptv_d95_percent: float
    ptv_d98_percent: float
    ptv_mean_percent: float
    homogeneity: float
    conformity: float
    ptv_v100_percent: float
    rectum_v60_percent: float
    bladder_v60_percent: float
    femoral_head_max_gy: float
    penile_bulb_mean_gy: float
    rectum_mean_gy: float
    bladder_mean_gy: float
    bowel_mean_gy: float
    bowel_v45_cm3: float


def quality(dose: Dose, masks: Mapping[str, NDArray[np.bool_]], prescription_gy: float) -> PlanQuality:
    """Calculate the figures of a plan.

    Parameters
    ----------
    dose
        Plan dose, Gy.
    masks
        Structures ``(z, y, x)`` on the dose grid: BODY and PTV, and the organs where there are any.
    prescription_gy
        Prescription of the plan, Gy.

    Raises
    ------
    ValueError
        If there is no target.
    """
    target = dose.gy[masks["PTV"]]
    if not target.size:
        raise ValueError("the figures of a plan need a PTV with at least one voxel, got an empty one")
    course_gy = _goals().course_gy or prescription_gy
    level_60, level_45 = 60.0 / course_gy * prescription_gy, 45.0 / course_gy * prescription_gy

    def inside(*names: str) -> NDArray[np.float32]:
        return np.concatenate([dose.gy[masks[name]] for name in names if name in masks] or [np.zeros(0, np.float32)])

    def at_percent(volume_percent: float) -> float:
        return 100.0 * measures.dose_at_gy(target, volume_percent) / prescription_gy

    rectum, bladder, bowel = inside("Rectum"), inside("Bladder"), inside("Bowel")
    voxel_cm3 = dose.grid.voxel_volume_mm3 / 1000
    return PlanQuality(
        ptv_d2_percent=at_percent(2.0),
        ptv_d5_percent=at_percent(5.0),
        ptv_d95_percent=at_percent(95.0),
        ptv_d98_percent=at_percent(98.0),
        ptv_mean_percent=100.0 * measures.mean_gy(target) / prescription_gy,
        homogeneity=measures.homogeneity(target, prescription_gy),
        conformity=measures.conformity(target, dose.gy[masks["BODY"]], prescription_gy),
        ptv_v100_percent=measures.volume_percent(target, prescription_gy),
        rectum_v60_percent=measures.volume_percent(rectum, level_60),
        bladder_v60_percent=measures.volume_percent(bladder, level_60),
        femoral_head_max_gy=measures.max_gy(inside("Femur_Head_R", "Femur_Head_L")),
        penile_bulb_mean_gy=measures.mean_gy(inside("PenileBulb")),
        rectum_mean_gy=measures.mean_gy(rectum),
        bladder_mean_gy=measures.mean_gy(bladder),
        bowel_mean_gy=measures.mean_gy(bowel),
        bowel_v45_cm3=voxel_cm3 * float((bowel >= level_45).sum()),
    )


def judged(dose: Dose, masks: Mapping[str, NDArray[np.bool_]], prescription_gy: float) -> tuple[GoalResult, ...]:
    """Hold the goals of the site against a plan; parameters as of `quality`."""
    return judge(_goals().of(prescription_gy), dose, by_label(masks), prescription_gy)


def missed(dose: Dose, masks: Mapping[str, NDArray[np.bool_]], prescription_gy: float) -> tuple[str, ...]:
    """Name the goals that a plan misses, with its values; an absent organ misses none. Parameters as of `quality`."""
    results = judged(dose, masks, prescription_gy)
    return tuple(f"{result.goal.text}: {result.value_text}" for result in results if result.met is False)


def _goals() -> SiteGoals:
    return read_goals().among([SITE])
