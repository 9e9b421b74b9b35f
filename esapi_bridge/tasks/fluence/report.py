"""The page of a fluence run, from its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.case import Beam, FluenceMap
from esapi_bridge.goals import GoalResult
from esapi_bridge.report.fluence_page import BeamRow, FluencePageInput, GoalRow, write_fluence_page
from esapi_bridge.tasks.fluence.figures import FluenceFigures
from esapi_bridge.tasks.fluence.plan import Delivery, FluencePlan
from esapi_bridge.tasks.fluence.record import beam_record


@dataclass(frozen=True)
class FluenceReportInput:
    """A run, as far as its page shows it; see `FluencePageInput`."""

    plan: FluencePlan
    model: str
    model_sha256: str
    seconds: Mapping[str, float]
    clinical: Mapping[int, FluenceMap]
    figures: Mapping[int, FluenceFigures]
    delivery: Delivery | None
    delivered_goals: Sequence[GoalResult] | None
    notes: Sequence[tuple[str, str]]


def write_fluence_report(run: FluenceReportInput, path: Path) -> Path:
    """Write the page of a run."""
    plan, delivery = run.plan, run.delivery
    scaling = plan.normalisation
    content = FluencePageInput(
        case=plan.case,
        structures=plan.shown_structures,
        rows=tuple(_row(beam, run.figures.get(beam.number)) for beam in plan.beams),
        clinical=run.clinical,
        wanted=plan.wanted_dose,
        beside=plan.beside,
        delivered=None if delivery is None else delivery.dose,
        delivered_by="" if delivery is None else delivery.by,
        figures=[] if delivery is None else [(f.name, f.wanted, f.delivered) for f in delivery.figures],
        goals=_goal_rows(plan.goals, run.delivered_goals),
        named=[(label, ", ".join(s.name for s in found)) for label, found in plan.structures.items()],
        normalisation=f"{scaling.rule}: mean dose of {scaling.structure} {scaling.mean_gy:.2f} Gy",
        model=run.model,
        model_sha256=run.model_sha256,
        verdicts=plan.verdicts,
        seconds=run.seconds,
        notes=run.notes,
    )
    return write_fluence_page(content, path)


def _goal_rows(wanted: Sequence[GoalResult], delivered: Sequence[GoalResult] | None) -> list[GoalRow]:
    columns = [wanted] if delivered is None else [wanted, delivered]
    return [
        GoalRow(row[0].goal.text, row[0].goal.source, tuple((each.value_text, each.verdict, each.met) for each in row))
        for row in zip(*columns, strict=True)
    ]


def _row(beam: Beam, figures: FluenceFigures | None) -> BeamRow:
    record = beam_record(beam, figures)
    against = {} if record.reference is None else record.reference.model_dump()
    return BeamRow(beam, record.sum_cm2, record.maximum, **against)
