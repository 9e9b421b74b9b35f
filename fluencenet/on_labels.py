"""Dose on the lattice of the labels: where two lattices have voxels in common, and linear interpolation elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fluencenet.scene import Lattice, Scene

SAME_PLACE = 1e-3
"""Voxels of dose and labels that are nearer than this, in voxels, are the same."""


def on_labels(scene: Scene) -> NDArray[np.float32]:
    """Dose of a scene on the lattice of its labels ``(z, y, x)``, linear between voxels, zero beyond them."""
    start, step = _index_of(scene.dose_lattice, scene.label_lattice)
    size = scene.labels.shape
    if np.allclose(step, 1.0) and np.allclose(start, np.round(start), atol=SAME_PLACE):
        found = np.zeros(size, np.float32)
        to, of = overlap(size, scene.dose_gy.shape, np.round(-start).astype(np.int64))
        found[to] = scene.dose_gy[of]
        return found
    axes = [a + s * np.arange(n) for a, s, n in zip(start, step, size, strict=True)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"))
    return np.asarray(ndimage.map_coordinates(scene.dose_gy, places, order=1, cval=0.0), dtype=np.float32)


def overlap(
    size: tuple[int, ...], other: tuple[int, ...], first: NDArray[np.int64]
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where a volume and another, whose first voxel is voxel `first` of it, have voxels in common, in either."""
    low = np.maximum(first, 0)
    high = np.maximum(np.minimum(first + other, size), low)
    ours = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    theirs = tuple(slice(int(a), int(b)) for a, b in zip(low - first, high - first, strict=True))
    return ours, theirs


def _index_of(inner: Lattice, outer: Lattice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place of the first voxel of `outer` in voxels of `inner` and distance of its voxels there, ``(z, y, x)``."""
    if not np.allclose(inner.direction, outer.direction):
        raise ValueError("expected dose and labels with the same axes, found them turned against each other")
    shift = inner.direction.T @ (np.asarray(outer.origin_mm) - np.asarray(inner.origin_mm))
    start = shift / np.asarray(inner.spacing_mm)
    return start[::-1], (np.asarray(outer.spacing_mm) / np.asarray(inner.spacing_mm))[::-1]
