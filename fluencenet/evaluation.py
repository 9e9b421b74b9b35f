"""Evaluation of a fluence network on whole plans, in the paper's figures (Lee et al. 2019, figure 7).

Each predicted map is compared with the clinical one on the latter's pixels, 40 x 40 cm2: mean absolute error in
fractional MU, structural similarity, gamma of 3 % of the map's maximum and 3 mm, and the error of the map's sum. A
patient's figure is the median over its maps, the data set's the median over its patients.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dosenet.gamma import Criterion, image_pass_rate
from fluencenet.bev import BevGrid
from fluencenet.field import placed
from fluencenet.metrics import FRAME_PX, fractional_mu, map_errors
from fluencenet.prediction import predict
from fluencenet.scene import FluenceCase, FluenceImage
from fluencenet.store import FluenceStore
from fluencenet.weights import FluenceModel, load_model

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
        The maps themselves.
    seconds
        What the prediction took.
    """

    name: str
    maps: tuple[MapResult, ...]
    predicted: tuple[FluenceImage, ...]
    seconds: float

    def median(self, figure: str) -> float:
        """Median over the maps of one of `FIGURES`; of the energy error, its size."""
        return statistics.median(_size(m, figure) for m in self.maps)


def evaluate_case(model: FluenceModel, case: FluenceCase) -> PlanResult:
    """Predict the maps of a case and compare them with its own."""
    started = time.perf_counter()
    clinical = [beam.fluence for beam in case.beams]
    predicted = predict(case.scene, [beam.axes for beam in case.beams], model, like=clinical)
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
    """Return the frame a map is judged in: its own pixels, about the beam's axis."""
    step = image.spacing_mm
    first = step * (FRAME_PX - 1) / 2
    x = image.x_origin_mm + step * round((-first - image.x_origin_mm) / step)
    y = image.y_origin_mm + step * round((first - image.y_origin_mm) / step)
    return BevGrid(FRAME_PX, FRAME_PX, x, y, step)


def evaluate(
    model: FluenceModel,
    store: FluenceStore,
    split: str = "test",
    *,
    progress: Callable[[PlanResult], None] | None = None,
) -> list[PlanResult]:
    """Evaluate all cases of a split; `progress` is told each result.

    Raises
    ------
    ValueError
        If there are none.
    """
    results = []
    for name in store.names(split):
        results.append(evaluate_case(model, store.read(name)))
        if progress is not None:
            progress(results[-1])
    if not results:
        raise ValueError(f"expected cases of the split {split!r} in the store, found none")
    return results


def report(results: Sequence[PlanResult]) -> dict[str, Any]:
    """All figures as plain values: medians over patients and over maps, the worst patient, every map."""
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


def main(arguments: list[str] | None = None) -> int:
    """Command line of the evaluation; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m fluencenet.evaluation", description="Evaluate a fluence network on a store of plans."
    )
    parser.add_argument("--data", required=True, help="fluence store (.zarr)")
    parser.add_argument("--weights", required=True, help="model name or folder")
    parser.add_argument("--split", default="test")
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--threads", type=int, help="CPU threads")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if options.threads:
        torch.set_num_threads(options.threads)
    model = load_model(options.weights)
    results = evaluate(model, FluenceStore(options.data), options.split, progress=_tell)
    card = model.card
    figures = {"model": card.name, "sha256": card.sha256, "split": options.split, "intended_use": card.intended_use}
    figures |= report(results)
    if options.json:
        part = options.json.with_suffix(".part")
        part.write_text(json.dumps(figures, indent=1), encoding="utf-8")
        part.replace(options.json)
    log.info("%s", json.dumps({k: v for k, v in figures.items() if k != "cases"}, indent=1))
    return 0


def _tell(result: PlanResult) -> None:
    figures = "  ".join(f"{figure} {result.median(figure):.4g}" for figure in FIGURES)
    log.info("%s  %s  %.2f s", result.name, figures, result.seconds)


if __name__ == "__main__":
    sys.exit(main())
