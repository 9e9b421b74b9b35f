"""Split the electrons' kernel of water into two legs, so that paths may bend where density changes.

Scaling a kernel along straight lines says that energy seen off the first direction went there straight. In truth
electrons start out forward and are scattered on their way: behind a step into lung a straight line leaves too much on
the axis of a small field. So the first leg is a shortened kernel closer to the forward direction, and part of the
energy has a second leg, wide, that is scaled by the density where it starts. Which second leg makes the kernel of
water is found in Fourier space, where one leg after another is a product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import j0

FIRST_LENGTH = 0.88
"""Length of the first leg as a share of the whole kernel's."""

FIRST_ANGLE = 0.72
"""Polar angles of the first leg as a share of the whole kernel's."""

TURNING_SHARE = 0.25
"""Share of the energy that has a second leg. All three: docs/physics.md."""

LEAST_SHARE = 0.005
"""Rings with less than this share of the second leg are left out of it."""

_WAVES = np.append(0.0, np.geomspace(0.1, 12.0, 14))
_ACROSS, _ALONG = (w.ravel()[1:] for w in np.meshgrid(_WAVES, _WAVES))
"""Wave numbers across and along the beam, cm2/g, at which kernels are compared."""

_WEIGHT = 1.0 / np.sqrt(np.hypot(_ACROSS, _ALONG))
_WEIGHT /= np.linalg.norm(_WEIGHT)

_SUBCELLS = 4
_HOLD_MOMENTS = np.array([0.05, 0.025, 0.005, 0.015])
_HOLD_START = 1e-4
"""How strongly the fit is held to the table's moments and to where it started."""


@dataclass(frozen=True)
class RingKernel:
    """Exponentials on rings of cones around the beam direction.

    Parameters
    ----------
    polar_rad
        ``(ring,)`` polar angles, rad.
    energy
        ``(ring, component)`` share of the energy; a fast component may be negative, for a finite range.
    rate
        ``(ring, component)`` attenuation along the cone, cm2/g.
    """

    polar_rad: NDArray[np.float64]
    energy: NDArray[np.float64]
    rate: NDArray[np.float64]

    @property
    def amplitude(self) -> NDArray[np.float64]:
        """Energy per length at the start, ``(ring, component)``, cm2/g."""
        return np.asarray(self.energy * self.rate)

    def transform(self) -> NDArray[np.complex128]:
        """Fourier transform at the wave numbers of this module; azimuth integrated."""
        rate = self.rate[:, :, None]
        along, across = (f(self.polar_rad)[:, None, None] for f in (np.cos, np.sin))
        seen = rate / np.sqrt((rate + 1j * _ALONG * along) ** 2 + (_ACROSS * across) ** 2)
        return np.asarray((self.energy[:, :, None] * seen).sum(axis=(0, 1)))

    def moments(self) -> NDArray[np.float64]:
        """Means of z, z2, z3 and x2 of the deposited energy, powers of g/cm2."""
        along, across = np.cos(self.polar_rad)[:, None], np.sin(self.polar_rad)[:, None]
        ahead = [(along**n * self.energy * f / self.rate**n).sum() for n, f in ((1, 1), (2, 2), (3, 6))]
        return np.array([*ahead, (across**2 * self.energy / self.rate**2).sum()])


def _table_transform(
    table: NDArray[np.float64], polar_deg: NDArray[np.float64], radius: NDArray[np.float64]
) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    """Fourier transform and moments of a table of energy by polar angle and radius, as in `RingKernel`."""
    edge = np.cos(np.radians(polar_deg))
    inner = (np.arange(_SUBCELLS) + 0.5) / _SUBCELLS
    cosine = (edge[:-1, None] + np.diff(edge)[:, None] * inner)[:, :, None, None]
    r = (radius[:-1, None] + np.diff(radius)[:, None] * inner)[None, None]
    energy = np.broadcast_to(
        (table / table.sum())[:, None, :, None] / _SUBCELLS**2, np.broadcast_shapes(cosine.shape, r.shape)
    )
    z, x = (r * cosine).ravel(), (r * np.sqrt(1 - cosine**2)).ravel()
    flat = energy.ravel()
    transform = np.array([
        (flat * j0(across * x) * np.exp(-1j * along * z)).sum() for across, along in zip(_ACROSS, _ALONG, strict=True)
    ])  # fmt: skip
    return transform, np.array([(flat * z).sum(), (flat * z**2).sum(), (flat * z**3).sum(), (flat * x**2).sum() / 2])


def _second_leg(x: NDArray[np.float64], polar_rad: NDArray[np.float64]) -> RingKernel:
    """Second leg of the free parameters: energy of a ring, its slow rate, the mix, how much faster the fast one is."""
    energy, slow, mix, faster = np.split(x, 4)
    energy = np.exp(energy) / np.exp(energy).sum()
    slow = np.exp(slow)
    fast = slow * (1.5 + np.exp(faster))
    # More slow energy than this and the kernel would be negative at its start.
    most = fast / (fast - slow)
    share = most * (1.0 + np.tanh(mix)) / 2.0
    return RingKernel(
        polar_rad, np.stack([energy * (1 - share), energy * share], axis=1), np.stack([fast, slow], axis=1)
    )


def _both(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Moments of both legs together."""
    one, two, three, side = first
    m1, m2, m3, aside = second
    t = TURNING_SHARE
    return np.array(
        [one + t * m1, two + t * (m2 + 2 * one * m1), three + t * (3 * two * m1 + 3 * one * m2 + m3), side + t * aside]
    )


def fit_legs(
    table: NDArray[np.float64], polar_deg: NDArray[np.float64], radius_g_cm2: NDArray[np.float64], whole: RingKernel
) -> tuple[RingKernel, RingKernel]:
    """Find the second leg that, after a shortened kernel as the first, makes the kernel of water.

    Parameters
    ----------
    table
        ``(polar, radius)`` energy deposited by electrons, any unit.
    polar_deg, radius_g_cm2
        Edges of the table.
    whole
        The whole kernel on rings of cones.

    Returns
    -------
    first, second
        Both on as many rings; each deposits 1 in all.
    """
    first = RingKernel(whole.polar_rad * FIRST_ANGLE, whole.energy, whole.rate / FIRST_LENGTH)
    goal, moments = _table_transform(table, polar_deg, radius_g_cm2)
    seen, reached = first.transform(), first.moments()

    def misfit(x: NDArray[np.float64]) -> NDArray[np.float64]:
        second = _second_leg(x, whole.polar_rad)
        off = _WEIGHT * (seen * (1 - TURNING_SHARE + TURNING_SHARE * second.transform()) - goal)
        drift = _both(reached, second.moments()) / moments - 1
        return np.concatenate([off.real, off.imag, _HOLD_MOMENTS * drift, _HOLD_START * x])

    rings = whole.polar_rad.size
    start = np.zeros((4, rings))
    start[0], start[1] = np.log(whole.energy.sum(axis=1)), np.log(1.5)
    second = _second_leg(least_squares(misfit, start.ravel(), max_nfev=200).x, whole.polar_rad)
    energy = np.where(second.energy.sum(axis=1, keepdims=True) < LEAST_SHARE, 0.0, second.energy)
    return first, RingKernel(second.polar_rad, energy / energy.sum(), second.rate)
