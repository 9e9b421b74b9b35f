"""Figures over many patients: clinical and predicted values of each figure, medians and the worst."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.evaluation.fluence.goals import GoalCount, goal_counts, in_all
from esapi_bridge.evaluation.fluence.patient import DVH_STRUCTURES, PatientFigures
from esapi_bridge.planning.complexity import SMALL_GAP_MM
from esapi_bridge.planning.imrt.quality import PlanQuality

PAPER_MEDIANS: Mapping[str, float] = {"mean_error_fractional_mu": 9.95e-4, "ssim": 0.994, "gamma_percent": 99.9}
"""Lee et al. 2019, 45 patients."""

MOST_ENERGY_PERCENT, MOST_TARGET_PERCENT, MOST_HOMOGENEITY, MOST_MEAN_GY = 2.0, 1.0, 0.01, 1.0
"""Aims for the medians of the sizes of errors: sum of a map, target's D95 and D98, homogeneity, organs' mean doses."""

LEAST_GOALS_PERCENT = 95.0
"""Aim for the goals that predicted plans meet, of those that the clinical ones meet."""

LEAST_PAIRS = 6
"""Fewer pairs cannot differ significantly (5 %) in a signed-rank test."""

PLAN_FIGURES: Mapping[str, tuple[str, str]] = {
    "homogeneity": ("HI, (D5 − D95) / DPx", ""),
    "conformity": ("CI, V95 % / V(PTV)", ""),
    "ptv_d95_percent": ("PTV D95", "%"),
    "ptv_d98_percent": ("PTV D98", "%"),
    "ptv_v100_percent": ("PTV V100 % (V72.6 Gy)", "%"),
    "rectum_v60_percent": ("rectum V60 Gy", "%"),
    "bladder_v60_percent": ("bladder V60 Gy", "%"),
    "femoral_head_max_gy": ("femoral heads Dmax", "Gy"),
    "penile_bulb_mean_gy": ("penile bulb Dmean", "Gy"),
    "bowel_v45_cm3": ("bowel V45 Gy", "cm³"),
}
"""Name and unit of the figures that are compared, as the paper's figure 11; dose levels are those of the course."""

COMPLEXITY_FIGURES: Mapping[str, tuple[str, str]] = {
    "mu_per_gy": ("monitor units per Gy", "MU/Gy"),
    "mean_aperture_cm2": ("mean aperture", "cm²"),
    "modulation_complexity_score": ("modulation complexity score (1 is simplest)", ""),
    "small_gap_percent": (f"open leaf pairs closer than {SMALL_GAP_MM:g} mm", "%"),
    "smallest_gap_mm": ("smallest leaf gap", "mm"),
}
"""Name and unit of the figures of `PlanComplexity`."""

SPOKEN = {
    "PTV": "PTV",
    "Femur_Head_R": "right femoral head",
    "Femur_Head_L": "left femoral head",
    "PenileBulb": "penile bulb",
}


@dataclass(frozen=True)
class Pairing:
    """One figure of all patients.

    Parameters
    ----------
    name, unit
        What it is.
    clinical, predicted
        Values in the order of the patients; NaN where there is no such organ.
    """

    name: str
    unit: str
    clinical: NDArray[np.float64]
    predicted: NDArray[np.float64]

    @property
    def difference(self) -> NDArray[np.float64]:
        """Predicted minus clinical."""
        return self.predicted - self.clinical

    @property
    def median_size(self) -> float:
        """Median of the sizes of the differences."""
        return float(np.nanmedian(np.abs(self.difference)))

    @property
    def worst(self) -> int:
        """Number of the patient with the largest difference."""
        return int(np.nanargmax(np.abs(self.difference)))

    @property
    def p_value(self) -> float:
        """Two-sided Wilcoxon signed-rank test of no difference; NaN for too few pairs."""
        from scipy import stats

        differing = self.difference[np.isfinite(self.difference) & (self.difference != 0)]
        return float(stats.wilcoxon(differing).pvalue) if differing.size >= LEAST_PAIRS else math.nan


@dataclass(frozen=True)
class Aim:
    """An aim: what was expected and found, as text, and whether it was reached."""

    name: str
    expected: str
    found: str
    reached: bool


def pairings(
    patients: Sequence[PatientFigures],
    plan: Callable[[PatientFigures], PlanQuality] = lambda patient: patient.predicted,
) -> list[Pairing]:
    """Compare the figures of the plans; `plan` chooses between normalisations (mean doses are of the default one)."""
    found = [
        Pairing(
            name,
            unit,
            np.array([getattr(patient.clinical, attribute) for patient in patients], dtype=np.float64),
            np.array([getattr(plan(patient), attribute) for patient in patients], dtype=np.float64),
        )
        for attribute, (name, unit) in PLAN_FIGURES.items()
    ]
    names = {pairing.name.lower() for pairing in found}
    return found + [p for p in mean_doses(patients) if p.name.lower() not in names]


def complexities(patients: Sequence[PatientFigures]) -> list[Pairing]:
    """Compare the complexity of the plans' leaf motions."""
    return [
        Pairing(
            name,
            unit,
            np.array([getattr(patient.clinical_complexity, attribute) for patient in patients], dtype=np.float64),
            np.array([getattr(patient.predicted_complexity, attribute) for patient in patients], dtype=np.float64),
        )
        for attribute, (name, unit) in COMPLEXITY_FIGURES.items()
    ]


def goals_met(patients: Sequence[PatientFigures]) -> list[GoalCount]:
    """Count the plans that meet each goal."""
    return goal_counts([patient.goals for patient in patients])


