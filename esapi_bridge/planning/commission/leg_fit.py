"""Split the electrons' kernel of water into two legs, so that paths may bend where density changes.

Scaling a kernel along straight lines says that energy seen off the first direction went there straight. In truth
electrons start out forward and are scattered on their way: behind a step into lung a straight line leaves too much on
the axis of a small field. So the first leg is a shortened kernel closer to the forward direction, and part of the
energy has a second leg, wide, that is scaled by the density where it starts. Which second leg makes the kernel of
water is found in Fourier space, where one leg after another is a product.

That kernel says how much of the second leg goes on, sideways and back, and little more: with amplitudes and rates free
in every ring, fits that meet it equally well (misfit 2 % apart) give doses up to 0.6 % apart in lung. So the second leg
is a mix of three fixed lobes. Their shares are the only unknowns, and non-negative least squares has one answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.special import j0

FIRST_LENGTH = 0.88
"""Length of the first leg as a share of the whole kernel's."""

FIRST_ANGLE = 0.72
"""Polar angles of the first leg as a share of the whole kernel's."""

TURNING_SHARE = 0.25
"""Share of the energy that has a second leg. All three: docs/explanation/physics.md."""


@dataclass(frozen=True)
class Lobe:
    """A part of the second leg: a band of rings with one law of distance.

    Parameters
    ----------
    from_deg, to_deg
        Polar angles of the band, edges of rings.
    length
        Mean distance at which it deposits its energy, as a share of the whole kernel's.
    rising
        Whether energy along the cone rises from nothing and then falls; else it falls exponentially.
    even
        Whether the band's energy is even over solid angle; else it is shared out as the whole kernel's.
    """

    from_deg: float
    to_deg: float
    length: float
    rising: bool
    even: bool


LOBES = (
    Lobe(30.0, 60.0, length=2.3, rising=True, even=False),
    Lobe(90.0, 110.0, length=0.65, rising=True, even=True),
    Lobe(110.0, 180.0, length=0.22, rising=False, even=True),
)
"""On, sideways and back. Where the kernel of water leaves a choice they keep to the second leg that 10X-FFF was
commissioned with, a fit of every ring, in round numbers."""

_FASTER = 1.6
"""Rate of the exponential that is taken away from a rising lobe, as a multiple of the other."""

_WAVES = np.append(0.0, np.geomspace(0.1, 12.0, 14))
_ACROSS, _ALONG = (w.ravel()[1:] for w in np.meshgrid(_WAVES, _WAVES))
"""Wave numbers across and along the beam, cm2/g, at which kernels are compared."""

_WEIGHT = 1.0 / np.sqrt(np.hypot(_ACROSS, _ALONG))
_WEIGHT /= np.linalg.norm(_WEIGHT)

_SUBCELLS = 4
_HOLD_MOMENTS = np.array([0.05, 0.025, 0.005, 0.015])
"""How strongly the fit is held to the table's moments."""


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


def only(lobe: Lobe, whole: RingKernel, ring_edges_deg: NDArray[np.float64]) -> RingKernel:
    """Second leg that is one lobe alone.

    Parameters
    ----------
    lobe
        Which.
    whole
        The whole kernel on rings of cones.
    ring_edges_deg
        ``(ring + 1,)`` edges of the rings; those of the lobe are among them.

    Returns
    -------
    second
        On as many rings, most of them empty; it deposits 1 in all and nowhere less than nothing.
    """
    chosen = (ring_edges_deg[:-1] >= lobe.from_deg) & (ring_edges_deg[1:] <= lobe.to_deg)
    spread = -np.diff(np.cos(np.radians(ring_edges_deg))) if lobe.even else whole.energy.sum(axis=1)
    ring = np.where(chosen, spread, 0.0)
    length = lobe.length * (whole.energy / whole.rate).sum()
    slow = (1.0 + 1.0 / _FASTER) / length
    # exp(-slow r) less exp(-fast r) is 0 at its start; fast alone is the plain exponential.
    fast, law = (_FASTER * slow, (-1.0, _FASTER)) if lobe.rising else (1.0 / length, (1.0, 0.0))
    energy = np.outer(ring / ring.sum(), np.divide(law, sum(law)))
    return RingKernel(whole.polar_rad, energy, np.where(chosen[:, None], (fast, slow), whole.rate))


def _both(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Moments of both legs together."""
    one, two, three, side = first
    m1, m2, m3, aside = second
    t = TURNING_SHARE
    return np.array(
        [one + t * m1, two + t * (m2 + 2 * one * m1), three + t * (3 * two * m1 + 3 * one * m2 + m3), side + t * aside]
    )


def fit_legs(
    table: NDArray[np.float64],
    polar_deg: NDArray[np.float64],
    radius_g_cm2: NDArray[np.float64],
    whole: RingKernel,
    ring_edges_deg: NDArray[np.float64],
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
    ring_edges_deg
        ``(ring + 1,)`` edges of the rings; those of `LOBES` are among them.

    Returns
    -------
    first, second
        Both on as many rings; each deposits 1 in all.
    """
    first = RingKernel(whole.polar_rad * FIRST_ANGLE, whole.energy, whole.rate / FIRST_LENGTH)
    goal, moments = _table_transform(table, polar_deg, radius_g_cm2)
    seen, reached = first.transform(), first.moments()

    def misfit(second: RingKernel) -> NDArray[np.float64]:
        off = _WEIGHT * (seen * (1 - TURNING_SHARE + TURNING_SHARE * second.transform()) - goal)
        drift = _both(reached, second.moments()) / moments - 1
        return np.concatenate([off.real, off.imag, _HOLD_MOMENTS * drift])

    lobes = [only(lobe, whole, ring_edges_deg) for lobe in LOBES]
    # Each lobe deposits 1, so the misfit of a mix is the mix of misfits; a last row asks for shares that make 1.
    rows = np.stack([np.append(misfit(lobe), 1.0) for lobe in lobes], axis=1)
    share, _ = nnls(rows, np.append(np.zeros(len(rows) - 1), 1.0))
    # Whatever the mix makes in all, its direction is the best one: making it 1 afterwards is exact.
    share /= share.sum()
    energy = sum(s * lobe.energy for s, lobe in zip(share, lobes, strict=True))
    rate = whole.rate
    for lobe in lobes:
        rate = np.where(lobe.energy.any(axis=1, keepdims=True), lobe.rate, rate)
    return first, RingKernel(whole.polar_rad, np.asarray(energy), rate)
