"""The page of a fluence run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from esapi_bridge.case import Beam, Case, Dose, FluenceMap, Structure
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.checks import Verdict
from esapi_bridge.report.comparison import Comparison
from esapi_bridge.report.dvh_chart import dvh_chart
from esapi_bridge.report.dvh_table import dvh_table
from esapi_bridge.report.figures import Picture, dose_pictures, dvh_pictures
from esapi_bridge.report.fluence_maps import fluence_figure
from esapi_bridge.report.fluence_view import fluence_view
from esapi_bridge.report.page import by_section, grid_text, plan_facts, render
from esapi_bridge.report.viewer.scene import ViewerPart, viewer_of


@dataclass(frozen=True)
class BeamRow:
    """One line of the table of beams; figures against the clinical fluence are None where there is none."""

    beam: Beam
    sum_cm2: float
    maximum: float
    mean_error_fractional_mu: float | None = None
    ssim: float | None = None
    gamma_percent: float | None = None
    sum_error_percent: float | None = None


@dataclass(frozen=True)
class GoalRow:
    """One line of the table of plan goals.

    Parameters
    ----------
    text, source
        What is asked, and where that comes from.
    doses
        Of the wanted dose, then of the delivered one where there is one: value and verdict as text, and whether the
        goal is met; None where it could not be measured.
    """

    text: str
    source: str
    doses: tuple[tuple[str, str, bool | None], ...]


@dataclass(frozen=True)
class FluencePageInput:
    """What the page shows.

    Parameters
    ----------
    case
        The case.
    structures
        Structures to outline and to draw histograms of.
    rows
        Treatment beams with their fluence.
    clinical
        Clinical fluence by beam number; may be empty.
    wanted, delivered
        Wanted dose, and the dose after leaf sequencing where something delivered it.
    beside
        Other doses to draw histograms of: the plan's own beside a predicted one, say.
    delivered_by
        Who did.
    figures
        Name, wanted value and delivered value of the plan's figures.
    goals
        Plan goals; empty where the site has none.
    named
        Structures of the plan by label, as text.
    normalisation
        How the plan is to be scaled, as text.
    model, model_sha256
        The network.
    verdicts, seconds
        Checks, and time of each step, s.
    notes
        Further lines of the table of facts: name and text.
    """

    case: Case
    structures: tuple[Structure, ...]
    rows: tuple[BeamRow, ...]
    clinical: Mapping[int, FluenceMap]
    wanted: Dose
    beside: Sequence[DoseSet]
    delivered: Dose | None
    delivered_by: str
    figures: Sequence[tuple[str, float, float]]
    goals: Sequence[GoalRow]
    named: Sequence[tuple[str, str]]
    normalisation: str
    model: str
    model_sha256: str
    verdicts: Sequence[Verdict]
    seconds: Mapping[str, float]
    notes: Sequence[tuple[str, str]] = ()


def write_fluence_page(content: FluencePageInput, path: Path) -> Path:
    """Write the page that shows `content` as an HTML file, whose folder is made if missing."""
    sets = [DoseSet("Wanted", content.wanted)]
    if content.delivered is not None:
        sets.append(DoseSet("Delivered", content.delivered))
    shown = [*sets, *content.beside]
    beams = [row.beam for row in content.rows]
    maps = Picture("Fluence", fluence_figure(beams, content.clinical), "Optimal fluence of every beam")
    table = dvh_table(shown, content.structures, content.case.slice_mm)
    doses: list[Picture] = []
    viewer: ViewerPart | None = None
    if len(sets) == 2:
        comparison = Comparison(replace(content.case, structures=content.structures), sets[0], sets[1])
        doses = dose_pictures(comparison)
        viewer = viewer_of(comparison)
    view = fluence_view(
        beams, content.clinical, content.structures, content.case.plan.patient_position, content.case.slice_mm
    )
    return render(
        "fluence.html.j2",
        path,
        scripts=("fluence_view", *(["viewer"] if viewer else []), *(["dvh_chart"] if table.rows else [])),
        viewer=viewer,
        fields=view,
        title="network fluence",
        plan=content.case.plan.name,
        verdicts=content.verdicts,
        seconds=content.seconds,
        facts=_facts(content),
        maps=by_section([maps])[0][1],
        sections=by_section([*doses, *dvh_pictures(shown, table)]),
        content=content,
        sets=shown,
        dvhs=table,
        dvh_curves=dvh_chart(shown, table) if table.rows else None,
    )


def _facts(content: FluencePageInput) -> list[tuple[str, str]]:
    rows = [
        *plan_facts(content.case.plan),
        ("Model", f"{content.model}, weights SHA-256 {content.model_sha256[:16]}…"),
        ("CT grid", grid_text(content.case.ct.grid)),
        ("Wanted dose", f"{content.wanted.algorithm or 'algorithm not stated'}; {grid_text(content.wanted.grid)}"),
        ("Normalisation", content.normalisation),
    ]
    if content.delivered is not None:
        rows.append(("Delivered dose", f"{content.delivered_by}; {grid_text(content.delivered.grid)}"))
    return [*rows, *content.notes]
