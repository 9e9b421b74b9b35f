"""The page of a commissioning of a fluence network: limits, plans, fields, and the plan with the worst D95."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from esapi_bridge.commissioning.compared import Measured
from esapi_bridge.commissioning.fluence.measure import ComparedPlans
from esapi_bridge.commissioning.fluence.quantities import FLUENCE_QUANTITIES
from esapi_bridge.commissioning.quantities import SCOPES
from esapi_bridge.commissioning.record_page import rendered_record
from esapi_bridge.models.commissioning_record import CommissioningRecord
from esapi_bridge.report.comparison import Comparison
from esapi_bridge.report.figures import Picture, dose_view, dvh_pictures, shown_planes
from esapi_bridge.report.fluence_maps import fluence_figure
from esapi_bridge.report.page import by_section


def render_fluence_page(
    record: CommissioningRecord, rows: Sequence[Measured], worst: ComparedPlans | None, seconds: Mapping[str, float]
) -> str:
    """Fill the page.

    Parameters
    ----------
    record
        Limits and results.
    rows
        Every plan and field.
    worst
        The plan in pictures.
    seconds
        Time of every step, s.
    """
    of = {scope: [row for row in rows if row.scope == scope] for scope in SCOPES}
    columns = {
        scope: [quantity for name, quantity in FLUENCE_QUANTITIES.items() if any(name in row.figures for row in some)]
        for scope, some in of.items()
    }
    tables = {
        scope: [(row, [row.figures.get(quantity.name) for quantity in columns[scope]]) for row in some]
        for scope, some in of.items()
    }
    return rendered_record(
        "fluence_commissioning.html.j2",
        record,
        seconds,
        against="predicted beside the clinic's own fluences",
        what_figures_are="Plans are those of predicted and of clinical fluences, both delivered by the same leaf "
        "calculation and dose engine, and normalised alike; figures are sizes of differences, or what is worse.",
        tables=tables,
        columns=columns,
        worst=by_section([] if worst is None else _pictures(worst)),
    )


def _pictures(plans: ComparedPlans) -> list[Picture]:
    """Maps, doses and histograms of one plan."""
    plan, (clinical, model) = plans.predicted, plans.doses
    comparison = Comparison(replace(plan.case, structures=plan.shown_structures), clinical, model)
    plane = shown_planes(comparison)[0]
    where = plans.where
    return [
        Picture(where, fluence_figure(plan.beams, plans.clinical), f"{where}: predicted and clinical fluences"),
        Picture(where, dose_view(comparison, plane), f"{where}: doses of both and their difference, {plane.label}"),
        *(replace(one, section=where) for one in dvh_pictures(plans.doses, plans.table)),
    ]
