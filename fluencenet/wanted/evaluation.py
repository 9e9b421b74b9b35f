"""Evaluation of the wanted-dose network on plans it has not seen, beside the mean plan and the nearest patient's."""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dosenet.fitting.command import evaluation_parser, log_to_console, write_figures
from dosenet.fitting.options import Progress
from dosenet.fitting.split import Split
from fluencenet.on_labels import on_labels
from fluencenet.store import FluenceStore
from fluencenet.wanted.baselines import Baselines, centred_dose, laid
from fluencenet.wanted.card import WantedDoseModel, load_model
from fluencenet.wanted.plan_input import Contours
from fluencenet.wanted.prediction import predict_dose
from fluencenet.wanted.scores import DoseScores, dose_scores

log = logging.getLogger("fluencenet.evaluation")

WAYS = ("network", "mean plan", "nearest patient")


@dataclass(frozen=True)
class PlanResult:
    """Scores of a plan.

    Parameters
    ----------
    name
        Name of the case.
    scores
        By way, see `WAYS`.
    seconds
        Time of the prediction.
    """

    name: str
    scores: Mapping[str, DoseScores]
    seconds: float


def evaluate(
    data: Path | str,
    model: str | Path = "wanted-dose",
    split: str = Split.TEST,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Evaluate a model on all cases of one split of a store of plans.

    Arguments, values returned and errors are those of `dosenet.evaluation.evaluate`, with cases instead of fields.
    """
    if threads:
        torch.set_num_threads(threads)
    loaded, store = load_model(model), FluenceStore(data)
    card = loaded.card
    about = {"model": card.name, "sha256": card.sha256, "split": str(split), "intended_use": card.intended_use}
    return about | report(evaluate_cases(loaded, store, split, progress=progress))


def evaluate_cases(
    model: WantedDoseModel, store: FluenceStore, split: str = Split.TEST, *, progress: Progress | None = None
) -> list[PlanResult]:
    """Evaluate all cases of one split; see `evaluate`."""
    names, training = store.names(split), store.names(Split.TRAIN)
    if not names or not training:
        raise ValueError(f"expected training cases and cases of the split {str(split)!r} in the store, found none")
    baselines = Baselines.of([store.read(name) for name in training])
    results = []
    for name in names:
        results.append(evaluate_case(model, store, baselines, name))
        if progress is not None:
            progress(name, len(results), len(names))
    return results


def evaluate_case(model: WantedDoseModel, store: FluenceStore, baselines: Baselines, name: str) -> PlanResult:
    """Predict the dose of a plan, and compare it and both baselines with the plan's."""
    case = store.read(name)
    scene = case.scene
    course_gy = float(str(case.attributes.get("prescription_gy", scene.prescription_gy)))
    reference = on_labels(scene) * np.float32(course_gy / scene.prescription_gy)
    started = time.perf_counter()
    beams = [beam.axes for beam in case.beams]
    found = predict_dose(model, Contours.of(scene), beams, course_gy, energy=store.energy(name))
    seconds = time.perf_counter() - started
    near = store.read(baselines.nearest(case))
    doses = {
        "network": found.dose_gy,
        "mean plan": baselines.mean_plan(case) * np.float32(course_gy),
        "nearest patient": laid(centred_dose(near), case) * np.float32(course_gy),
    }
    voxel_mm3 = float(np.prod(scene.label_lattice.spacing_mm))
    scores = {way: dose_scores(dose, reference, scene.labels, voxel_mm3) for way, dose in doses.items()}
    log.info(
        "%s  %s  %.2f s", name, "  ".join(f"{w} {s.dose_gy:.2f} {s.dvh_gy:.2f}" for w, s in scores.items()), seconds
    )
    return PlanResult(name, scores, seconds)


def report(results: Sequence[PlanResult]) -> dict[str, Any]:
    """All figures as plain values: means over the plans, the worst plan, and every plan."""

    def over(way: str) -> dict[str, float]:
        scores = [result.scores[way] for result in results]
        return {
            "dose_score_gy": statistics.mean(s.dose_gy for s in scores),
            "dvh_score_gy": statistics.mean(s.dvh_gy for s in scores),
            "worst_dose_score_gy": max(s.dose_gy for s in scores),
            "worst_dvh_score_gy": max(s.dvh_gy for s in scores),
        }

    points = sorted({point for result in results for point in result.scores["network"].points_gy})
    return {
        "patients": len(results),
        "ways": {way: over(way) for way in WAYS},
        "points_gy": {
            point: statistics.mean(
                abs(r.scores["network"].points_gy[point]) for r in results if point in r.scores["network"].points_gy
            )
            for point in points
        },
        "seconds": statistics.median(r.seconds for r in results),
        "cases": {
            r.name: {way: {"dose_score_gy": s.dose_gy, "dvh_score_gy": s.dvh_gy} for way, s in r.scores.items()}
            for r in results
        },
    }


def main(arguments: list[str] | None = None) -> int:
    """Command line of the evaluation; returns the exit code."""
    parser: argparse.ArgumentParser = evaluation_parser(
        "fluencenet.wanted.evaluation",
        "Evaluate a wanted-dose network on a store of plans.",
        data="store of plans (.zarr)",
    )
    found = parser.parse_args(arguments)
    log_to_console()
    figures = evaluate(found.data, found.weights, found.split, threads=found.threads)
    if found.json:
        write_figures(found.json, figures)
    log.info("%s", json.dumps({key: value for key, value in figures.items() if key != "cases"}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
