"""Evaluation on whole fields: network against linear up-sampling, per field, per patient and over all.

``mse`` is the mean over the >= 10 % planes of the squared dose difference, both doses divided by the coarse dose's
volume maximum (Dong & Xing 2020); ``mse_in_body`` the same with both doses zero outside the stored body, as a network
answers that is told it. ``gamma_2d`` judges each plane by its own maximum and is the mean over planes, which reproduces
the paper's figures of linear up-sampling; ``gamma_2d_volume`` judges by the volume's maximum. Where the store holds the
coarse engine's dose at 1.25 mm, the error of linear up-sampling is split into the parts caused by resolution and by
physics.

Figures to be set beside those of others are of all stored planes: ``mean_errors``, per cent, holds the masked and the
stratified mean absolute error (`dosenet.mean_errors`) and, where the source stands still, the distances of the
integrated depth dose (`dosenet.depth_dose`); ``bands`` the mean absolute errors by dose, tissue and depth;
``gamma_3d_local`` gamma whose dose tolerance is in per cent of each voxel's own dose. Where the model's card has
intervals and the store the body, ``coverage`` is the share of voxels whose interval holds the reference, per cent, with
the mean half-width of those of at least 10 % dose, per cent of the maximum.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dosenet.anatomy import Anatomy
from dosenet.depth_dose import depth_dose_distances
from dosenet.field_result import FieldResult, report
from dosenet.fitting.command import evaluation_parser, log_to_console, write_figures
from dosenet.fitting.options import Progress
from dosenet.fitting.split import Split
from dosenet.gamma import PAPER_CRITERIA, Criterion, PlanePassRates, plane_pass_rates, volume_pass_rate
from dosenet.interval import coverage_of
from dosenet.lattice import FineDose, Lattice, coarse_lattice, fine_lattice, resample
from dosenet.mean_errors import ErrorTable
from dosenet.precision import Precision, used_on
from dosenet.slices import FINE_MM, selected_planes
from dosenet.store import FieldPair, PatientPairs, read_patients
from dosenet.stored_field import Completed, FieldName, StoredPatient, StoredPatients, measured
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
    plane_criteria, volume_criteria, local_criteria
        Gamma criteria in 2-D, in 3-D and, of each voxel's own dose, in 3-D; there may be none.
    max_fields
        Fields per patient; None for all.
    kinds, energies
        Kinds of fields, and energies as displayed; none for all.
    contour
        Whether the network is told the outline of the body, where the store has it.
    precision
        What the network calculates with, see `dosenet.precision`.
    """

    planes: int = 8
    plane_criteria: tuple[Criterion, ...] = PAPER_CRITERIA
    volume_criteria: tuple[Criterion, ...] = (Criterion(2, 2), Criterion(1, 1))
    local_criteria: tuple[Criterion, ...] = (Criterion(1, 1),)
    max_fields: int | None = None
    kinds: tuple[str, ...] = ()
    energies: tuple[str, ...] = ()
    contour: bool = True
    precision: Precision = Precision.AUTO

    def without_volumes(self) -> EvaluationConfig:
        """Leave out 3-D gamma."""
        return replace(self, volume_criteria=(), local_criteria=())

    def fields(self, patient: PatientPairs) -> list[FieldPair]:
        """Choose among the fields of a patient."""
        found = [
            pair
            for pair in patient.fields()
            if (not self.kinds or pair.kind in self.kinds) and (not self.energies or pair.energy_label in self.energies)
        ]
        return found[: self.max_fields]


def evaluate_field(
    model: Model,
    stored: StoredPatient,
    pair: FieldPair,
    config: EvaluationConfig,
    *,
    seen: Callable[[FineDose], None] | None = None,
) -> FieldResult:
    """Predict one field and compare it with its reference on the planes of at least 10 % dose.

    `seen` is called with the prediction.
    """
    patient, coarse = stored.pairs, stored.coarse(pair)
    maximum = np.float32(coarse.values.max())
    started = time.perf_counter()
    predicted = stored.predict(model, pair, coarse, contour=config.contour, precision=config.precision)
    seconds = time.perf_counter() - started
    if seen is not None:
        seen(predicted)
    linear = resample(coarse, fine_lattice(coarse_lattice(coarse.lattice)))
    kept = pair.stored_planes
    doses = {"linear": linear[kept] / maximum, "network": predicted.values[kept] / maximum}
    reference = pair.fine_gy() / maximum
    planes = selected_planes(coarse.values) - pair.z_start
    planes = planes[(planes >= 0) & (planes < reference.shape[0])]
    some = planes if not config.planes else planes[evenly(planes.size, config.planes)]
    rates = {
        str(c): {name: plane_pass_rates(reference, dose, c, some) for name, dose in doses.items()}
        for c in config.plane_criteria
    }
    where = stored.anatomy.planes(pair.z_start, reference.shape[0])
    errors = ErrorTable.of(reference, doses, where)
    result = FieldResult(
        patient=patient.name,
        site=patient.site,
        anatomy=patient.anatomy,
        field=pair.name,
        kind=pair.kind,
        energy=pair.energy_label,
        planes=int(planes.size),
        seconds=seconds,
        mse={name: _mse(dose[planes], reference[planes]) for name, dose in doses.items()},
        mse_in_body=_mse_in_body(doses, reference, planes, where),
        gamma_2d=_table(rates, "own_maximum"),
        gamma_2d_volume=_table(rates, "volume_maximum"),
        mean_errors={
            "masked": errors.masked(),
            "stratified": errors.stratified(),
            **_depth_doses(patient, pair, reference, doses),
        },
        bands=errors.bands(),
        parts=_parts(pair, doses["linear"], reference, planes, float(maximum)),
        coverage=_coverage(model, stored, pair, predicted, reference * maximum),
    )
    for c in config.volume_criteria:
        result.gamma_3d[str(c)] = {name: volume_pass_rate(reference, dose, c) for name, dose in doses.items()}
    for c in config.local_criteria:
        result.gamma_3d_local[str(c)] = {
            name: volume_pass_rate(reference, dose, c, local=True) for name, dose in doses.items()
        }
    return result


