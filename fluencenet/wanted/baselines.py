"""Doses without any network, to set the predicted one beside: the mean plan, and the plan of the nearest patient.

Plans are laid over each other by their isocentres, in whole voxels of 2.5 mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fluencenet.field import PTV
from fluencenet.on_labels import on_labels, overlap
from fluencenet.scene import FluenceCase, Lattice

HALF_VOXELS = (80, 80, 120)
"""Half of what is kept of each plan around its isocentre ``(z, y, x)``: 40 cm along the body, 40 x 60 cm2 across."""

SIZE = tuple(2 * n for n in HALF_VOXELS)

TARGET_STRIDE = 2
"""Targets are compared on every second voxel along each axis."""


@dataclass(frozen=True)
class Baselines:
    """The training plans as baselines.

    Parameters
    ----------
    mean
        Mean dose over prescription around the isocentre ``(z, y, x)``.
    targets
        The PTV of every training plan around its isocentre, ``(plan, z, y, x)``.
    names
        Names of the plans.
    """

    mean: NDArray[np.float32]
    targets: NDArray[np.bool_]
    names: tuple[str, ...]

    @classmethod
    def of(cls, cases: Sequence[FluenceCase]) -> Baselines:
        """Gather the training plans."""
        total = np.zeros(SIZE, np.float32)
        targets = []
        for case in cases:
            total += centred_dose(case) / np.float32(len(cases))
            targets.append(_centred_target(case))
        return cls(total, np.stack(targets), tuple(case.name for case in cases))

    def mean_plan(self, case: FluenceCase) -> NDArray[np.float32]:
        """Mean dose over prescription, laid into a patient's body."""
        return laid(self.mean, case)

    def nearest(self, case: FluenceCase) -> str:
        """Name of the training plan whose PTV overlaps most with a patient's (Dice)."""
        mine = _centred_target(case)
        both = (self.targets & mine).sum((1, 2, 3))
        dice = 2.0 * both / (self.targets.sum((1, 2, 3)) + mine.sum())
        return self.names[int(np.argmax(dice))]


def centred_dose(case: FluenceCase) -> NDArray[np.float32]:
    """Dose of a plan over its prescription around the isocentre."""
    dose = on_labels(case.scene) / np.float32(case.scene.prescription_gy)
    return _centred(dose, _isocentre(case))


def laid(centred: NDArray[np.float32], case: FluenceCase) -> NDArray[np.float32]:
    """Put what lies around the isocentre into a patient's body, on the lattice of the labels."""
    body = case.scene.labels > 0
    found = np.zeros(body.shape, np.float32)
    ours, theirs = overlap(body.shape, SIZE, _isocentre(case) - HALF_VOXELS)
    found[ours] = centred[theirs]
    return np.where(body, found, np.float32(0))


def _centred_target(case: FluenceCase) -> NDArray[np.bool_]:
    target = _centred((case.scene.labels == PTV).astype(np.float32), _isocentre(case)) > 0
    step = slice(None, None, TARGET_STRIDE)
    return target[step, step, step]


def _centred(values: NDArray[np.float32], isocentre: NDArray[np.int64]) -> NDArray[np.float32]:
    found = np.zeros(SIZE, np.float32)
    ours, theirs = overlap(values.shape, SIZE, isocentre - HALF_VOXELS)
    found[theirs] = values[ours]
    return found


def _isocentre(case: FluenceCase) -> NDArray[np.int64]:
    """Voxel ``(z, y, x)`` of the labels at the first beam's isocentre; it may lie beyond them."""
    lattice: Lattice = case.scene.label_lattice
    shift = lattice.direction.T @ (case.beams[0].axes.isocentre_mm - np.asarray(lattice.origin_mm))
    return np.asarray(np.round(shift / np.asarray(lattice.spacing_mm))[::-1], dtype=np.int64)