def mean_doses(patients: Sequence[PatientFigures]) -> list[Pairing]:
    """Compare the organs' mean doses."""
    return [
        Pairing(
            f"{spoken(organ)} Dmean",
            "Gy",
            np.array([patient.clinical_mean_gy.get(organ, math.nan) for patient in patients]),
            np.array([patient.predicted_mean_gy.get(organ, math.nan) for patient in patients]),
        )
        for organ in DVH_STRUCTURES
        if organ != "PTV"
    ]


def spoken(structure: str) -> str:
    """Write a structure's name in words."""
    return SPOKEN.get(structure, structure.lower())


def of_maps(patients: Sequence[PatientFigures], figure: str) -> NDArray[np.float64]:
    """One figure of `FluenceFigures` of every map of every patient."""
    return np.array([getattr(figures, figure) for patient in patients for figures in patient.maps.values()])


def mean_map_error(patient: PatientFigures) -> float:
    """Mean of the errors of a patient's maps, fractional MU: the criterion for the best and the worst patient."""
    return float(np.mean([figures.mean_error_fractional_mu for figures in patient.maps.values()]))


def aims(patients: Sequence[PatientFigures]) -> list[Aim]:
    """Compare medians with the paper's and with this project's aims."""
    mae, ssim, gamma = (float(np.nanmedian(of_maps(patients, name))) for name in PAPER_MEDIANS)
    energy = float(np.nanmedian(np.abs(of_maps(patients, "sum_error_percent"))))
    by_name = {pairing.name: pairing for pairing in pairings(patients)}
    d95, d98, homogeneity = (
        by_name[PLAN_FIGURES[name][0]].median_size for name in ("ptv_d95_percent", "ptv_d98_percent", "homogeneity")
    )
    means = {pairing.name: pairing.median_size for pairing in mean_doses(patients)}
    organ = max(means, key=lambda name: means[name])
    wanted = PAPER_MEDIANS
    return [
        Aim("median MAE of maps", f"at most {wanted['mean_error_fractional_mu']:.2e} fractional MU (paper)",
            f"{mae:.2e}", mae <= wanted["mean_error_fractional_mu"]),
        Aim("median SSIM of maps", f"at least {wanted['ssim']} (paper)", f"{ssim:.4f}", ssim >= wanted["ssim"]),
        Aim("median gamma 3 %/3 mm of maps", f"at least {wanted['gamma_percent']} % (paper)", f"{gamma:.2f} %",
            gamma >= wanted["gamma_percent"]),
        Aim("median energy error of maps", f"at most {MOST_ENERGY_PERCENT:g} %", f"{energy:.2f} %",
            energy <= MOST_ENERGY_PERCENT),
        Aim("PTV D95 after delivery", f"within {MOST_TARGET_PERCENT:g} % (median)", f"{d95:.2f} %",
            d95 <= MOST_TARGET_PERCENT),
        Aim("PTV D98 after delivery", f"within {MOST_TARGET_PERCENT:g} % (median)", f"{d98:.2f} %",
            d98 <= MOST_TARGET_PERCENT),
        Aim("HI after delivery", f"within {MOST_HOMOGENEITY:g} (median)", f"{homogeneity:.4f}",
            homogeneity <= MOST_HOMOGENEITY),
        Aim("organs' mean doses after delivery", f"within {MOST_MEAN_GY:g} Gy (median)",
            f"{means[organ]:.2f} Gy ({organ}, the largest)", means[organ] <= MOST_MEAN_GY),
        _goals_aim(in_all(goals_met(patients))),
    ]  # fmt: skip


def _goals_aim(count: GoalCount) -> Aim:
    share = 100.0 * count.predicted / count.clinical if count.clinical else math.nan
    return Aim(
        "plan goals met",
        f"at least {LEAST_GOALS_PERCENT:g} % of what clinical plans meet",
        f"{share:.1f} % ({count.predicted} for {count.clinical}, of {count.plans})",
        bool(share >= LEAST_GOALS_PERCENT),
    )


def table(patients: Sequence[PatientFigures]) -> dict[str, Any]:
    """All figures as plain values, to be written as JSON."""
    counts = goals_met(patients)
    return {
        "patients": len(patients),
        "maps": {
            name: _spread(of_maps(patients, name)) | {"paper_median": PAPER_MEDIANS.get(name)}
            for name in ("mean_error_fractional_mu", "ssim", "gamma_percent", "sum_error_percent")
        },
        "plans": {pairing.name: _compared(pairing, patients) for pairing in pairings(patients)},
        "goals": {
            count.text: {"plans": count.plans, "clinical": count.clinical, "predicted": count.predicted}
            for count in [*counts, in_all(counts)]
        },
        "complexity": {pairing.name: _compared(pairing, patients) for pairing in complexities(patients)},
        "aims": {
            aim.name: {"expected": aim.expected, "found": aim.found, "reached": aim.reached} for aim in aims(patients)
        },
    }


def _compared(pairing: Pairing, patients: Sequence[PatientFigures]) -> dict[str, str | float | None]:
    return {
        "unit": pairing.unit,
        "clinical_mean": float(np.nanmean(pairing.clinical)),
        "predicted_mean": float(np.nanmean(pairing.predicted)),
        "median_size_of_difference": pairing.median_size,
        "worst_difference": float(pairing.difference[pairing.worst]),
        "worst_patient": patients[pairing.worst].name,
        "p_value": None if math.isnan(pairing.p_value) else pairing.p_value,
    }


def _spread(values: NDArray[np.float64]) -> dict[str, float | None]:
    low, first, median, third, high = np.nanquantile(values, [0, 0.25, 0.5, 0.75, 1])
    return {"lowest": low, "quartile_1": first, "median": median, "quartile_3": third, "highest": high}
