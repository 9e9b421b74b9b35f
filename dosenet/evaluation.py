"""Evaluation on whole fields: network against linear up-sampling, per field, per patient and over all.

``mse`` is the mean over the >= 10 % planes of the squared dose difference, both doses divided by the coarse dose's
volume maximum (Dong & Xing 2020). ``gamma_2d`` judges each plane by its own maximum and is the mean over planes, which
reproduces the paper's figures of linear up-sampling; ``gamma_2d_volume`` judges by the volume's maximum. Where the
store holds the coarse engine's dose at 1.25 mm, the error of linear up-sampling is split into the parts caused by
resolution and by physics.
"""

from __future__ import annotations

import json
import logging
import math
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import field as data_field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dosenet.fitting.command import evaluation_parser, log_to_console, write_figures
from dosenet.fitting.options import Progress
from dosenet.fitting.split import Split
from dosenet.gamma import PAPER_CRITERIA, Criterion, PlanePassRates, plane_pass_rates, volume_pass_rate
from dosenet.lattice import CoarseDose, CtGrid, coarse_lattice, fine_lattice, resample
from dosenet.prediction import predict
from dosenet.slices import COARSE_MM, FINE_MM, ORIGIN_SHIFT_MM, selected_planes
from dosenet.store import FieldPair, PatientPairs, read_patients
from dosenet.upsampling import error_ratio
from dosenet.weights import Model, load_model

log = logging.getLogger("dosenet.evaluation")

Volume = NDArray[np.float32]


@dataclass(frozen=True)
class EvaluationConfig:
    """What an evaluation measures.

    Parameters
    ----------
    planes
        Planes of each field for the 2-D gamma, the middles of as many equal parts; 0 for all.
    plane_criteria, volume_criteria
        Gamma criteria in 2-D and 3-D; there may be none.
    max_fields
        Fields per patient; None for all.
    """

    planes: int = 8
    plane_criteria: tuple[Criterion, ...] = PAPER_CRITERIA
    volume_criteria: tuple[Criterion, ...] = (Criterion(2, 2), Criterion(1, 1))
    max_fields: int | None = None


@dataclass(frozen=True)
class FieldResult:
    """Figures of one field, by method (``linear``, ``network``)."""

    patient: str
    site: str
    field: str
    planes: int
    seconds: float
    mse: dict[str, float]
    gamma_2d: dict[str, dict[str, float]] = data_field(default_factory=dict)
    gamma_2d_volume: dict[str, dict[str, float]] = data_field(default_factory=dict)
    gamma_3d: dict[str, dict[str, float]] = data_field(default_factory=dict)
    parts: dict[str, float] = data_field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Mean squared error of linear up-sampling over the network's."""
        return error_ratio(self.mse["linear"], self.mse["network"])


def evaluate_field(
    model: Model, patient: PatientPairs, pair: FieldPair, ct: CtGrid, config: EvaluationConfig
) -> FieldResult:
    """Predict one field and compare it with its reference on the planes of at least 10 % dose."""
    x, y, z = patient.origin_mm
    origin = (x + ORIGIN_SHIFT_MM, y + ORIGIN_SHIFT_MM, z + ORIGIN_SHIFT_MM)
    coarse = CoarseDose(pair.coarse_gy(), (COARSE_MM,) * 3, origin)
    maximum = np.float32(coarse.values.max())
    started = time.perf_counter()
    predicted = predict(model, coarse, ct, pair.source_mm)
    seconds = time.perf_counter() - started
    linear = resample(coarse, fine_lattice(coarse_lattice(coarse.lattice)))
    stored = slice(pair.z_start, pair.z_start + pair.fine_shape[0])
    doses = {"linear": linear[stored] / maximum, "network": predicted.values[stored] / maximum}
    reference = pair.fine_gy() / maximum
    planes = selected_planes(coarse.values) - pair.z_start
    planes = planes[(planes >= 0) & (planes < reference.shape[0])]
    some = planes if not config.planes else planes[evenly(planes.size, config.planes)]
    rates = {
        str(c): {name: plane_pass_rates(reference, dose, c, some) for name, dose in doses.items()}
        for c in config.plane_criteria
    }
    result = FieldResult(
        patient=patient.name,
        site=patient.site,
        field=pair.name,
        planes=int(planes.size),
        seconds=seconds,
        mse={name: _mse(dose[planes], reference[planes]) for name, dose in doses.items()},
        gamma_2d=_table(rates, "own_maximum"),
        gamma_2d_volume=_table(rates, "volume_maximum"),
        parts=_parts(pair, doses["linear"], reference, planes, float(maximum)),
    )
    for c in config.volume_criteria:
        result.gamma_3d[str(c)] = {name: volume_pass_rate(reference, dose, c) for name, dose in doses.items()}
    return result


