"""Figures of one plan: predicted against clinical fluences, field by field, and the plans that both become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from esapi_bridge.case import Beam, FluenceMap
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.commissioning.compared import Measured, structure_rows
from esapi_bridge.commissioning.fluence.quantities import (
    D2,
    D95,
    D98,
    GAMMA,
    GOALS,
    HOMOGENEITY,
    ORGANS,
    SIMILARITY,
    SUM,
)
from esapi_bridge.report.dvh import Dvh
from esapi_bridge.report.dvh_table import DvhTable, dvh_table
from esapi_bridge.tasks.fluence.figures import fluence_figures
from esapi_bridge.tasks.fluence.goals import judge_on
from esapi_bridge.tasks.fluence.plan import Delivery, FluencePlan

NO_ORGANS = ("Body", "PTV")
"""Labels of structures shown that are no organs to spare."""


@dataclass(frozen=True)
class ComparedPlans:
    """A plan of predicted fluences beside that of the clinical ones.

    Parameters
    ----------
    where
        Which case and plan.
    predicted
        What the network made of it.
    clinical
        Clinical fluence by beam number.
    doses
        Delivered doses of both, the clinical one first.
    table
        Their histograms.
    """

    where: str
    predicted: FluencePlan
    clinical: Mapping[int, FluenceMap]
    doses: tuple[DoseSet, DoseSet]
    table: DvhTable


def with_clinical(plan: FluencePlan, clinical: Mapping[int, FluenceMap]) -> FluencePlan:
    """The same plan with the clinical fluences in place of the network's, to be delivered alike."""
    return replace(plan, beams=tuple(replace(beam, fluence=clinical[beam.number]) for beam in plan.beams))


def measure_plan(
    number: int, site: str, plan: FluencePlan, clinical: Mapping[int, FluenceMap], delivered: tuple[Delivery, Delivery]
) -> tuple[tuple[Measured, ...], ComparedPlans]:
    """Measure a plan.

    Parameters
    ----------
    number, site
        Which case, and where in the body.
    plan
        What the network made of it.
    clinical
        Clinical fluence by beam number.
    delivered
        What the clinical and the predicted fluences give.

    Returns
    -------
    tuple
        The plan, then its fields; and the doses that the plan's figures are of.
    """
    name = f"case {number}, {plan.case.plan.name}"
    sets = DoseSet("Clinical", delivered[0].dose), DoseSet("Model", delivered[1].dose)
    table = dvh_table(sets, plan.shown_structures, plan.case.slice_mm)
    whole = Measured(
        number, site, name, "plan", "plan", {**_plan_figures(plan, table), GOALS: _goals_lost(plan, delivered)},
        structures=structure_rows(table),
    )  # fmt: skip
    fields = [_field(number, site, name, beam, clinical[beam.number]) for beam in plan.beams]
    return (whole, *fields), ComparedPlans(name, plan, clinical, sets, table)


def _plan_figures(plan: FluencePlan, table: DvhTable) -> dict[str, float]:
    percent = 100.0 / plan.prescription.dose_gy
    label_of = {one.number: label for label, found in plan.structures.items() for one in found}
    figures = {ORGANS: 0.0}
    for structure, (clinical, model) in table.rows:
        label = label_of[structure.number]
        if label == "PTV":
            for name, volume in ((D95, 95), (D98, 98), (D2, 2)):
                figures[name] = percent * abs(model.dose_at_gy(volume) - clinical.dose_at_gy(volume))
            figures[HOMOGENEITY] = percent * max(_spread_gy(model) - _spread_gy(clinical), 0.0)
        elif label not in NO_ORGANS:
            figures[ORGANS] = max(figures[ORGANS], percent * (model.mean_gy - clinical.mean_gy))
    return figures


def _spread_gy(dvh: Dvh) -> float:
    return dvh.dose_at_gy(5) - dvh.dose_at_gy(95)


def _goals_lost(plan: FluencePlan, delivered: tuple[Delivery, Delivery]) -> float:
    """Number of goals that the clinical fluences meet and the predicted ones do not."""
    goals = [result.goal for result in plan.goals]
    clinical, model = (judge_on(goals, one.dose, plan.masks, plan.grid, plan.prescription.dose_gy) for one in delivered)
    return float(sum(bool(one.met) and other.met is False for one, other in zip(clinical, model, strict=True)))


def _field(number: int, site: str, plan: str, beam: Beam, clinical: FluenceMap) -> Measured:
    assert beam.fluence is not None  # the network answers for every beam
    found = fluence_figures(beam.fluence, clinical)
    figures = {GAMMA: found.gamma_percent, SIMILARITY: found.ssim, SUM: abs(found.sum_error_percent)}
    return Measured(
        number, site, f"{plan}, beam {beam.number}", "field", "sliding window", figures, energy=beam.energy_label
    )
