"""The page of a study: one HTML file with the paper's figures 4 to 8 and their numbers, which are also JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dosenet.gamma import PAPER_CRITERIA
from esapi_bridge import INTENDED_USE
from esapi_bridge.checks import Outcome as Found
from esapi_bridge.checks import Verdict
from esapi_bridge.folders.durable import write_whole_file
from esapi_bridge.report.figures import Picture
from esapi_bridge.report.page import by_section, render
from esapi_bridge.study.figures import box_figure, gamma_figure, loss_figure, patients_figure, slice_figure
from esapi_bridge.study.fold import FOUND, RUNS
from esapi_bridge.study.outcome import Outcome, Slice, read_slices
from esapi_bridge.study.protocol import Study
from esapi_bridge.study.summary import LINEAR, PAPER_GAMMA, PAPER_RATIO, Trained, boxes, by_patients, compared, table

PAGE_FILE, NUMBERS_FILE = "dose-study.html", "dose-study.json"

SHOWN_SLICES = 3
"""Left-out patients in figure 7, of as many sites as there are."""


def write_page(study: Study, outcomes: Sequence[Outcome], folder: Path) -> Path:
    """Write the page of a study, and its numbers beside it; return the page."""
    trained, fewer = compared(study, outcomes), by_patients(study, outcomes)
    plain = {**table(study, outcomes), "intended_use": INTENDED_USE}
    write_whole_file(folder / NUMBERS_FILE, json.dumps(plain, indent=1).encode("utf-8"))
    return render(
        "study.html.j2",
        folder / PAGE_FILE,
        folder=Path(__file__).parent,
        title="dose networks compared",
        plan="Study",
        verdicts=_verdicts(max(trained, key=lambda one: one.figures["mse_ratio"])),
        seconds={
            "training, all runs": sum(o.training_s for o in outcomes),
            "measuring, all runs": sum(o.judging_s for o in outcomes),
        },
        facts=_facts(study, outcomes),
        trained=trained,
        limits=[_of_limit(trained, limit.label, folder) for limit in study.limits],
        fewer=fewer,
        fewer_pictures=by_section(_fewer_picture(fewer)),
        criteria=[str(c) for c in PAPER_CRITERIA],
        linear=LINEAR,
        boxes=boxes,
        numbers=NUMBERS_FILE,
        both=len(study.limits) > 1,
    )


def _of_limit(trained: Sequence[Trained], limit: str, folder: Path) -> dict[str, Any]:
    """Networks, pictures and patients of one limit."""
    mine = [one for one in trained if one.limit.label == limit]
    anatomies = sorted({field.anatomy for field in mine[0].fields})
    names = {
        anatomy: sorted({(f.site, f.patient) for f in mine[0].fields if f.anatomy == anatomy}) for anatomy in anatomies
    }
    drawn = [
        Picture("Losses (paper: figure 4)", loss_figure(mine), "Squared errors during training"),
        Picture("Loss and improvement (paper: figure 5)", box_figure(mine), "Box plots of loss and improvement"),
        Picture("Gamma (paper: figure 6)", gamma_figure(mine), "Gamma at three criteria, boxes in violins"),
    ]
    slices = [
        Picture(f"Slices of {one.network} (paper: figure 7)", slice_figure(_slices(one, folder)), "Doses on CT")
        for one in mine
    ]
    return {
        "label": limit,
        "trained": mine,
        "patients": names,
        "drawn": dict(zip(("losses", "boxes", "gamma"), by_section(drawn), strict=True)),
        "slices": by_section(slices),
    }


def _slices(one: Trained, folder: Path) -> list[Slice]:
    """Planes of left-out patients, of different sites as long as there are more."""
    found = [shown for o in one.outcomes for shown in read_slices(folder / RUNS / o.run.name / FOUND)]
    sites = {field.patient: field.site for field in one.fields}
    seen: dict[str, int] = {}
    ranked = []
    for shown in found:
        site = sites[shown.patient]
        seen[site] = seen.get(site, 0) + 1
        ranked.append((seen[site], shown))
    return [shown for _, shown in sorted(ranked, key=lambda entry: entry[0])][:SHOWN_SLICES]


def _fewer_picture(fewer: Mapping[int, Trained]) -> list[Picture]:
    if not fewer:
        return []
    return [Picture("Number of patients (paper: figure 8)", patients_figure(fewer), "Error by number of patients")]


def _verdicts(one: Trained) -> list[Verdict]:
    """Compare the means of the best network with the paper's."""
    figures, name = one.figures, f"{one.network}, {one.limit.label}"
    ratio = figures["mse_ratio"]
    found = [
        Verdict(f"{name}: squared error", Found.PASS if ratio >= PAPER_RATIO else Found.WARN,
                f"at least {PAPER_RATIO:g} times less than linear (paper)", f"{ratio:.1f} times"),
    ]  # fmt: skip
    for criterion, least in PAPER_GAMMA.items():
        rate = figures["gamma_2d"][criterion]["network"]
        outcome = Found.PASS if rate >= least else Found.WARN
        found.append(Verdict(f"{name}: gamma {criterion}", outcome, f"at least {least:g} % (paper)", f"{rate:.1f} %"))
    return found


def _facts(study: Study, outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    fields = sum(len(names) for names in study.fields.values())
    folds = "one patient at a time" if study.parts is None else f"{study.parts} parts in turn"
    return [
        ("Left out", folds),
        ("Patients", f"{len(study.fields)} with {fields} fields"),
        ("Learns from", "all others" + (f", {study.planes} planes of a field at most" if study.planes else "")),
        (
            "Judged on",
            f"{study.judged_fields or 'all'} fields of each left-out patient, eight planes of each for gamma",
        ),
        ("Networks", ", ".join(study.presets)),
        ("Training", " and ".join(limit.label for limit in study.limits) + (", bfloat16" if study.bf16 else "")),
        ("Runs", f"{len(outcomes)}, seed {study.seed}"),
        ("Data", f"SHA-256 of names and attributes {study.data_sha256[:16]}…"),
    ]
