"""Collapsed-cone transport along lattice lines: one scalar step, compiled for the CPU and for the GPU.

Every direction is marched on its own family of discrete lines. A line advances one voxel plane at a time along the
direction's dominant axis and shifts sideways by whole voxels, so every voxel is visited exactly once per direction,
nothing is interpolated and no energy is lost on the way.

Along a line the energy carried in one exponential component obeys, with ``s = 1 - exp(-a rho d)``,

    R_out = R_in + s (Q - R_in),    Q = terma * A / a**2,

and what a voxel keeps is what came in plus what was released minus what goes out. The exact balance is what makes
the scheme conserve energy whatever the approximation of ``s``.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dosenet.threads import side_by_side

# Typed constants: a plain literal would widen the whole step to double precision.
_TWO, _ONE, _HALF, _SIXTH, _TWENTY_FOURTH, _CAP = (np.float32(v) for v in (2, 1, 1 / 2, 1 / 6, 1 / 24, 1.25))


def voxel_step(rho_step: Any, terma: Any, carried: Any, eighth_rate: Any, equilibrium: Any) -> Any:
    """Energy that one voxel takes from the carried energy; negative where it adds more than it takes.

    Plain Python on purpose: `numba.njit` and `numba.cuda.jit` both compile this body.

    Parameters
    ----------
    rho_step
        Density times step length, g/cm2.
    terma
        Energy released per mass of the component.
    carried
        Energy carried into the voxel.
    eighth_rate
        An eighth of the component's attenuation ``a``, cm2/g.
    equilibrium
        ``A / a**2`` of the component.
    """
    # Beyond the cap nothing is left to carry, and the series below would not hold.
    y = min(rho_step * eighth_rate, _CAP)
    # 1 - exp(-y) by its series, then three doublings 1 - exp(-2y) = s (2 - s): no cancellation in thin air.
    s = y * (_ONE - y * (_HALF - y * (_SIXTH - y * _TWENTY_FOURTH)))
    s = s * (_TWO - s)
    s = s * (_TWO - s)
    s = s * (_TWO - s)
    return s * (carried - terma * equilibrium)


_step_cpu = numba.njit(inline="always", fastmath=True)(voxel_step)


@numba.njit(fastmath=True, nogil=True, cache=True)
def _march_row(
    rho: Any, terma: Any, dose: Any, carried_in: Any, carried_out: Any, scale: Any, eighth: Any, equil: Any, local: Any
) -> None:
    """One row of voxels of one component: all arguments are equally long contiguous float32 rows."""
    for c in range(rho.shape[0]):
        rho_step = rho[c] * scale
        taken = _step_cpu(rho_step, terma[c], carried_in[c], eighth, equil)
        carried_out[c] = carried_in[c] - taken
        dose[c] += taken + terma[c] * rho_step * local


@numba.njit(fastmath=True, nogil=True, cache=True)
def _march_direction(
    rho: Any, terma: Any, release: Any, shifts: Any, forward: Any, step_cm: Any, weights: Any, rates: Any, dose: Any
) -> None:
    planes, rows, cols = rho.shape
    components = rates.shape[0]
    zero = np.zeros(cols, np.float32)
    state = np.zeros((2, components, rows, cols), np.float32)
    scale = np.float32(step_cm)
    for n in range(planes):
        k = n if forward else planes - 1 - n
        shift_r, shift_c = shifts[n, 0], shifts[n, 1]
        old, new = state[n % 2], state[(n + 1) % 2]
        c_lo, c_hi = max(0, shift_c), min(cols, cols + shift_c)
        for j in range(components):
            if weights[j] == 0.0:
                continue
            released = terma[release[j]]
            eighth = np.float32(rates[j] / 8.0)
            equil = np.float32(weights[j] / rates[j] ** 2)
            local = np.float32(weights[j] / rates[j])
            for r in range(rows):
                source = r - shift_r
                inside = 0 <= source < rows
                if inside and c_hi > c_lo:
                    _march_row(
                        rho[k, r, c_lo:c_hi], released[k, r, c_lo:c_hi], dose[k, r, c_lo:c_hi],
                        old[j, source, c_lo - shift_c : c_hi - shift_c], new[j, r, c_lo:c_hi],
                        scale, eighth, equil, local,
                    )  # fmt: skip
                    if c_lo > 0:
                        _march_row(rho[k, r, :c_lo], released[k, r, :c_lo], dose[k, r, :c_lo], zero[:c_lo],
                                   new[j, r, :c_lo], scale, eighth, equil, local)  # fmt: skip
                    if c_hi < cols:
                        _march_row(rho[k, r, c_hi:], released[k, r, c_hi:], dose[k, r, c_hi:], zero[c_hi:],
                                   new[j, r, c_hi:], scale, eighth, equil, local)  # fmt: skip
                else:
                    _march_row(rho[k, r], released[k, r], dose[k, r], zero, new[j, r], scale, eighth, equil, local)


@numba.njit(fastmath=True, nogil=True, cache=True)
def _march_share(
    share: Any, rho: Any, terma: Any, release: Any, shifts: Any, forward: Any, step_cm: Any, weights: Any, rates: Any,
    total: Any,
) -> None:  # fmt: skip
    """March one direction of as many as there are accumulators, and add to the accumulator of this share."""
    for m in range(share, shifts.shape[0], total.shape[0]):
        # Scaling A by 1/step turns energy kept per voxel into energy kept per length, so directions just add.
        _march_direction(
            rho, terma, release, shifts[m], forward[m], step_cm[m], weights[m] / step_cm[m], rates[m], total[share]
        )


def march_cpu(
    rho: Any, terma: Any, release: Any, shifts: Any, forward: Any, step_cm: Any, weights: Any, rates: Any, threads: int
) -> NDArray[np.float32]:
    """March many directions that share a dominant axis; returns deposited energy times density, summed.

    Parameters
    ----------
    rho
        ``(plane, row, column)`` density, g/cm3, float32, contiguous; planes run along the dominant axis.
    terma
        ``(release, plane, row, column)`` energy released per mass, float32.
    release
        ``(component,)`` which release each exponential component transports.
    shifts
        ``(direction, plane, 2)`` whole-voxel row and column shift on entering a plane, in marching order.
    forward
        ``(direction,)`` whether planes are visited in rising order.
    step_cm
        ``(direction,)`` path length per plane, cm.
    weights, rates
        ``(direction, component)`` ``A`` (cm2/g, solid angle included) and ``a`` (cm2/g).
    threads
        How many accumulators (one per thread) to keep, at most one per direction.
    """
    total = np.zeros((threads, *rho.shape), np.float32)
    side_by_side(_march_share, threads, rho, terma, release, shifts, forward, step_cm, weights, rates, total)
    for share in total[1:]:
        total[0] += share
    return np.asarray(total[0])


def line_shifts(slope_rows: float, slope_cols: float, planes: int) -> NDArray[np.int64]:
    """Whole-voxel shifts ``(plane, 2)`` that keep a discrete line within half a voxel of the true one."""
    steps = np.arange(planes)
    rows = np.floor(slope_rows * steps + 0.5).astype(np.int64)
    cols = np.floor(slope_cols * steps + 0.5).astype(np.int64)
    return np.stack([np.diff(rows, prepend=rows[0]), np.diff(cols, prepend=cols[0])], axis=1)
