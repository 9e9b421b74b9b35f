"""Calibration of a dose network: intervals of its doses, and what dose and CT of its training are like, onto its card.

Intervals come from fields that it was not trained on; likeness, for which no network is run, from those as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dosenet.fitting.options import Progress
from dosenet.fitting.split import Split
from dosenet.interval import COVERAGE, error_counts, interval_table, strata
from dosenet.likeness import Likeness, figures_of, likeness
from dosenet.model_folder import find_model
from dosenet.store import read_patients
from dosenet.stored_field import Completed, FieldName, StoredPatients, measured
from dosenet.weights import Card, Model, load_model, weights_root


def calibrate(
    data: Path,
    model: str | Path,
    split: str = Split.VALIDATION,
    *,
    coverage: float = COVERAGE,
    max_fields: int | None = None,
    threads: int | None = None,
    completed: Completed | None = None,
    progress: Progress | None = None,
) -> Card:
    """Measure how wide the intervals of a network's doses must be, and what is like its training; onto its card.

    Parameters
    ----------
    data
        Pair store; fields of patients whose body is stored are taken.
    model
        Name or folder.
    split
        Anatomies for the intervals, which training did not see, nor those that shall be measured on later. For likeness
        those for training are taken, too.
    coverage
        Share of the voxels that intervals are to cover.
    max_fields
        Fields per patient at most, evenly spread over them; None for all.
    threads
        CPU threads; None for torch's own choice.
    completed
        Does the work, in other processes perhaps; None for here, one field after the other.
    progress
        Called with (name of the field, fields done, fields in all).

    Returns
    -------
    Card
        As it was written.

    Raises
    ------
    ValueError
        If model or store cannot be used, or the split has too few anatomies.
    """
    if threads:
        torch.set_num_threads(threads)
    folder = find_model(model, weights_root())
    fields = [
        (patient.name, name)
        for patient in read_patients(data, split)
        if patient.has_body
        for name in _some([pair.name for pair in patient.fields()], max_fields)
    ]
    errors: dict[str, NDArray[np.int64]] = {}
    for patient, found in measured(_Errors(folder, data).field, fields, completed, progress):
        errors[patient] = errors[patient] + found if patient in errors else found
    like = measure_likeness(data, [Split.TRAIN, split], max_fields, completed, progress)
    card = replace(Card.read(folder), intervals=asdict(interval_table(errors, coverage)), likeness=asdict(like))
    card.write(folder)
    return Card.read(folder)


def measure_likeness(
    data: Path,
    splits: Sequence[str],
    max_fields: int | None = None,
    completed: Completed | None = None,
    progress: Progress | None = None,
) -> Likeness:
    """Measure what coarse doses and CTs of some splits are like; the rest as for `calibrate`."""
    fields = [
        (patient.name, name)
        for split in dict.fromkeys(splits)
        for patient in read_patients(data, split)
        for name in _some([pair.name for pair in patient.fields()], max_fields)
    ]
    figures: dict[str, list[NDArray[np.float64]]] = {}
    for patient, found in measured(_Figures(data).field, fields, completed, progress):
        if found is not None:
            figures.setdefault(patient, []).append(found)
    return likeness(figures)


def _some(names: list[str], most: int | None) -> list[str]:
    """At most so many, evenly spread; neighbours in a store are often of one kind."""
    if most is None or len(names) <= most:
        return names
    return [names[k] for k in np.linspace(0, len(names) - 1, most).round().astype(int)]


class _Figures:
    """Figures of single fields, also in another process."""

    def __init__(self, data: Path) -> None:
        self.patients = StoredPatients(data)

    def field(self, name: FieldName) -> NDArray[np.float64] | None:
        """Take the figures of a field."""
        stored = self.patients.read(name[0])
        return figures_of(stored.coarse(stored.field(name[1])), stored.ct)


class _Errors:
    """Errors of single fields, also in another process; model and the last patient stay in memory."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder, self.patients = folder, StoredPatients(data)
        self.model: Model | None = None

    def field(self, name: FieldName) -> NDArray[np.int64]:
        """Count the errors of a field by stratum, see `error_counts`."""
        if self.model is None:
            self.model = load_model(self.folder)
        stored = self.patients.read(name[0])
        if stored.places is None:
            raise ValueError("expected a patient whose body is stored, found one without")
        pair = stored.field(name[1])
        predicted = stored.predict(self.model, pair, stored.coarse(pair)).values
        maximum = predicted.max()
        kept = pair.stored_planes
        cells = strata(predicted / maximum, stored.places)[kept]
        return error_counts(np.abs(predicted[kept] - pair.fine_gy()) / maximum, cells)
