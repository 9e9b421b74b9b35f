"""The report: one HTML file, pictures and scripts inside; nothing is fetched, and without scripts all is shown too."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.case import Grid, Plan
from esapi_bridge.checks import Outcome, Verdict
from esapi_bridge.errors import printable
from esapi_bridge.report import style
from esapi_bridge.report.beams import beams_of
from esapi_bridge.report.comparison import Comparison, Evaluation
from esapi_bridge.report.dvh_chart import dvh_chart
from esapi_bridge.report.dvh_table import dvh_table
from esapi_bridge.report.figures import Picture, pictures
from esapi_bridge.report.script import page_script, security_policy
from esapi_bridge.report.viewer.scene import viewer_of


@dataclass(frozen=True)
class Facts:
    """What the page states besides the doses.

    Parameters
    ----------
    model
        Name and version of the network.
    model_sha256
        SHA-256 of its weights.
    source
        ``field doses, summed`` or ``plan dose``.
    verdicts
        All checks.
    seconds
        Time of each step, s.
    notes
        Further lines of the table of facts: name and text.
    """

    model: str
    model_sha256: str
    source: str
    verdicts: Sequence[Verdict]
    seconds: Mapping[str, float]
    notes: Sequence[tuple[str, str]] = ()


def write_report(comparison: Comparison, evaluation: Evaluation, facts: Facts, path: Path) -> Path:
    """Write the report of a dose run.

    Parameters
    ----------
    comparison, evaluation
        The doses and the numbers.
    facts
        Model, checks and timings.
    path
        The HTML file.
    """
    interval = comparison.interval
    bounds = None if interval is None else interval.bounds(comparison.network.plan)
    with ThreadPoolExecutor(2) as beside:  # their loops leave Python to what draws
        making = beside.submit(dvh_table, comparison.sets, comparison.case.structures, comparison.case.slice_mm, bounds)
        viewer = beside.submit(viewer_of, comparison, evaluation.network_gamma)
        sections = by_section(pictures(comparison, making.result))
    table = making.result()
    return render(
        "report.html.j2",
        path,
        scripts=("viewer", *(["dvh_chart"] if table.rows else [])),
        viewer=viewer.result(),
        title="network dose",
        plan=comparison.case.plan.name,
        verdicts=facts.verdicts,
        seconds=facts.seconds,
        facts=_table_of_facts(comparison, facts),
        beams=beams_of(comparison.case.plan),
        sections=sections,
        sets=comparison.sets,
        evaluation=evaluation,
        dvhs=table,
        interval=interval,
        dvh_curves=dvh_chart(comparison.sets, table) if table.rows else None,
    )


def render(template: str, path: Path, **values: Any) -> Path:
    """Write a page, see `rendered`; the folder of the file is made if missing."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(rendered(template, **values), encoding="utf-8")
    return path


def rendered(
    template: str,
    *,
    verdicts: Sequence[Verdict],
    scripts: Sequence[str] = (),
    folder: Path | None = None,
    **values: object,
) -> str:
    """Fill a template that extends ``page.html.j2``.

    Parameters
    ----------
    template
        Its name.
    verdicts
        All checks.
    scripts
        Names of the scripts that bring it to life, see `report.script`.
    folder
        Where the template lies; None for the templates of this package.
    values
        What the template asks for: ``title``, ``plan``, ``seconds`` and its own.
    """
    loaders: list[jinja2.BaseLoader] = [jinja2.PackageLoader("esapi_bridge.report")]
    if folder is not None:
        loaders.append(jinja2.FileSystemLoader(folder))
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        finalize=lambda value: printable(value) if type(value) is str else value,  # markup is ours
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    read = [page_script(name) for name in scripts]
    return environment.get_template(template).render(
        intended_use=INTENDED_USE,
        version=__version__,
        date=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        verdicts=verdicts,
        scripts=read,
        policy=security_policy(read),
        warnings=[v for v in verdicts if v.outcome is Outcome.WARN],
        **values,
    )


def by_section(drawn: Iterable[Picture]) -> list[tuple[str, list[tuple[Picture, str]]]]:
    """Group pictures by section, each with its data for the page; one is encoded while the next is drawn."""
    with ThreadPoolExecutor(1) as beside:
        found = [(picture, beside.submit(_embedded, style.drawn(picture.figure))) for picture in drawn]
    return [
        (section, [(picture, data.result()) for picture, data in group])
        for section, group in groupby(found, key=lambda one: one[0].section)
    ]


def _embedded(drawn: style.Drawn) -> str:
    return "data:image/png;base64," + base64.b64encode(drawn.png()).decode("ascii")


def _table_of_facts(comparison: Comparison, facts: Facts) -> list[tuple[str, str]]:
    rows = [
        *plan_facts(comparison.case.plan),
        ("Model", f"{facts.model}, weights SHA-256 {facts.model_sha256[:16]}…"),
        ("Works on", facts.source),
        ("CT grid", grid_text(comparison.case.ct.grid)),
    ]
    for dose_set in comparison.sets:
        dose = dose_set.plan
        medium = f", {dose.medium.value}" if dose.medium else ""
        name = f"{dose.algorithm or 'algorithm not stated'}{medium}"
        rows.append((f"{dose_set.name} dose", f"{name}; {grid_text(dose.grid)}"))
    return [*rows, *facts.notes]


def plan_facts(plan: Plan) -> list[tuple[str, str]]:
    """List what a plan states."""
    beams = plan.treatment_beams
    prescription = "not stated"
    if plan.prescription_gy is not None:
        prescription = f"{plan.prescription_gy:g} Gy" + (f" in {plan.fractions} fractions" if plan.fractions else "")
    return [
        ("Plan", f"{plan.name} ({plan.approval.lower()})"),
        ("Treatment beams", f"{len(beams)}: " + ", ".join(sorted({b.energy_label for b in beams}))),
        ("Machine, technique", ", ".join(sorted({f"{b.machine}, {b.technique.lower()}" for b in beams}))),
        ("Patient position", plan.patient_position),
        ("Prescription", prescription),
    ]


def grid_text(grid: Grid) -> str:
    """Spacing and size of a grid as text."""
    return f"{' × '.join(f'{s:.4g}' for s in grid.spacing_mm)} mm, {' × '.join(map(str, grid.size))} voxels"