def evaluate(
    data: Path | str,
    model: str | Path = "ddn-lite",
    split: str = Split.TEST,
    config: EvaluationConfig | None = None,
    *,
    threads: int | None = None,
    completed: Completed | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Evaluate a model on the fields of one split of a pair store.

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
    completed
        Does the work, in other processes perhaps; None for here, one field after the other.
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
    about = {
        "model": card.name,
        "version": card.version,
        "sha256": card.sha256,
        "split": str(split),
        "precision": str(used_on(next(loaded.network.parameters()).device, (config or EvaluationConfig()).precision)),
        "intended_use": card.intended_use,
    }
    load = partial(load_model, model)
    return about | report(evaluate_fields(load, data, split, config, completed=completed, progress=progress))


def evaluate_fields(
    load: Callable[[], Model],
    data: Path | str,
    split: str = Split.TEST,
    config: EvaluationConfig | None = None,
    *,
    completed: Completed | None = None,
    progress: Progress | None = None,
) -> list[FieldResult]:
    """Evaluate the fields of one split with the model that `load` returns, called in every process; see `evaluate`."""
    config = config or EvaluationConfig()
    patients = read_patients(data, split)
    fields = [(patient.name, pair.name) for patient in patients for pair in config.fields(patient)]
    if not fields:
        wanted = "".join(f" of {' or '.join(names)}" for names in (config.kinds, config.energies) if names)
        raise ValueError(f"expected fields{wanted} in the split {str(split)!r} of the store, found none")
    results: list[FieldResult] = []
    for _, result in measured(_Work(load, Path(data), config).field, fields, completed, progress):
        results.append(result)
        _log(result)
    return sorted(results, key=lambda r: (r.patient, r.field))


class _Work:
    """Evaluation of single fields, also in another process; model and the last patient stay in memory."""

    def __init__(self, load: Callable[[], Model], data: Path, config: EvaluationConfig) -> None:
        self.load, self.config = load, config
        self.patients = StoredPatients(data)
        self.model: Model | None = None

    def field(self, name: FieldName) -> FieldResult:
        stored = self.patients.read(name[0])
        if self.model is None:
            self.model = self.load()
        return evaluate_field(self.model, stored, stored.field(name[1]), self.config)


def evenly(count: int, chosen: int) -> NDArray[np.intp]:
    """Midpoints of `chosen` equal parts of ``range(count)``; the ends are not favoured."""
    parts = min(chosen, count)
    return ((np.arange(parts) + 0.5) * count / parts).astype(np.intp)


def _table(rates: Mapping[str, Mapping[str, PlanePassRates]], kind: str) -> dict[str, dict[str, float]]:
    return {criterion: {name: getattr(rate, kind) for name, rate in row.items()} for criterion, row in rates.items()}


def _mse(dose: Volume, reference: Volume) -> float:
    return float(np.mean(np.square(dose - reference), dtype=np.float64))


def _mse_in_body(
    doses: Mapping[str, Volume], reference: Volume, planes: NDArray[np.intp], where: Anatomy
) -> dict[str, float]:
    if where.body is None:
        return {}
    body = where.body[planes]
    return {name: _mse(dose[planes] * body, reference[planes]) for name, dose in doses.items()}


def _depth_doses(
    patient: PatientPairs, pair: FieldPair, reference: Volume, doses: Mapping[str, Volume]
) -> dict[str, dict[str, float]]:
    """Distances of the integrated depth dose; none where the source moves, or source or isocentre are not stored."""
    if pair.source_mm is None or pair.isocentre_mm is None:
        return {}
    (nz, ny, nx), (x, y, z) = reference.shape, patient.origin_mm
    lattice = Lattice((nx, ny, nz), (FINE_MM,) * 3, (x, y, z + FINE_MM * pair.z_start))
    found = depth_dose_distances(reference, doses, lattice, pair.source_mm, pair.isocentre_mm)
    return {
        "depth dose, rms": {name: one.rms_percent for name, one in found.items()},
        "depth dose, area": {name: one.area_percent for name, one in found.items()},
    }


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


def _coverage(
    model: Model, stored: StoredPatient, pair: FieldPair, predicted: FineDose, reference_gy: Volume
) -> dict[str, float]:
    """Measure the intervals of the card, where it has some and the body is known."""
    table = model.card.interval_table
    if table is None or stored.body is None or stored.places is None:
        return {}
    kept = pair.stored_planes
    half = table.half_width_gy(predicted, stored.places)[kept]
    return coverage_of(predicted.values[kept], half, reference_gy, stored.body.inside[kept])


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
    parser.add_argument("--kind", action="append", default=[], help="kind of field, may be repeated (default: all)")
    parser.add_argument("--energy", action="append", default=[], help="energy, may be repeated (default: all)")
    parser.add_argument("--precision", type=Precision, choices=list(Precision), default=Precision.AUTO)
    found = parser.parse_args(arguments)
    log_to_console()
    config = EvaluationConfig(
        planes=found.planes,
        max_fields=found.max_fields,
        kinds=tuple(found.kind),
        energies=tuple(found.energy),
        precision=found.precision,
    )
    if found.no_3d:
        config = config.without_volumes()
    figures = evaluate(found.data, found.weights, found.split, config, threads=found.threads)
    if found.json:
        write_figures(found.json, figures)
    log.info("%s", json.dumps(figures["all"], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
