"""The part of transverse planes that a network is run on: where there is dose, and what it sees around that.

Elsewhere linear up-sampling does. What a network could see (`sees`) beyond `CONTEXT` hardly matters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosenet.preset import NetworkConfig
from dosenet.slices import FINE_MM, ORIGIN_SHIFT_MM, RATIO
from dosenet.srcnn import LAST_KERNEL

MARGIN = 6
"""Coarse voxels added around the dose lattice in plane, so that the network's edge effects fall outside it."""

LEAST_DOSE = 0.001
"""A coarse dose of less than this share of the maximum, far from any of more, is up-sampled linearly."""

CONTEXT = 12
"""Coarse voxels around the dose that the network is shown. At the edge of what it is shown it sees zeros, where
otherwise there were the activations of air: cut off 6 voxels from the dose, that changed up to 4 % of the maximum, 8
1 %, 10 0.2 %, 12 0.1 % where it decides; ddn-lite 0.5, fields, arc and plan on two patients."""

SEAM = 2
"""Coarse voxels, the outermost shown, in which the network's answer goes over into linear up-sampling."""


def sees(config: NetworkConfig) -> int:
    """Coarse voxels around a voxel, in plane, that a network's answer there can depend on."""
    if config.kind == "ddn":  # five convolutions in each of three blocks; three at 2.5 mm, four at 1.25 mm
        return config.head_kernel // 2 + 15 * config.blocks + 5
    if config.kind == "srcnn":  # so many voxels of 1.25 mm from the outermost of four, and one more coarse voxel
        return 1 + math.ceil((config.head_kernel // 2 + LAST_KERNEL // 2 + ORIGIN_SHIFT_MM / FINE_MM) / RATIO)
    # Two convolutions in a block and two after them; before, dose is carried two voxels and compared with neighbours.
    return config.head_kernel // 2 + 2 * config.blocks + 2 + 3


@dataclass(frozen=True)
class Part:
    """A box of coarse voxels in padded planes: first and last + 1 along y and x, counted in a plane `MARGIN` larger."""

    y: tuple[int, int]
    x: tuple[int, int]
    padded: tuple[int, int]

    @classmethod
    def around(cls, dose: NDArray[np.float32], least: float, context: int) -> Part:
        """Find the part of padded planes ``(n, y, x)`` that holds a dose of at least `least`, and its surroundings."""
        inner = dose[:, MARGIN:-MARGIN, MARGIN:-MARGIN].max(0) >= least
        ends = []
        for axis in (1, 0):
            some = np.flatnonzero(inner.any(axis)) + MARGIN
            size = dose.shape[2 - axis]
            ends.append((max(int(some[0]) - context, 0), min(int(some[-1]) + 1 + context, size)))
        return cls(ends[0], ends[1], (dose.shape[1], dose.shape[2]))

    @property
    def whole(self) -> bool:
        """Whether it is the whole plane."""
        return (self.y, self.x) == tuple((0, size) for size in self.padded)

    def cut(self, ratio: int = 1) -> tuple[slice, slice]:
        """Where it is in padded planes of so many voxels per coarse voxel."""
        (y0, y1), (x0, x1) = self.y, self.x
        return slice(ratio * y0, ratio * y1), slice(ratio * x0, ratio * x1)

    def in_grid(self, ratio: int = 1) -> tuple[slice, slice]:
        """Where it is in planes without the margin, as far as it is."""
        found = []
        for (first, end), size in zip((self.y, self.x), self.padded, strict=True):
            found.append(slice(ratio * (max(first, MARGIN) - MARGIN), ratio * (min(end, size - MARGIN) - MARGIN)))
        return found[0], found[1]

    def pad(self, planes: NDArray[np.generic], ratio: int, outside: float) -> NDArray[np.float32]:
        """Add the margin to what lies in the grid, ``(..., y, x)``."""
        around = [(0, 0)] * (planes.ndim - 2)
        around += [(ratio * before, ratio * after) for before, after in self._margins()]
        return np.pad(planes.astype(np.float32, copy=False), around, constant_values=outside)

    def put(self, answer: NDArray[np.float32], planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Replace the part of planes ``(n, y, x)``, which have no margin, by a network's answer ``(n, y', x')``."""
        ((top, bottom), (left, right)), (ny, nx) = self._margins(), answer.shape[1:]
        inner = (slice(RATIO * top, ny - RATIO * bottom), slice(RATIO * left, nx - RATIO * right))
        rows, columns = (self._share(*ends, size) for ends, size in zip((self.y, self.x), self.padded, strict=True))
        share = (rows[:, None] * columns)[inner]
        there = (slice(None), *self.in_grid(RATIO))
        planes[there] += share * (answer[:, *inner] - planes[there])
        return planes

    def _margins(self) -> list[tuple[int, int]]:
        return [
            (max(MARGIN - first, 0), max(end - size + MARGIN, 0))
            for (first, end), size in zip((self.y, self.x), self.padded, strict=True)
        ]

    @staticmethod
    def _share(first: int, end: int, size: int) -> NDArray[np.float32]:
        """Share of the network along one axis: 1, and less towards an end where the plane goes on."""
        fall = RATIO * SEAM
        place = np.arange(RATIO * (end - first), dtype=np.float32) + 0.5
        share = np.ones_like(place)
        if first > 0:
            share = np.minimum(share, place / fall)
        if end < size:
            share = np.minimum(share, place[::-1] / fall)
        return share
