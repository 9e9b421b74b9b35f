"""The figures that prostate plans are judged by (Lee et al. 2019), for the 44 Gy of the initial phase.

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

COURSE_GY = 72.6
"""Prescription of the whole course that the published levels belong to: 33 fractions of 2.2 Gy."""


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


LIMITS: Mapping[str, tuple[float, float]] = {
    "ptv_d95_percent": (96.0, np.inf),
    "ptv_d98_percent": (93.0, np.inf),
    "ptv_d2_percent": (0.0, 107.0),
    "homogeneity": (0.0, 0.10),
    "conformity": (0.0, 1.5),
    "rectum_v60_percent": (0.0, 35.0),
    "bladder_v60_percent": (0.0, 50.0),
    "femoral_head_max_gy": (0.0, 30.3),
    "penile_bulb_mean_gy": (0.0, 30.3),
    "bowel_v45_cm3": (0.0, 195.0),
}
"""What an acceptable plan keeps to, lowest and highest. Target: ICRU 83 practice. Organs: QUANTEC and RTOG levels
(rectum V60 < 35 %, bladder V65 < 50 %, femoral heads and penile bulb 50 Gy, bowel V45 < 195 cm3), doses scaled from
the course to this phase as above."""


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
    level_60, level_45 = 60.0 / COURSE_GY * prescription_gy, 45.0 / COURSE_GY * prescription_gy
    voxel_cm3 = dose.grid.voxel_volume_mm3 / 1000
    d2, d5, d95, d98 = (float(v) for v in np.quantile(target, [0.98, 0.95, 0.05, 0.02]) / prescription_gy)

    def inside(*names: str) -> NDArray[np.float32]:
        return np.concatenate([dose.gy[masks[name]] for name in names if name in masks] or [np.zeros(0, np.float32)])

    def mean(values: NDArray[np.float32]) -> float:
        return float(values.mean(dtype=np.float64)) if values.size else float("nan")

    heads = inside("Femur_Head_R", "Femur_Head_L")
    rectum, bladder, bowel = inside("Rectum"), inside("Bladder"), inside("Bowel")
    treated = int(((dose.gy >= 0.95 * prescription_gy) & masks["BODY"]).sum())
    return PlanQuality(
        ptv_d2_percent=100 * d2,
        ptv_d5_percent=100 * d5,
        ptv_d95_percent=100 * d95,
        ptv_d98_percent=100 * d98,
        ptv_mean_percent=100 * mean(target) / prescription_gy,
        homogeneity=d5 - d95,
        conformity=treated / target.size,
        ptv_v100_percent=100 * mean((target >= prescription_gy).astype(np.float32)),
        rectum_v60_percent=100 * mean((rectum >= level_60).astype(np.float32)),
        bladder_v60_percent=100 * mean((bladder >= level_60).astype(np.float32)),
        femoral_head_max_gy=float(heads.max()) if heads.size else float("nan"),
        penile_bulb_mean_gy=mean(inside("PenileBulb")),
        rectum_mean_gy=mean(rectum),
        bladder_mean_gy=mean(bladder),
        bowel_mean_gy=mean(bowel),
        bowel_v45_cm3=voxel_cm3 * float((bowel >= level_45).sum()),
    )


def missed(figures: PlanQuality) -> tuple[str, ...]:
    """Name the figures that break `LIMITS`, with their values; an absent organ breaks none."""
    return tuple(
        f"{name} {getattr(figures, name):.3g} outside {low:g} to {high:g}"
        for name, (low, high) in LIMITS.items()
        if getattr(figures, name) < low or getattr(figures, name) > high
    )
