"""What an anatomy is like, in numbers that can be set beside those of the training patients.

A network predicts for any contours, also for those that are like none it has learned from. Volumes, extents, places and
nearness to the target say when that is so, and in which respect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fluencenet.field import PTV
from fluencenet.scene import LABELS
from fluencenet.wanted.plan_input import FINE_MM, Contours, near_mm

ORGANS: Mapping[str, tuple[str, ...]] = {
    "rectum": ("Rectum",),
    "bladder": ("Bladder",),
    "bowel": ("Bowel",),
    "femoral heads": ("FemoralHead_R", "FemoralHead_L"),
    "penile bulb": ("PenileBulb",),
}

CLOSE_MM = 10.0
"""An organ's share within this distance of the target says how much of it gets the target's dose."""

QUANTILES = tuple(round(0.1 * n, 1) for n in range(11))
"""Shares of the training patients at which `AnatomyRange` states each number."""

BEYOND = 0.1
"""An anatomy is out of range where a number is outside the patients' range by this share of it."""

ANATOMY_FILE = "anatomy.yaml"
"""In the folder of a training run: `AnatomyRange.quantiles` of its plans."""

VOXEL_CM3 = FINE_MM**3 / 1000


def anatomy(contours: Contours) -> dict[str, float]:
    """Measure an anatomy.

    Returns
    -------
    dict
        Numbers by name, whose unit is in it. Those of organs that are absent are left out. Organs are what the labels
        leave of them: without what lies in the target, and within the lattice.
    """
    return anatomy_of(contours.labels, near_mm(contours.labels == PTV))


def anatomy_of(labels: NDArray[np.uint8], to_target_mm: NDArray[np.floating[Any]]) -> dict[str, float]:
    """Measure an anatomy from its labels ``(z, y, x)``, axes along LPS, 2.5 mm, and distances to the target's edge."""
    boxes = ndimage.find_objects(labels, max_label=PTV)
    voxels = {number: _voxels(labels, box, number) for number, box in enumerate(boxes, 1) if box is not None}
    centre, box = voxels[PTV].mean(axis=0), boxes[PTV - 1]
    body = labels[round(centre[0])] > 0
    rows, columns = (np.flatnonzero(body.any(axis)) for axis in (1, 0))
    found = {
        "body width, mm": FINE_MM * float(np.ptp(columns) + 1),
        "body thickness, mm": FINE_MM * float(np.ptp(rows) + 1),
        "PTV volume, cm3": VOXEL_CM3 * len(voxels[PTV]),
        **{f"PTV length along {axis}, mm": FINE_MM * (s.stop - s.start) for axis, s in zip("zyx", box, strict=True)},
    }
    for name, members in ORGANS.items():
        there = [voxels[number] for number in map(LABELS.index, members) if number in voxels]
        if not there:
            continue
        organ = np.concatenate(there)
        shift = FINE_MM * (organ.mean(axis=0) - centre)
        close = to_target_mm[tuple(organ.T)] <= CLOSE_MM
        found[f"{name} volume, cm3"] = VOXEL_CM3 * len(organ)
        found[f"{name} near the PTV, %"] = 100 * float(close.mean())
        found[f"{name} behind the PTV, mm"] = float(shift[1])
        found[f"{name} above the PTV, mm"] = float(shift[0])
    return found


@dataclass(frozen=True)
class OutOfRange:
    """A number of an anatomy that is like no training patient's.

    Parameters
    ----------
    name
        Which, with its unit.
    value
        The patient's.
    low, high
        Least and largest of the training patients.
    """

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class AnatomyRange:
    """The training patients, as far as one says whether another is like them.

    Parameters
    ----------
    quantiles
        By name of the number: its values at `QUANTILES` of the patients.
    """

    quantiles: Mapping[str, Sequence[float]]

    @classmethod
    def of(cls, patients: Iterable[Mapping[str, float]]) -> AnatomyRange:
        """Gather training patients; a number that some of them lack is that of the others."""
        values: dict[str, list[float]] = {}
        for patient in patients:
            for name, value in patient.items():
                values.setdefault(name, []).append(value)
        return cls({n: tuple(round(float(q), 3) for q in np.quantile(v, QUANTILES)) for n, v in values.items()})

    def rank_percent(self, name: str, value: float) -> float:
        """Per cent of the training patients whose number is smaller, linear between the quantiles."""
        return 100 * float(np.interp(value, self.quantiles[name], QUANTILES))

    def beyond(self, patient: Mapping[str, float]) -> list[OutOfRange]:
        """What of a patient is like no training patient, the farthest first."""
        found = []
        for name, value in patient.items():
            if name not in self.quantiles:
                continue
            low, high = self.quantiles[name][0], self.quantiles[name][-1]
            out = max(low - value, value - high) / max(high - low, 1e-9)
            if out > BEYOND:
                found.append((out, OutOfRange(name, value, low, high)))
        return [one for _, one in sorted(found, key=lambda pair: -pair[0])]


def _voxels(labels: NDArray[np.uint8], box: tuple[slice, slice, slice], number: int) -> NDArray[np.int64]:
    """Indices ``(n, 3)`` of the voxels of a label, all of which lie in the box."""
    found: NDArray[np.int64] = np.argwhere(labels[box] == number) + [side.start for side in box]
    return found
