"""Beam channels (depth, density, distance) of a stored field, see `dosenet.rays`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dosenet.lattice import Lattice
from dosenet.rays import HALVES, STORED_CHANNELS, Densities, along_beam
from dosenet.slices import COARSE_MM, ORIGIN_SHIFT_MM
from dosenet.store import FieldPair, PatientPairs


class FieldRays:
    """Computes the beam channels of fields; the CT is read once for consecutive fields of a patient."""

    def __init__(self) -> None:
        self._name = ""
        self._hu = np.empty(0, dtype=np.float32)

    def of(self, patient: PatientPairs, pair: FieldPair, planes: NDArray[np.intp]) -> Tensor:
        """Return ``(n, 5, y, x)`` on coarse planes ``(n,)``: the channels of `dosenet.rays` except the last.

        Raises
        ------
        ValueError
            If the store has no source position of the field.
        """
        if pair.source_mm is None:
            raise ValueError(
                f"expected every field of the store, arcs and plans aside, to have a source_mm, found one of kind "
                f"{pair.kind!r} without; make the pairs anew"
            )
        dose = pair.coarse_gy()
        nz, ny, nx = dose.shape
        x, y, z = (v + ORIGIN_SHIFT_MM for v in patient.origin_mm)
        lattice = Lattice((nx, ny, nz), (COARSE_MM,) * 3, (x, y, z))
        densities = Densities.within_dose(self._halved(patient), dose, lattice)
        return along_beam(densities, pair.source_mm, lattice, planes)[:, :STORED_CHANNELS]

    def _halved(self, patient: PatientPairs) -> NDArray[np.float32]:
        """Return the CT at 2.5 mm, HU."""
        if patient.name != self._name:
            nz, ny, nx = (n // HALVES for n in patient.ct_shape)
            blocks = patient.ct_hu().reshape(nz, HALVES, ny, HALVES, nx, HALVES)
            self._name, self._hu = patient.name, blocks.mean((1, 3, 5), dtype=np.float32)
        return self._hu
