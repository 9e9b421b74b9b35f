"""Evaluation of a fluence network on whole plans, in the paper's figures (Lee et al. 2019, figure 7).

Each predicted map is compared with the clinical one on the latter's pixels, 40 x 40 cm2: mean absolute error in
fractional MU, structural similarity, gamma of 3 % of the map's maximum and 3 mm, and the error of the map's sum. The
figure of a patient is the median over the maps, that of the data set the median over the patients.
"""

from __future__ import annotations

import json
import logging
import math
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dosenet.fitting.command import evaluation_parser, log_to_console, write_figures
from dosenet.fitting.options import Progress
from dosenet.fitting.split import Split
from dosenet.gamma import Criterion, image_pass_rate
from fluencenet.bev import BevGrid
from fluencenet.field import placed
from fluencenet.metrics import FRAME_PX, fractional_mu, map_errors
from fluencenet.prediction import predict
from fluencenet.scene import FluenceCase, FluenceImage
from fluencenet.store import FluenceStore
from fluencenet.weights import Model, load_model

log = logging.getLogger("fluencenet.evaluation")

PAPER_CRITERION = Criterion(3, 3)
FIGURES = ("mae", "ssim", "gamma", "energy_error")


@dataclass(frozen=True)
class MapResult:
    """Figures of one map.

    Parameters
    ----------
    beam
        Name of the beam.
    mae
        Mean absolute error over the frame, fractional MU (100 MU).
    ssim
        Structural similarity over the frame.
    gamma
        Share of points with gamma of at most 1, 3 % and 3 mm, 10 % cut-off.
    energy_error
        Relative error of the map's sum, signed.
    """

    beam: str
    mae: float
    ssim: float
    gamma: float
    energy_error: float


@dataclass(frozen=True)
class PlanResult:
    """Figures of one plan.

    Parameters
    ----------
    name
        Name of the case.
    maps
        Figures of its maps.
    predicted
        The predicted maps.
    seconds
        Time of the prediction.
    """

    name: str
    maps: tuple[MapResult, ...]
    predicted: tuple[FluenceImage, ...]
    seconds: float

    def median(self, figure: str) -> float:
        """Median over the maps of one of `FIGURES`; absolute value of the energy error."""
        return statistics.median(_size(m, figure) for m in self.maps)


def evaluate_case(model: Model, case: FluenceCase) -> PlanResult:
    """Predict the maps of a case and compare them with the clinical ones."""
    started = time.perf_counter()
    clinical = [beam.fluence for beam in case.beams]
    energy = str(case.attributes.get("energy", ""))
    predicted = predict(model, case.scene, [beam.axes for beam in case.beams], energy=energy, like=clinical)
    seconds = time.perf_counter() - started
    unit = fractional_mu(float(str(case.attributes["mu_per_fluence"])))
    results = []
    for beam, found in zip(case.beams, predicted, strict=True):
        grid = frame(beam.fluence)
        one, other = placed(found, grid) * unit, placed(beam.fluence, grid) * unit
        errors = map_errors(one[None, None], other[None, None])
        results.append(
            MapResult(
                beam=beam.name,
                mae=float(errors.mae),
                ssim=float(errors.ssim),
                gamma=image_pass_rate(other.numpy(), one.numpy(), PAPER_CRITERION, grid.spacing_mm) / 100,
                energy_error=_signed(one, other),
            )
        )
    return PlanResult(case.name, tuple(results), tuple(predicted), seconds)


def frame(image: FluenceImage) -> BevGrid:
    """Return the frame in which a map is evaluated: on the map's own pixels, centred on the beam axis."""
    step = image.spacing_mm
    first = step * (FRAME_PX - 1) / 2
    x = image.x_origin_mm + step * round((-first - image.x_origin_mm) / step)
    y = image.y_origin_mm + step * round((first - image.y_origin_mm) / step)
    return BevGrid(FRAME_PX, FRAME_PX, x, y, step)


def evaluate(
    data: Path | str,
    model: str | Path = "dual-frame-lite",
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
    loaded = load_model(model)
    card = loaded.card
    about = {"model": card.name, "sha256": card.sha256, "split": str(split), "intended_use": card.intended_use}
    return about | report(evaluate_cases(loaded, FluenceStore(data), split, progress=progress))


def evaluate_cases(
    model: Model,
    store: FluenceStore,
    split: str = Split.TEST,
    *,
    progress: Progress | None = None,
) -> list[PlanResult]:
    """Evaluate all cases of one split; see `evaluate`."""
    names = store.names(split)
    if not names:
        raise ValueError(f"expected cases of the split {str(split)!r} in the store, found none")
    results: list[PlanResult] = []
    for name in names:
        results.append(evaluate_case(model, store.read(name)))
        _log(results[-1])
        if progress is not None:
            progress(name, len(results), len(names))
    return results


def report(results: Sequence[PlanResult]) -> dict[str, Any]:
    """All figures as plain values: medians over patients and over maps, the worst ones, and every map."""
    maps = [m for r in results for m in r.maps]
    worst = min(results, key=lambda r: r.median("ssim"))
    return {
        "patients": len(results),
        "maps": len(maps),
        "median_of_patients": {f: statistics.median(r.median(f) for r in results) for f in FIGURES},
        "median_of_maps": {f: statistics.median(_size(m, f) for m in maps) for f in FIGURES},
        "worst_patient": {"name": worst.name} | {f: worst.median(f) for f in FIGURES},
        "worst_map": {f: (max if f in ("mae", "energy_error") else min)(_size(m, f) for m in maps) for f in FIGURES},
        "seconds": statistics.median(r.seconds for r in results),
        "cases": {r.name: [asdict(m) for m in r.maps] for r in results},
    }


def _size(result: MapResult, figure: str) -> float:
    value = float(getattr(result, figure))
    return abs(value) if figure == "energy_error" else value


def _signed(one: Tensor, other: Tensor) -> float:
    whole = float(other.sum())
    return float(one.sum()) / whole - 1.0 if whole else math.nan


def _log(result: PlanResult) -> None:
    figures = "  ".join(f"{figure} {result.median(figure):.4g}" for figure in FIGURES)
    log.info("%s  %s  %.2f s", result.name, figures, result.seconds)


def main(arguments: list[str] | None = None) -> int:
    """Command line of the evaluation; returns the exit code."""
    parser = evaluation_parser(
        "fluencenet.evaluation", "Evaluate a fluence network on a store of plans.", data="store of plans (.zarr)"
    )
    found = parser.parse_args(arguments)
    log_to_console()
    figures = evaluate(found.data, found.weights, found.split, threads=found.threads)
    if found.json:
        write_figures(found.json, figures)
    log.info("%s", json.dumps({k: v for k, v in figures.items() if k != "cases"}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
