"""A slow network on every test field: ``python -m tests.benchmarks.few_planes STORE --model ddn --planes 4``.

`ddn` needs a minute a field; it answers plane by plane, so that some planes of each field, the middles of as many equal
parts of those with at least 10 % of the dose, say what all of them would. Prints per CT and over all the squared error
of linear up-sampling over the network's, mean of the fields, and the 2-D gamma of both. Networks that see neighbouring
planes of their own answer (a local correction) cannot be measured so.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from numpy.typing import NDArray

from dosenet.evaluation import evenly
from dosenet.gamma import PAPER_CRITERIA, plane_pass_rates
from dosenet.lattice import coarse_lattice, fine_lattice, resample
from dosenet.slices import selected_planes
from dosenet.store import FieldPair, read_patients
from dosenet.stored_field import StoredPatient
from dosenet.upsampling import error_ratio
from dosenet.weights import Model, load_model


@dataclass(frozen=True)
class Measured:
    """Errors of a field; gamma pass rates, %, by criterion: of linear up-sampling and of the network."""

    patient: str
    field: str
    kind: str
    energy: str
    ratio: float
    gamma: dict[str, tuple[float, float]]


def measured(model: Model, stored: StoredPatient, pair: FieldPair, count: int) -> Measured:
    """Predict and judge some planes of a field."""
    coarse = stored.coarse(pair)
    kept = pair.stored_planes
    planes: NDArray[np.intp] = selected_planes(coarse.values)
    planes = planes[(planes >= kept.start) & (planes < kept.stop)]
    planes = planes[evenly(planes.size, count)]

    def only(dose: NDArray[np.float32], threshold: float) -> NDArray[np.intp]:
        del dose, threshold
        return planes

    with mock.patch("dosenet.prediction.selected_planes", only):
        predicted = stored.predict(model, pair, coarse).values
    maximum = np.float32(coarse.values.max())
    linear = resample(coarse, fine_lattice(coarse_lattice(coarse.lattice)))
    reference = pair.fine_gy() / maximum
    doses = [dose[kept] / maximum for dose in (linear, predicted)]
    there = planes - kept.start
    errors = [float(np.square(dose[there] - reference[there]).mean()) for dose in doses]
    gamma = {
        str(criterion): tuple(plane_pass_rates(reference, dose, criterion, there).own_maximum for dose in doses)
        for criterion in PAPER_CRITERIA
    }
    label = pair.energy_label
    return Measured(stored.pairs.name, pair.name, pair.kind, label, error_ratio(*errors), gamma)  # type: ignore[arg-type]


def of_patient(name: str, store: Path, split: str, model: str, count: int, every: int) -> list[Measured]:
    """Judge the fields of a patient, in a process of its own."""
    torch.set_num_threads(1)
    loaded = load_model(model)
    pairs = next(patient for patient in read_patients(store, split) if patient.name == name)
    stored = StoredPatient.of(pairs)
    return [measured(loaded, stored, pair, count) for pair in list(pairs.fields())[::every]]


def _row(name: str, fields: Sequence[Measured]) -> str:
    rates = [
        [statistics.fmean(field.gamma[str(c)][which] for field in fields) for c in PAPER_CRITERIA] for which in (0, 1)
    ]
    linear, network = (" ".join(f"{rate:5.1f}" for rate in row) for row in rates)
    ratios = [field.ratio for field in fields]
    return f"{name:20} {len(fields):4} {statistics.fmean(ratios):6.2f} {min(ratios):6.2f}   {linear} -> {network}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure a slow network on some planes of every test field.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--model", default="ddn", help="name or folder")
    parser.add_argument("--split", default="test")
    parser.add_argument("--planes", type=int, default=4, help="of each field")
    parser.add_argument("--every", type=int, default=1, help="take one of so many fields")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write every field here")
    asked = parser.parse_args(arguments)
    names = [patient.name for patient in read_patients(asked.store, asked.split)]
    work = partial(
        of_patient, store=asked.store, split=asked.split, model=asked.model, count=asked.planes, every=asked.every
    )
    found: list[Measured] = []
    print(f"{'':20} fields, squared error of linear / network: mean, worst; gamma 3/3, 2/2, 1/1 %, linear -> network")
    with ProcessPoolExecutor(asked.workers) as pool:
        for name, fields in zip(names, pool.map(work, names), strict=True):
            found += fields
            print(_row(name, fields), flush=True)
    groups: dict[str, list[Measured]] = defaultdict(list)
    for field in found:
        groups[field.kind].append(field)
        groups[field.energy].append(field)
    for name, fields in sorted(groups.items()):
        print(_row(name, fields))
    print(_row("all", found))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(field) for field in found], indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
