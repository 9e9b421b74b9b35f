"""Everything that is measured of one case: its plan, its fields, and what the network makes of a field turned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from esapi_bridge.case import FieldKind
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.field_kind import field_kind
from esapi_bridge.commissioning.compared import Compared, Measured, structure_rows
from esapi_bridge.commissioning.depth import depth_figures
from esapi_bridge.commissioning.edges import edge_figures, side_mm
from esapi_bridge.commissioning.gamma import gamma_figures
from esapi_bridge.commissioning.invariance import invariance_figures
from esapi_bridge.commissioning.quantities import D2, D95, MEAN
from esapi_bridge.progress import Progress
from esapi_bridge.report.comparison import Comparison
from esapi_bridge.report.dvh_table import dvh_table
from esapi_bridge.tasks.dose.network import DoseNetwork

ONE_OPENING = (FieldKind.OPEN, FieldKind.CONFORMAL)
"""Kinds of fields with a flat middle, one edge and rays that nothing crosses."""


def measure_case(
    number: int,
    site: str,
    comparison: Comparison,
    network: DoseNetwork | None,
    *,
    is_plan: bool,
    progress: Progress | None = None,
) -> tuple[tuple[Measured, Compared], ...]:
    """Measure a case.

    Parameters
    ----------
    number, site
        Which case, and where in the body.
    comparison
        Its doses, reference included.
    network
        The network, for more doses of one field: with more monitor units, and turned; None leaves them out.
    is_plan
        Whether the fields make a plan.
    progress
        Called for every part.

    Returns
    -------
    tuple
        The plan, where the fields make one, then the fields: figures, and the doses they are of.
    """
    parts = list(_parts(number, site, comparison, is_plan=is_plan))
    most = max((c.beam.meterset_mu for c in parts if c.beam is not None), default=None)
    again = next((c for c in parts if c.beam is not None and c.beam.meterset_mu == most), parts[0])
    rows = []
    for place, compared in enumerate(parts):
        if progress:
            progress("measure", place, len(parts))
        measured = _plan(compared) if compared.beam is None else _field(compared)
        if compared is again and network is not None:
            more = invariance_figures(compared, network, progress)
            measured = replace(measured, figures={**measured.figures, **more})
        rows.append((measured, compared))
    return tuple(rows)


def _parts(number: int, site: str, comparison: Comparison, *, is_plan: bool) -> Iterator[Compared]:
    reference, case = comparison.reference, comparison.case
    assert reference is not None  # a case without one is not read
    label, beams = case.plan.name, case.plan.treatment_beams
    given, network = comparison.given, comparison.network
    if is_plan:
        yield Compared(number, site, label, case, None, given.plan, network.plan, reference.plan)
    for beam in beams:
        n = beam.number
        if all(n in doses.beams for doses in (given, network, reference)):
            yield Compared(
                number, site, f"{label}, beam {n}", case, beam, given.beams[n], network.beams[n], reference.beams[n],
            )  # fmt: skip
        elif len(beams) == 1:  # the dose of the plan is the beam's
            yield Compared(number, site, f"{label}, beam {n}", case, beam, given.plan, network.plan, reference.plan)


def _field(compared: Compared) -> Measured:
    beam = compared.beam
    assert beam is not None
    kind = field_kind(beam)
    figures = dict(gamma_figures(compared, "field"))
    output = None
    if kind in ONE_OPENING:
        edges = edge_figures(compared, beam)
        output = edges.output_percent
        figures |= {**edges.figures, **depth_figures(compared, beam)}
    return Measured(
        compared.case_number, compared.site, compared.where, "field", kind.value, figures,
        energy=beam.energy_label, side_mm=side_mm(beam), output_percent=output,
    )  # fmt: skip


def _plan(compared: Compared) -> Measured:
    sets = (DoseSet("Reference", compared.reference), DoseSet("Model", compared.network))
    table = dvh_table(sets, compared.case.structures, compared.case.slice_mm)
    rows = structure_rows(table)
    full = compared.case.plan.prescription_gy or float(compared.reference.gy.max())
    figures = dict(gamma_figures(compared, "plan"))
    for name, of in ((D95, "d95_gy"), (D2, "d2_gy"), (MEAN, "mean_gy")):
        pairs = [getattr(row, of) for row in rows]
        if pairs:
            figures[name] = max(100 * abs(network - reference) / full for reference, network in pairs)
    return Measured(
        compared.case_number, compared.site, compared.where, "plan", FieldKind.PLAN.value, figures, structures=rows
    )
