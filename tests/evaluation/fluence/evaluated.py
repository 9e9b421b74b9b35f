"""Made-up figures of evaluated patients."""

from __future__ import annotations

from dataclasses import fields

from esapi_bridge.evaluation.fluence.goals import GoalPair
from esapi_bridge.evaluation.fluence.patient import DVH_STRUCTURES, PatientFigures
from esapi_bridge.planning.complexity import PlanComplexity
from esapi_bridge.planning.imrt.quality import PlanQuality
from esapi_bridge.tasks.fluence.figures import FluenceFigures


def plan(shift: float = 0.0) -> PlanQuality:
    """Return a plan whose figures are 1, 2, 3 and so on, all shifted."""
    return PlanQuality(**{field.name: n + shift for n, field in enumerate(fields(PlanQuality), 1)})


def complexity(shift: float = 0.0) -> PlanComplexity:
    """Return a complexity whose figures are 1, 2, 3 and so on, all shifted."""
    return PlanComplexity(**{field.name: n + shift for n, field in enumerate(fields(PlanComplexity), 1)})


def goals(shift: float) -> tuple[GoalPair, ...]:
    """Return a goal of at most 11 Gy that the clinical plan keeps by 1 Gy, and one that none of the plans meets."""
    kept = GoalPair("Rectum Dmean <= 11 Gy", 10.0, 10.0 + shift, clinical_met=True, predicted_met=shift <= 1.0)
    return (kept, GoalPair("Bowel Dmax <= 1 Gy", 10.0, 10.0 + shift, clinical_met=False, predicted_met=False))


def patient(name: str, shift: float = 0.0, error: float = 1e-3) -> PatientFigures:
    """Return a patient whose predicted figures are all `shift` above the clinical ones."""
    maps = {beam: FluenceFigures(error, 1 - error, 100 - 100 * error, -1000 * error) for beam in ("G000", "G051")}
    return PatientFigures(
        name=name,
        maps=maps,
        field_px=dict.fromkeys(maps, 2560),
        clinical=plan(),
        predicted=plan(shift),
        predicted_prescription=plan(2 * shift),
        goals=goals(shift),
        clinical_complexity=complexity(),
        predicted_complexity=complexity(shift),
        clinical_mean_gy=dict.fromkeys(DVH_STRUCTURES, 10.0),
        predicted_mean_gy=dict.fromkeys(DVH_STRUCTURES, 10.0 + shift),
        dvh_rss=dict.fromkeys(DVH_STRUCTURES, abs(shift)),
        unnormalised_percent=100.0 + shift,
        seconds={"prediction": 1.0, "leaf motions and dose": 9.0},
    )
