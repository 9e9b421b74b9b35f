"""Fields of a pair store as a prediction takes them, and their dose by a network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dosenet.anatomy import Anatomy
from dosenet.fitting.options import Progress
from dosenet.interval import Cells, places_of
from dosenet.lattice import BodyMask, CoarseDose, CtGrid, FineDose
from dosenet.precision import Precision
from dosenet.prediction import predict
from dosenet.slices import COARSE_MM, FINE_MM, ORIGIN_SHIFT_MM
from dosenet.store import FieldPair, PatientPairs, read_patients
from dosenet.weights import Model


@dataclass(frozen=True)
class StoredPatient:
    """A patient of a store whose CT has been read.

    Parameters
    ----------
    pairs
        The patient.
    ct_hu
        As stored, ``(z, y, x)`` HU.
    ct
        The same as predictions take it.
    body
        Where dose is calculated, on its lattice; None where that is not stored.
    """

    pairs: PatientPairs
    ct_hu: NDArray[np.int16]
    ct: CtGrid
    body: BodyMask | None

    @classmethod
    def of(cls, pairs: PatientPairs) -> StoredPatient:
        """Read a patient's CT and body."""
        hu, body = pairs.ct_hu(), pairs.body()
        ct = CtGrid(hu.astype(np.float32), (FINE_MM,) * 3, pairs.origin_mm)
        return cls(pairs, hu, ct, None if body is None else BodyMask(body, ct.lattice))

    @cached_property
    def anatomy(self) -> Anatomy:
        """Where the voxels lie."""
        return Anatomy.of(self.ct_hu, None if self.body is None else self.body.inside)

    @cached_property
    def places(self) -> Cells | None:
        """The same for intervals, see `places_of`; None where the body is not stored."""
        return None if self.body is None else places_of(self.ct_hu, self.body.inside)

    def field(self, name: str) -> FieldPair:
        """Find a field by its name."""
        return next(pair for pair in self.pairs.fields() if pair.name == name)

    def coarse(self, pair: FieldPair) -> CoarseDose:
        """Read the coarse dose of a field."""
        x, y, z = (v + ORIGIN_SHIFT_MM for v in self.pairs.origin_mm)
        return CoarseDose(pair.coarse_gy(), (COARSE_MM,) * 3, (x, y, z))

    def predict(
        self,
        model: Model,
        pair: FieldPair,
        coarse: CoarseDose,
        *,
        contour: bool = True,
        precision: Precision = Precision.AUTO,
    ) -> FineDose:
        """Predict the dose of a field, told its source and energy and, with `contour`, the outline of the body."""
        body = self.body if contour else None
        return predict(model, coarse, self.ct, pair.source_mm, energy=pair.energy, body=body, precision=precision)


class StoredPatients:
    """The patients of a store by name; the one read last stays in memory."""

    def __init__(self, data: Path) -> None:
        self._pairs = {patient.name: patient for patient in read_patients(data)}
        self._last: StoredPatient | None = None

    def read(self, name: str) -> StoredPatient:
        """Read a patient."""
        if self._last is None or self._last.pairs.name != name:
            self._last = None  # two whole bodies at once are more than a small machine holds
            self._last = StoredPatient.of(self._pairs[name])
        return self._last


Measured = TypeVar("Measured")

FieldName = tuple[str, str]
"""Patient and field."""

Completed = Callable[[Callable[[FieldName], Any], deque[FieldName]], Iterator[tuple[FieldName, Any]]]
"""Applies a function to every item of a queue, in any order, and yields items with results."""


def measured(
    function: Callable[[FieldName], Measured],
    fields: Sequence[FieldName],
    completed: Completed | None,
    progress: Progress | None,
) -> Iterator[tuple[str, Measured]]:
    """Yield patients and what a function measures of their fields, here or where `completed` does the work."""
    for done, ((patient, field), found) in enumerate((completed or _here)(function, deque(fields)), 1):
        yield patient, found
        if progress is not None:
            progress(f"{patient} {field}", done, len(fields))


def _here(function: Callable[[FieldName], Any], queue: deque[FieldName]) -> Iterator[tuple[FieldName, Any]]:
    while queue:
        item = queue.popleft()
        yield item, function(item)
