"""The compiled loops of `dosenet.surroundings`, which imports this when it looks, as numba takes a while to load."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

DOSE_SCALE, MIDDLE_DOSE, SPREAD_DOSE = 6.0, 0.4, 0.3
MIDDLE_DENSITY, SPREAD_DENSITY = 0.7, 0.5
"""What makes inputs about as large as 1: differences of dose from the voxel's own, its own, and densities."""

SKIN_VOXELS = 3
"""Voxels from the outline that count as skin, along any axis."""

LEAST_SHARE, STEEP = (0.02, 0.04), (0.015, 0.025)
"""Shares of the maximum, of the dose and of its change from voxel to voxel: where a correction begins, and from where
on it is whole. In between it fades, as nothing in a dose may jump where a voxel is just steep enough."""


@numba.njit(cache=True, nogil=True)
def _faded(value: Any, begin: Any, whole: Any) -> Any:
    """0 up to where something begins, 1 from where it is whole."""
    return min(max((value - begin) / (whole - begin), 0.0), 1.0)


@numba.njit(cache=True, nogil=True)
def sort(share: Any, inside: Any, planes: Any, skin: Any, steep: Any, kinds: Any, weight: Any) -> None:
    """Find the voxels of the skin and of steep dose, see `Surroundings.wanted`; both answers hold zeros before."""
    nz, ny, nx = share.shape
    for z in range(nz):
        if not planes[z]:
            continue
        z0, z1 = max(z - 1, 0), min(z + 1, nz - 1)
        below, above = max(z - SKIN_VOXELS, 0), min(z + SKIN_VOXELS, nz - 1)
        for y in range(ny):
            y0, y1 = max(y - 1, 0), min(y + 1, ny - 1)
            front, back = max(y - SKIN_VOXELS, 0), min(y + SKIN_VOXELS, ny - 1)
            for x in range(nx):
                enough = _faded(share[z, y, x], LEAST_SHARE[0], LEAST_SHARE[1])
                if enough == 0 or not inside[z, y, x]:
                    continue
                left, right = max(x - SKIN_VOXELS, 0), min(x + SKIN_VOXELS, nx - 1)
                if not (
                    inside[below, y, x] and inside[above, y, x] and inside[z, front, x]
                    and inside[z, back, x] and inside[z, y, left] and inside[z, y, right]
                ):  # fmt: skip
                    kinds[z, y, x], weight[z, y, x] = skin, enough
                    continue
                change = max(
                    abs(share[z1, y, x] - share[z0, y, x]),
                    abs(share[z, y1, x] - share[z, y0, x]),
                    abs(share[z, y, min(x + 1, nx - 1)] - share[z, y, max(x - 1, 0)]),
                )
                counted = min(_faded(change / 2, STEEP[0], STEEP[1]), enough)
                if counted > 0:
                    kinds[z, y, x], weight[z, y, x] = steep, counted


@numba.njit(cache=True, nogil=True)
def _within(place: Any, count: Any) -> Any:
    """Clamp a place between voxels to the first and the last one."""
    return min(max(place, 0.0), count - 1.0)


@numba.njit(cache=True, nogil=True)
def collect(
    share: Any,
    density: Any,
    voxels: Any,
    source: Any,
    known: Any,
    boxes: Any,
    upstream: Any,
    downstream: Any,
    found: Any,
) -> None:
    """Collect what is around voxels, see `Surroundings.of`; `found` holds zeros before.

    What decides its layout is given, as a compiled loop that is kept would not notice a change of a constant elsewhere.
    """
    nz, ny, nx = share.shape
    boxed, line = 0, upstream + downstream + 1
    for reach, _ in boxes:
        boxed += (2 * reach + 1) ** 3
    for n in range(voxels.size):
        z, y, x = voxels[n] // (ny * nx), voxels[n] // nx % ny, voxels[n] % nx
        own, at = share[z, y, x], 0
        for reach, apart in boxes:
            for k in range(-reach, reach + 1):
                kk = min(max(z + k * apart, 0), nz - 1)
                for j in range(-reach, reach + 1):
                    jj = min(max(y + j * apart, 0), ny - 1)
                    for i in range(-reach, reach + 1):
                        ii = min(max(x + i * apart, 0), nx - 1)
                        found[n, at] = (density[kk, jj, ii] - MIDDLE_DENSITY) / SPREAD_DENSITY
                        found[n, boxed + at] = (share[kk, jj, ii] - own) * DOSE_SCALE
                        at += 1
        found[n, boxed + (2 * boxes[0][0] + 1) ** 3 // 2] = (own - MIDDLE_DOSE) / SPREAD_DOSE
        if not known:
            continue
        along = np.array([x - source[0], y - source[1], z - source[2]])
        along /= np.sqrt((along**2).sum())
        at = 2 * boxed
        for step in range(-upstream, downstream + 1):
            fx = _within(x + step * along[0], nx)
            fy = _within(y + step * along[1], ny)
            fz = _within(z + step * along[2], nz)
            i, j, k = min(int(fx), nx - 2), min(int(fy), ny - 2), min(int(fz), nz - 2)
            wx, wy, wz = fx - i, fy - j, fz - k
            dose, mass = 0.0, 0.0
            for c in range(8):
                a, b, d = c & 1, c >> 1 & 1, c >> 2
                weight = (wx if a else 1 - wx) * (wy if b else 1 - wy) * (wz if d else 1 - wz)
                dose += weight * share[k + d, j + b, i + a]
                mass += weight * density[k + d, j + b, i + a]
            found[n, at] = (mass - MIDDLE_DENSITY) / SPREAD_DENSITY
            found[n, at + line] = (dose - own) * DOSE_SCALE
            at += 1
        at += line
        for axis in range(3):
            found[n, at + axis] = along[axis]
        found[n, at + 3] = 1.0