def evaluate(
    data: Path | str,
    model: str | Path = "ddn-lite",
    split: str = Split.TEST,
    config: EvaluationConfig | None = None,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Evaluate a model on all fields of one split of a pair store.

    Parameters
    ----------
    data
        Pair store.
    model
        Name or folder.
    split
        ``train``, ``validation`` or ``test``.
    config
        What to measure.
    threads
        CPU threads; None for torch's own choice.
    progress
        Called with (name of the field, fields done, fields in all).

    Returns
    -------
    dict
        Plain values: the model, the split, and what `report` returns.

    Raises
    ------
    ValueError
        If the model or the store cannot be used, or the split has no fields.
    """
    if threads:
        torch.set_num_threads(threads)
    loaded = load_model(model)
    card = loaded.card
    about = {"model": card.name, "sha256": card.sha256, "split": str(split), "intended_use": card.intended_use}
    return about | report(evaluate_fields(loaded, data, split, config, progress=progress))


def evaluate_fields(
    model: Model,
    data: Path | str,
    split: str = Split.TEST,
    config: EvaluationConfig | None = None,
    *,
    progress: Progress | None = None,
) -> list[FieldResult]:
    """Evaluate all fields of one split; see `evaluate`."""
    config = config or EvaluationConfig()
    patients = [(p, list(p.fields())[: config.max_fields]) for p in read_patients(data, split)]
    count = sum(len(pairs) for _, pairs in patients)
    if not count:
        raise ValueError(f"expected fields in the split {str(split)!r} of the store, found none")
    results: list[FieldResult] = []
    for patient, pairs in patients:
        ct = CtGrid(patient.ct_hu().astype(np.float32), (FINE_MM,) * 3, patient.origin_mm)
        for pair in pairs:
            result = evaluate_field(model, patient, pair, ct, config)
            results.append(result)
            _log(result)
            if progress is not None:
                progress(f"{patient.name} {pair.name}", len(results), count)
    return results


def evenly(count: int, chosen: int) -> NDArray[np.intp]:
    """Midpoints of `chosen` equal parts of ``range(count)``; the ends are not favoured."""
    parts = min(chosen, count)
    return ((np.arange(parts) + 0.5) * count / parts).astype(np.intp)


def summarise(results: Sequence[FieldResult]) -> dict[str, Any]:
    """Mean figures of some fields; ``mse_ratio`` is the ratio of mean errors, ``worst_field_ratio`` the smallest."""
    mse = {name: statistics.fmean(r.mse[name] for r in results) for name in ("linear", "network")}
    summary: dict[str, Any] = {
        "fields": len(results),
        "planes": sum(r.planes for r in results),
        "mse": mse,
        "mse_ratio": error_ratio(mse["linear"], mse["network"]),
        "mean_field_ratio": statistics.fmean(r.ratio for r in results),
        "worst_field_ratio": min(r.ratio for r in results),
    }
    for kind in ("gamma_2d", "gamma_2d_volume", "gamma_3d"):
        tables = [getattr(r, kind) for r in results]
        summary[kind] = {
            criterion: {name: _mean_of(t[criterion][name] for t in tables) for name in ("linear", "network")}
            for criterion in tables[0]
        }
    with_parts = [r.parts for r in results if r.parts]
    if with_parts:
        summary["parts"] = {name: statistics.fmean(p[name] for p in with_parts) for name in with_parts[0]}
    return summary


def report(results: Sequence[FieldResult]) -> dict[str, Any]:
    """All figures as plain values: over all fields, per patient and per field."""
    patients = sorted({r.patient for r in results})
    return {
        "all": summarise(results),
        "patients": {name: summarise([r for r in results if r.patient == name]) for name in patients},
        "fields": [asdict(r) for r in results],
    }


def _table(rates: Mapping[str, Mapping[str, PlanePassRates]], kind: str) -> dict[str, dict[str, float]]:
    return {criterion: {name: getattr(rate, kind) for name, rate in row.items()} for criterion, row in rates.items()}


def _mse(dose: Volume, reference: Volume) -> float:
    return float(np.mean(np.square(dose - reference), dtype=np.float64))


def _parts(
    pair: FieldPair, linear: Volume, reference: Volume, planes: NDArray[np.intp], maximum: float
) -> dict[str, float]:
    """Split the error of linear up-sampling: resolution (to the coarse engine at 1.25 mm) and physics (from there)."""
    coarse_gy = pair.coarse_at_fine_gy()
    if coarse_gy is None:
        return {}
    coarse = coarse_gy / np.float32(maximum)
    return {
        "resolution_linear_vs_coarse_at_fine": _mse(linear[planes], coarse[planes]),
        "physics_coarse_at_fine_vs_reference": _mse(coarse[planes], reference[planes]),
    }


def _mean_of(values: Any) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return statistics.fmean(finite) if finite else math.nan


def _log(result: FieldResult) -> None:
    log.info(
        "%s %s  mse %.2e -> %.2e (x%.1f)  %s",
        result.patient,
        result.field,
        result.mse["linear"],
        result.mse["network"],
        result.ratio,
        "  ".join(f"{c} {v['linear']:.1f} -> {v['network']:.1f}" for c, v in result.gamma_2d.items()),
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line of the evaluation; returns the exit code."""
    parser = evaluation_parser(
        "dosenet.evaluation", "Evaluate a dose network on a pair store.", data="pair store (.zarr)"
    )
    parser.add_argument("--planes", type=int, default=8, help="planes per field for 2-D gamma, 0 for all")
    parser.add_argument("--no-3d", action="store_true", help="leave out 3-D gamma, which takes longest")
    parser.add_argument("--max-fields", type=int, help="fields per patient")
    found = parser.parse_args(arguments)
    log_to_console()
    config = EvaluationConfig(planes=found.planes, max_fields=found.max_fields)
    if found.no_3d:
        config = replace(config, volume_criteria=())
    figures = evaluate(found.data, found.weights, found.split, config, threads=found.threads)
    if found.json:
        write_figures(found.json, figures)
    log.info("%s", json.dumps(figures["all"], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
