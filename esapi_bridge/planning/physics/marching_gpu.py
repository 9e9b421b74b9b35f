"""Collapsed-cone transport on a GPU: the same `voxel_step` as on the CPU, one thread per line."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from esapi_bridge.planning.physics.marching import voxel_step

MOST_COMPONENTS = 4
"""Exponential components a line can carry; the GPU wants it as a constant."""

BLOCK = (8, 32)

_step_gpu = cuda.jit(device=True)(voxel_step)


@cuda.jit
def _march_lines(
    rho: Any, terma: Any, release: Any, offsets: Any, forward: Any, first: Any, step_cm: Any, weights: Any, rates: Any,
    dose: Any,
) -> None:  # fmt: skip
    planes, rows, cols = rho.shape
    line_r, line_c = cuda.grid(2)  # type: ignore[attr-defined]
    carried = cuda.local.array(MOST_COMPONENTS, np.float32)  # type: ignore[attr-defined]
    for j in range(rates.shape[0]):
        carried[j] = np.float32(0.0)
    for n in range(planes):
        r = line_r + first[0] + offsets[n, 0]
        c = line_c + first[1] + offsets[n, 1]
        if 0 <= r < rows and 0 <= c < cols:
            k = n if forward else planes - 1 - n
            rho_step = rho[k, r, c] * step_cm
            kept = np.float32(0.0)
            for j in range(rates.shape[0]):
                released = terma[release[j], k, r, c]
                equilibrium = weights[j] / (rates[j] * rates[j])
                taken = _step_gpu(rho_step, released, carried[j], rates[j] / np.float32(8.0), equilibrium)
                carried[j] -= taken
                kept += taken + released * rho_step * weights[j] / rates[j]
            # No two lines of one direction share a voxel, and directions follow one another: no atomics needed.
            dose[k, r, c] += kept


def march_gpu(
    rho: NDArray[np.float32],
    terma: NDArray[np.float32],
    release: NDArray[np.int64],
    shifts: NDArray[np.int64],
    forward: NDArray[np.bool_],
    step_cm: NDArray[np.float64],
    weights: NDArray[np.float64],
    rates: NDArray[np.float64],
) -> NDArray[np.float32]:
    """March many directions that share a dominant axis; arguments and result as `marching.march_cpu`."""
    rows, cols = rho.shape[1:]
    on_device = [cuda.to_device(np.ascontiguousarray(array)) for array in (rho, terma, release)]
    dose = cuda.to_device(np.zeros_like(rho))
    for m in range(len(shifts)):
        offsets = np.cumsum(shifts[m], axis=0)
        # Lines are named by where they would cross the first plane; those outside it enter through the sides.
        first = -offsets.max(axis=0)
        extent = np.array([rows, cols]) - offsets.min(axis=0) - first
        blocks = tuple(int(-(-e // b)) for e, b in zip(extent, BLOCK, strict=True))
        _march_lines[blocks, BLOCK](
            *on_device, cuda.to_device(offsets), bool(forward[m]), cuda.to_device(first), np.float32(step_cm[m]),
            cuda.to_device((weights[m] / step_cm[m]).astype(np.float32)), cuda.to_device(rates[m].astype(np.float32)),
            dose,
        )  # fmt: skip
    return dose.copy_to_host()  # type: ignore[no-any-return]
