"""The compiled search for gamma over all voxels.

`dosenet.gamma` imports this when it computes, as numba takes a while to load.

Voxels of a row are searched together, in runs that vector instructions take at once. Positions of a ring (see
`gamma_positions`) take the same step along x, so the evaluated dose is interpolated along x once a ring, into one line
for each of its rows that the ring touches; the rest of the way is between four lines.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from dosenet.threads import side_by_side

RUN = 32
"""Neighbours along x that are searched together, until none of them can improve."""

LANES = 64
"""Lanes to which rows are dealt in turn, so that threads share the regions that take long."""

BEYOND = np.float32(1e30)
"""A dose that no voxel agrees with, for positions outside the evaluated one."""


@numba.njit(cache=True, fastmath={"contract", "nsz"})
def _line_even(flat: Any, at: Any, weight: Any, runs: Any, lines: Any, to: Any) -> None:
    """Interpolate along x where all voxels lie alike between voxels of the evaluated dose."""
    for start in runs:
        # Slices of fixed length are what makes the compiler use vector instructions.
        a, line = flat[at + start : at + start + RUN + 1], lines[to + start : to + start + RUN]
        for x in range(RUN):
            line[x] = a[x] + weight * (a[x + 1] - a[x])


@numba.njit(cache=True, fastmath={"contract", "nsz"})
def _line_uneven(flat: Any, at: Any, left: Any, weight: Any, runs: Any, lines: Any, to: Any) -> None:
    """Interpolate along x where they do not: between voxel `left` and the next, by `weight` of the next."""
    for start in runs:
        for x in range(start, min(start + RUN, left.size)):
            i = at + left[x]
            lines[to + x] = flat[i] + weight[x] * (flat[i + 1] - flat[i])


@numba.njit(cache=True, fastmath={"contract", "nsz"})
def _look(
    lines: Any, at: Any, row: Any, plane: Any, wz: Any, wy: Any, near: Any, dose: Any, scale: Any, best: Any, runs: Any
) -> None:
    """Interpolate between four lines, and lower the squared gamma where that is nearer."""
    for start in runs:
        u = at + start
        a, b = lines[u : u + RUN], lines[u + row : u + row + RUN]
        u += plane
        c, d = lines[u : u + RUN], lines[u + row : u + row + RUN]
        wanted, weight, least = dose[start : start + RUN], scale[start : start + RUN], best[start : start + RUN]
        for x in range(RUN):
            low, high = a[x] + wy * (b[x] - a[x]), c[x] + wy * (d[x] - c[x])
            off = (low + wz * (high - low) - wanted[x]) * weight[x]
            least[x] = min(least[x], near + off * off)


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
def _open(best: Any, far: Any, near: Any, runs: Any) -> Any:
    """First voxels of the runs in which some voxel can still improve."""
    count = 0
    for start in range(0, best.size, RUN):
        if np.minimum(best[start : start + RUN], far[start : start + RUN]).max() > near:
            runs[count] = start
            count += 1
    return runs[:count]


@numba.njit(cache=True)
def _step_along_x(place: Any, step: Any, even: Any, last: Any, margin: Any, left: Any, weight: Any) -> None:
    """Voxel to the left of each position and weight of the one to the right, of the first alone where rows are even."""
    if even:
        left[0] = int(np.floor(place[0] + step))
        weight[0] = place[0] + step - left[0]
        return
    for x in range(place.size):
        at = place[x] + step
        # Positions further out than both the outermost voxel and the reference point hold nothing nearer.
        inside = min(0.0, place[x]) <= at <= max(last, place[x])
        left[x] = int(np.floor(at)) if inside else -margin  # where the dose is `BEYOND`
        weight[x] = at - left[x] if inside else 0.0


@numba.njit(cache=True)
def _search_row(
    z: Any, y: Any, place: Any, evaluated: Any, last: Any, margin: Any, half: Any, even: Any, offset: Any, first: Any,
    steps: Any, slope: Any, limit: Any, dose: Any, scale: Any, best: Any, lines: Any,
) -> None:  # fmt: skip
    """Lower the squared gamma `best` of a row of voxels, shell by shell, until none can improve."""
    flat, row, plane = evaluated.ravel(), evaluated.shape[2], evaluated.shape[1] * evaluated.shape[2]
    wide, across = best.size, 2 * half[1] + 4
    k_low, j_low = int(np.floor(z)) - half[0] - 1, int(np.floor(y)) - half[1] - 1
    made, ring = np.zeros(lines.size // wide, np.int64), 0
    far, runs = best.copy(), np.empty(wide // RUN, np.int64)
    left, weight = np.zeros(place.size, np.int64), np.zeros(place.size, np.float32)
    for n in range(first.size - 1):
        near = np.float32((n / steps) ** 2)
        some = _open(best, far, near, runs)
        if some.size == 0:
            break
        for m in range(first[n], first[n + 1]):
            if m == first[n] or offset[m, 2] != offset[m - 1, 2]:
                ring += 1
                _step_along_x(place, offset[m, 2], even, last[2], margin[2], left, weight)
            at_z, at_y = z + offset[m, 0], y + offset[m, 1]
            if at_z < min(0.0, z) or at_z > max(last[0], z) or at_y < min(0.0, y) or at_y > max(last[1], y):
                continue
            k, j = int(np.floor(at_z)), int(np.floor(at_y))
            slot = (k - k_low) * across + j - j_low
            for corner in range(4):
                dk, dj = corner // 2, corner % 2
                line = slot + dk * across + dj
                if made[line] == ring:
                    continue
                made[line] = ring
                at = (k + dk + margin[0]) * plane + (j + dj + margin[1]) * row + margin[2]
                if even:
                    _line_even(flat, at + left[0], weight[0], some, lines, line * wide)
                else:
                    _line_uneven(flat, at, left, weight, some, lines, line * wide)
            wz, wy = np.float32(at_z - k), np.float32(at_y - j)
            _look(lines, slot * wide, wide, across * wide, wz, wy, near, dose, scale, best, some)
        if n == 0:
            for x in range(place.size):
                far[x] = _furthest(best[x], slope[int(np.floor(place[x] + 0.5))] * scale[x], limit)
                best[x] = min(best[x], limit**2)


def search(
    reference: Any, tolerance: Any, local: Any, place_z: Any, place_y: Any, place_x: Any, evaluated: Any, slope: Any,
    last: Any, margin: Any, half: Any, even: Any, limit: Any, offset: Any, first: Any, steps: Any,
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
        ``(z, y, x)`` with `margin` voxels before the first along (z, y, x).
    slope
        Steepest slope of the evaluated dose around each of its voxels, per distance to agreement.
    last
        Last voxel of the evaluated dose along (z, y, x), margin not counted.
    margin, half
        See `evaluated`; how many voxels from the nearest one positions reach, along (z, y, x).
    even
        Whether all voxels of a row lie alike between voxels of the evaluated dose, and none outside its outermost ones.
    limit
        Largest gamma of interest, and that of voxels which find none below.
    offset, first
        As of `gamma_positions.positions`.
    steps
        `gamma_positions.STEPS`; given, as a compiled loop that is kept would not notice a change of it.
    """
    found = np.full(reference.shape, np.nan, np.float32)
    side_by_side(
        _search_lane, LANES, reference, tolerance, local, place_z, place_y, place_x, evaluated, slope,
        last, margin, half, even, limit, offset, first, steps, found,
    )  # fmt: skip
    return found


