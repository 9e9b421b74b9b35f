"""The page of a fluence network's evaluation on whole plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import Case, FluenceMap, Plan, Uids
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.checks import Outcome, Verdict
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.evaluation.fluence.figures import (
    LossCurve,
    loss_figure,
    map_figure,
    rss_figure,
    scatter_figure,
)
from esapi_bridge.evaluation.fluence.goals import in_all
from esapi_bridge.evaluation.fluence.patient import PatientFigures, PlanPair
from esapi_bridge.evaluation.fluence.summary import (
    PLAN_FIGURES,
    aims,
    complexities,
    goals_met,
    mean_map_error,
    of_maps,
    pairings,
)
from esapi_bridge.report.comparison import Comparison
from esapi_bridge.report.dvh_table import dvh_table
from esapi_bridge.report.figures import Picture, dose_pictures, dvh_pictures
from esapi_bridge.report.fluence_maps import fluence_figure
from esapi_bridge.report.page import by_section, render

SHOWN_STRUCTURES = {
    "BODY": (120, 130, 140), "PTV": (255, 0, 0), "Bladder": (240, 190, 0), "Rectum": (150, 85, 30),
    "Bowel": (255, 130, 190), "Femur_Head_R": (0, 190, 200), "Femur_Head_L": (0, 100, 255),
    "PenileBulb": (160, 0, 200),
}  # fmt: skip
"""Structures in the pictures and their colours: these few are told apart in the histograms too."""


@dataclass(frozen=True)
class Shown:
    """A patient shown in pictures, and why."""

    why: str
    figures: PatientFigures
    pair: PlanPair


@dataclass(frozen=True)
class EvaluationStory:
    """What the page shows.

    Parameters
    ----------
    patients
        Figures of all of them.
    shown
        Those in pictures: a usual one, the best and the worst.
    model, model_sha256
        The network.
    split
        Which cases of the store.
    losses
        Of the training run; None where there is no log of it.
    """

    patients: Sequence[PatientFigures]
    shown: Sequence[Shown]
    model: str
    model_sha256: str
    split: str
    losses: LossCurve | None = None


def to_show(patients: Sequence[PatientFigures]) -> list[tuple[str, PatientFigures]]:
    """Choose patients to show: the middle, best and worst by their maps' mean error, and the worst target dose."""
    ranked = sorted(patients, key=mean_map_error)
    d95 = next(p for p in pairings(patients) if p.name == PLAN_FIGURES["ptv_d95_percent"][0])
    chosen = [
        ("A usual patient (median error of the maps; paper: figure 8)", ranked[len(ranked) // 2]),
        ("The best patient (smallest error of the maps; paper: figure 9)", ranked[0]),
        ("The worst patient (largest error of the maps; paper: figure 10)", ranked[-1]),
    ]
    worst = patients[d95.worst]
    if worst.name not in {figures.name for _, figures in chosen}:
        chosen.append(("The worst target dose (largest difference of PTV D95)", worst))
    return chosen


def write_evaluation_page(story: EvaluationStory, path: Path) -> Path:
    """Write the page that shows a story as an HTML file, whose folder is made if missing."""
    pictures = []
    if story.losses is not None:
        pictures.append(
            Picture(
                "Losses of the training run (paper: figure 6)",
                loss_figure(story.losses),
                "Training and validation loss",
            )
        )
    pictures.append(Picture("Errors of the maps (paper: figure 7)", map_figure(story.patients), "Errors of every map"))
    after = [
        Picture("Plans", scatter_figure(story.patients), "Figures of the plans, clinical against predicted"),
        Picture("Histograms", rss_figure(story.patients), "Difference of the dose-volume histograms"),
    ]
    return render(
        "evaluation.html.j2",
        path,
        folder=Path(__file__).parent,
        title="evaluation on whole plans",
        plan=story.model,
        verdicts=[
            Verdict(aim.name, Outcome.PASS if aim.reached else Outcome.WARN, aim.expected, aim.found)
            for aim in aims(story.patients)
        ],
        seconds=_seconds(story.patients),
        story=story,
        before=by_section(pictures),
        shown=[(shown, by_section(_shown(shown))) for shown in story.shown],
        after=by_section(after),
        pairings=pairings(story.patients),
        pairings_prescription=pairings(story.patients, lambda patient: patient.predicted_prescription),
        complexities=complexities(story.patients),
        goals=[*goals_met(story.patients), in_all(goals_met(story.patients))],
        facts=_facts(story),
        unnormalised=np.array([patient.unnormalised_percent for patient in story.patients]),
        field_share=_field_share(story.patients),
        most_energy=float(np.nanmax(np.abs(of_maps(story.patients, "sum_error_percent")))),
        mean=lambda values: float(np.nanmean(values)),
        spread=lambda values: float(np.nanstd(values)),
    )


def _shown(shown: Shown) -> list[Picture]:
    pair, who = shown.pair, shown.figures.name
    clinical: dict[int, FluenceMap] = {b.number: b.fluence for b in pair.clinical_beams if b.fluence is not None}
    case = _case(pair, who)
    sets = [DoseSet("Clinical", pair.clinical), DoseSet("Predicted", pair.predicted)]
    return [
        Picture("Maps", fluence_figure(pair.predicted_beams, clinical), f"{who}: maps and their differences"),
        *dose_pictures(Comparison(case, sets[0], sets[1])),
        *dvh_pictures(sets, dvh_table(sets, case.structures, case.slice_mm)),
    ]


def _case(pair: PlanPair, name: str) -> Case:
    structures = tuple(
        replace(s, colour=SHOWN_STRUCTURES[s.name]) for s in pair.patient.structures if s.name in SHOWN_STRUCTURES
    )
    plan = Plan(
        name[:16], pair.clinical_beams, pair.facts.arrangement.patient_position, pair.facts.prescription_gy,
        pair.facts.fractions,
    )  # fmt: skip
    return Case(
        ct=pair.patient.ct,
        plan=plan,
        plan_dose=pair.clinical,
        beam_doses={},
        structures=structures,
        uids=Uids(frame_of_reference=new_uid(), plan=new_uid(), structure_set=new_uid(), ct_series=new_uid()),
        patient_key="planning",
    )


def _seconds(patients: Sequence[PatientFigures]) -> dict[str, float]:
    steps = patients[0].seconds
    return {f"{step}, a patient": float(np.median([p.seconds[step] for p in patients])) for step in steps}


def _field_share(patients: Sequence[PatientFigures]) -> float:
    """Median share of a map's pixels, over which its error is averaged, that carry clinical fluence."""
    from fluencenet.metrics import FRAME_PX

    return float(np.median([px / FRAME_PX**2 for patient in patients for px in patient.field_px.values()]))


def _facts(story: EvaluationStory) -> list[tuple[str, str]]:
    return [
        ("Network", f"{story.model}, weights SHA-256 {story.model_sha256[:16]}…"),
        ("Patients", f"{len(story.patients)} phantoms of the split {story.split}, none of them used in training"),
        ("Plans", "7 fields, 44 Gy in 20 fractions, pelvic nodes included"),
        ("Clinical plan", "fluence optimised, leaves sequenced and dose calculated by this project's planning system"),
        ("Predicted plan", "maps of the network, leaves sequenced and dose calculated by the same system"),
    ]
