"""The page of a commissioning: limits and what was found, by site, plan and field, the worst cases, and who signs."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from esapi_bridge.commissioning.compared import Compared, Measured
from esapi_bridge.commissioning.pictures import output_figure, worst_pictures
from esapi_bridge.commissioning.quantities import (
    BEHIND_BONE,
    BEHIND_LUNG,
    BUILD_UP,
    CRITERIA,
    LUNG,
    OUTPUT,
    PENUMBRA_PLACE,
    PENUMBRA_WIDTH,
    SCOPES,
    TAIL,
    Scope,
    gamma_name,
)
from esapi_bridge.commissioning.record_page import rendered_record
from esapi_bridge.models.commissioning_record import CommissioningRecord
from esapi_bridge.report.figures import Picture
from esapi_bridge.report.page import by_section

FIELD_COLUMNS = (
    (OUTPUT, "output, %"), (BUILD_UP, "build-up, %"), (LUNG, "lung, %"), (BEHIND_LUNG, "behind lung, %"),
    (BEHIND_BONE, "behind bone, %"), (PENUMBRA_WIDTH, "penumbra, mm"), (PENUMBRA_PLACE, "edge, mm"),
    (TAIL, "tail, %"),
)  # fmt: skip
"""Columns of the table of fields, after gamma."""


@dataclass(frozen=True)
class Story:
    """What the page shows.

    Parameters
    ----------
    record
        Limits and results.
    rows
        Every plan and field.
    worst
        Those in pictures.
    seconds
        Time of every step, s.
    """

    record: CommissioningRecord
    rows: tuple[Measured, ...]
    worst: tuple[Compared, ...]
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class SiteRow:
    """Plans and fields of one site: mean and worst of the global gamma pass rates, by criterion."""

    site: str
    scope: str
    count: int
    gamma: tuple[tuple[float, float], ...]


def render_page(story: Story) -> str:
    """Fill the page."""
    record = story.record
    plans = [row for row in story.rows if row.scope == "plan"]
    fields = [row for row in story.rows if row.scope == "field"]
    limit = next((result.limit for result in record.results if result.quantity == OUTPUT), None)
    output = output_figure(fields, limit)
    drawn = [] if output is None else [Picture("output", output, "Output of the fields against their size")]
    return rendered_record(
        "commissioning.html.j2",
        record,
        story.seconds,
        against="compared with the clinic's own reference doses",
        what_figures_are="But for gamma, figures are sizes of differences between model and reference; of points, 95 "
        "of 100 are within the figure.",
        criteria=CRITERIA,
        sites=_sites(story.rows),
        plans=[(row, _gammas(row, "plan")) for row in plans],
        fields=[(row, _gammas(row, "field"), [row.figures.get(name) for name, _ in FIELD_COLUMNS]) for row in fields],
        field_columns=[title for _, title in FIELD_COLUMNS],
        output=by_section(drawn),
        worst=by_section([picture for compared in story.worst for picture in worst_pictures(compared)]),
    )


def _gammas(row: Measured, scope: Scope) -> list[tuple[float | None, float | None]]:
    """Global and local pass rate by criterion."""
    names = [[gamma_name(c, scope, local=local) for local in (False, True)] for c in CRITERIA]
    return [(row.figures.get(both[0]), row.figures.get(both[1])) for both in names]


def _sites(rows: Sequence[Measured]) -> list[SiteRow]:
    found = []
    for site in sorted({row.site for row in rows}):
        for scope in SCOPES:
            of = [row for row in rows if row.site == site and row.scope == scope]
            names = [gamma_name(criterion, scope, local=False) for criterion in CRITERIA]
            rates = [[row.figures[name] for row in of if name in row.figures] for name in names]
            if of and all(rates):
                gamma = tuple((statistics.fmean(values), min(values)) for values in rates)
                found.append(SiteRow(site or "not stated", scope, len(of), gamma))
    return found