@numba.njit(nogil=True, cache=True)
def _search_lane(
    lane: Any, reference: Any, tolerance: Any, local: Any, place_z: Any, place_y: Any, place_x: Any, evaluated: Any,
    slope: Any, last: Any, margin: Any, half: Any, even: Any, limit: Any, offset: Any, first: Any, steps: Any,
    found: Any,
) -> None:  # fmt: skip
    """Every `LANES`-th row of voxels, from row `lane` on; see `search`."""
    nz, ny, nx = reference.shape
    wide = (nx + RUN - 1) // RUN * RUN
    dose, scale, best = np.zeros(wide, np.float32), np.zeros(wide, np.float32), np.zeros(wide, np.float32)
    lines = np.zeros((2 * half[0] + 4) * (2 * half[1] + 4) * wide, np.float32)
    for number in range(lane, nz * ny, LANES):
        k, j = number // ny, number % ny
        for x in range(nx):
            wanted = reference[k, j, x]
            dose[x], best[x] = wanted, BEYOND if wanted > 0 else 0.0
            scale[x] = 1 / (tolerance * wanted if local else tolerance) if wanted > 0 else 0.0
        if best.max() > 0:
            slopes = slope[int(np.floor(place_z[k] + 0.5)), int(np.floor(place_y[j] + 0.5))]
            _search_row(
                place_z[k], place_y[j], place_x, evaluated, last, margin, half, even, offset, first,
                steps, slopes, limit, dose, scale, best, lines,
            )  # fmt: skip
        for x in range(nx):
            if dose[x] > 0:
                found[k, j, x] = np.sqrt(best[x])
