"""Smooth random fields: what makes every phantom's shapes and tissues different."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Axis = NDArray[np.floating[Any]]


def spline_basis(axis_mm: Axis, step_mm: float) -> NDArray[np.float32]:
    """Uniform cubic B-spline weights ``(n, knots)`` that interpolate knots `step_mm` apart at `axis_mm`."""
    position = (axis_mm - axis_mm[0]) / step_mm
    first = np.floor(position).astype(int)
    t = position - first
    weights = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1) / 6
    basis = np.zeros((len(axis_mm), int(first.max()) + 4), dtype=np.float32)
    rows = np.arange(len(axis_mm))
    for k in range(4):
        basis[rows, first + k] = weights[:, k]
    return basis


def smooth_noise(
    rng: np.random.Generator, axes_mm: tuple[Axis, Axis, Axis], correlation_mm: float, sd: float
) -> NDArray[np.float32]:
    """Gaussian noise of standard deviation `sd` that varies over about `correlation_mm`.

    Parameters
    ----------
    rng
        Random source.
    axes_mm
        Voxel centres along ``(z, y, x)``, mm.
    correlation_mm
        Distance between the spline knots that carry the random values, mm.
    sd
        Standard deviation, averaged over the volume.

    Returns
    -------
    NDArray
        ``(z, y, x)``, float32.
    """
    bases = [spline_basis(axis, correlation_mm) for axis in axes_mm]
    knots = rng.standard_normal(tuple(b.shape[1] for b in bases), dtype=np.float32)
    power = float(np.prod([np.mean((b**2).sum(axis=1)) for b in bases]))
    field = np.tensordot(bases[0], knots, axes=(1, 0))
    field = np.einsum("zjk,yj->zyk", field, bases[1], optimize=True)
    smooth: NDArray[np.float32] = (field @ bases[2].T) * np.float32(sd / np.sqrt(power))
    return smooth
