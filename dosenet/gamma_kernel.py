"""The compiled search for gamma over all voxels.

`dosenet.gamma` imports this when it computes, as numba takes a while to load.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from dosenet.gamma_positions import STEPS

RUN = 32
"""Neighbours along x that are searched together, until none of them can improve."""

LANES = 64
"""Lanes to which rows are dealt in turn, so that threads share the regions that take long."""

BEYOND = np.float32(1e30)
"""A dose that no voxel agrees with, for positions outside the evaluated one."""


@numba.njit(cache=True, fastmath={"contract", "nsz"})
def _along(
    flat: Any, row: Any, plane: Any, at: Any, wz: Any, wy: Any, wx: Any, near: Any,
    dose: Any, scale: Any, best: Any, runs: Any,
) -> None:  # fmt: skip
    """Look at one position from each voxel of some runs, where all of them lie alike between voxels."""
    w0, w1 = np.float32((1 - wz) * (1 - wy) * (1 - wx)), np.float32((1 - wz) * (1 - wy) * wx)
    w2, w3 = np.float32((1 - wz) * wy * (1 - wx)), np.float32((1 - wz) * wy * wx)
    w4, w5 = np.float32(wz * (1 - wy) * (1 - wx)), np.float32(wz * (1 - wy) * wx)
    w6, w7 = np.float32(wz * wy * (1 - wx)), np.float32(wz * wy * wx)
    for start in runs:
        u = at + start
        a, b = flat[u : u + RUN + 1], flat[u + row : u + row + RUN + 1]
        u += plane
        c, d = flat[u : u + RUN + 1], flat[u + row : u + row + RUN + 1]
        # Slices of fixed length are what makes the compiler use vector instructions.
        wanted, weight, least = dose[start : start + RUN], scale[start : start + RUN], best[start : start + RUN]
        for x in range(RUN):
            value = w0 * a[x] + w1 * a[x + 1] + w2 * b[x] + w3 * b[x + 1]
            value += w4 * c[x] + w5 * c[x + 1] + w6 * d[x] + w7 * d[x + 1]
            off = (value - wanted[x]) * weight[x]
            least[x] = min(least[x], near + off * off)


@numba.njit(cache=True, fastmath={"contract", "nsz"})
def _across(
    flat: Any, row: Any, plane: Any, at: Any, wz: Any, wy: Any, place: Any, step: Any, last: Any, near: Any,
    dose: Any, scale: Any, best: Any, runs: Any,
) -> None:  # fmt: skip
    """Look at one position from each voxel of some runs, where the two doses differ in spacing or one juts out."""
    for start in runs:
        for x in range(start, min(start + RUN, place.size)):
            here = place[x] + step
            if here < min(0.0, place[x]) or here > max(last, place[x]):
                continue
            i = int(np.floor(here))
            wx, u = here - i, at + i
            a = flat[u] + wx * (flat[u + 1] - flat[u])
            b = flat[u + row] + wx * (flat[u + row + 1] - flat[u + row])
            u += plane
            c = flat[u] + wx * (flat[u + 1] - flat[u])
            d = flat[u + row] + wx * (flat[u + row + 1] - flat[u + row])
            a, c = a + wy * (b - a), c + wy * (d - c)
            off = (a + wz * (c - a) - dose[x]) * scale[x]
            best[x] = min(best[x], np.float32(near + off * off))


@numba.njit(cache=True)
def _furthest(centre: Any, steep: Any, limit: Any) -> Any:
    """Squared distance beyond which no position is better than the centre (or the limit).

    Over a distance r the difference falls by no more than r times the steepest slope around, all in tolerances, so
    that gamma squared is at least r^2 + (difference - slope r)^2.
    """
    bound, difference = min(centre, limit**2), np.sqrt(centre)
    room = bound * (1 + steep**2) - centre
    if room <= 0:
        return 0.0
    furthest = (difference * steep + np.sqrt(room)) / (1 + steep**2)
    return furthest**2 if furthest * steep < difference else bound


@numba.njit(cache=True)
def _search_row(
    z: Any, y: Any, place_x: Any, evaluated: Any, last: Any, margin: Any, even: Any, offset: Any, first: Any,
    slope: Any, limit: Any, dose: Any, scale: Any, best: Any, far: Any, runs: Any,
) -> None:  # fmt: skip
    """Lower the squared gamma `best` of a row of voxels, shell by shell, until none can improve."""
    flat, row, plane = evaluated.ravel(), evaluated.shape[2], evaluated.shape[1] * evaluated.shape[2]
    for n in range(first.size - 1):
        near = np.float32((n / STEPS) ** 2)
        count = 0
        for start in range(0, best.size, RUN):
            if np.minimum(best[start : start + RUN], far[start : start + RUN]).max() > near:
                runs[count] = start
                count += 1
        if count == 0:
            break
        for m in range(first[n], first[n + 1]):
            at_z, at_y, step = z + offset[m, 0], y + offset[m, 1], offset[m, 2]
            # Positions further out than both the outermost voxel and the reference point hold nothing nearer.
            if at_z < min(0.0, z) or at_z > max(last[0], z) or at_y < min(0.0, y) or at_y > max(last[1], y):
                continue
            k, j = int(np.floor(at_z)), int(np.floor(at_y))
            wz, wy = at_z - k, at_y - j
            at = (k + margin[0]) * plane + (j + margin[1]) * row + margin[2]
            if even:
                i = int(np.floor(place_x[0] + step))
                wx = place_x[0] + step - i
                _along(flat, row, plane, at + i, wz, wy, wx, near, dose, scale, best, runs[:count])
            else:
                _across(flat, row, plane, at, wz, wy, place_x, step, last[2], near, dose, scale, best, runs[:count])
        if n == 0:
            for x in range(place_x.size):
                steep = slope[int(np.floor(place_x[x] + 0.5))] * scale[x]
                far[x] = _furthest(best[x], steep, limit)
                best[x] = min(best[x], limit**2)


@numba.njit(parallel=True, cache=True)
def search(
    reference: Any, tolerance: Any, local: Any, place_z: Any, place_y: Any, place_x: Any,
    evaluated: Any, slope: Any, last: Any, margin: Any, even: Any, limit: Any, offset: Any, first: Any,
) -> Any:  # fmt: skip
    """Gamma of every voxel above zero, NaN elsewhere.

    Parameters
    ----------
    reference
        ``(z, y, x)``, 0 where nothing is to be judged.
    tolerance, local
        Tolerated difference, in the unit of the doses, or as a share of each voxel's where `local`.
    place_z, place_y, place_x
        Where the reference's voxels lie in the evaluated dose, in voxels of it.
    evaluated
        ``(z, y, x)`` with `margin` more voxels on each side along (z, y, x), and `RUN` still at the end of x.
    slope
        Steepest slope of the evaluated dose around each of its voxels, per distance to agreement.
    last
        Last voxel of the evaluated dose along (z, y, x), margin not counted.
    margin
        See `evaluated`.
    even
        Whether all voxels of a row lie alike between voxels of the evaluated dose, and none outside its outermost ones.
    limit
        Largest gamma of interest, and that of voxels which find none below.
    offset, first
        As of `positions`.
    """
    nz, ny, nx = reference.shape
    wide = (nx + RUN - 1) // RUN * RUN
    found = np.full(reference.shape, np.nan, np.float32)
    for lane in numba.prange(LANES):
        dose, scale = np.zeros(wide, np.float32), np.zeros(wide, np.float32)
        best, far = np.zeros(wide, np.float32), np.zeros(wide, np.float32)
        runs = np.empty(wide // RUN, np.int64)
        for number in range(lane, nz * ny, LANES):
            k, j = number // ny, number % ny
            for x in range(nx):
                wanted = reference[k, j, x]
                dose[x], best[x] = wanted, BEYOND if wanted > 0 else 0.0
                scale[x] = 1 / (tolerance * wanted if local else tolerance) if wanted > 0 else 0.0
            far[:] = best
            slopes = slope[int(np.floor(place_z[k] + 0.5)), int(np.floor(place_y[j] + 0.5))]
            _search_row(
                place_z[k], place_y[j], place_x, evaluated, last, margin, even, offset, first,
                slopes, limit, dose, scale, best, far, runs,
            )  # fmt: skip
            for x in range(nx):
                if reference[k, j, x] > 0:
                    found[k, j, x] = np.sqrt(best[x])
    return found
