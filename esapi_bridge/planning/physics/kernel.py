"""The energy deposition kernel of water, collapsed onto cones around the beam direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOURCE_OF_COMPONENT = (0, 0, 1)
"""Which release each component of the last march transports: 0 electrons on their second leg, 1 scattered photons."""


@dataclass(frozen=True)
class Cones:
    """Directions to march along, with the exponentials of each.

    Energy per steradian-integrated cone and radiological distance ``r`` (g/cm2) is ``sum_j A_j exp(-a_j r)`` (after
    Ahnesjo, Med Phys 16 (1989) 577), so each component deposits ``A_j / a_j`` in all.

    Parameters
    ----------
    vectors
        ``(direction, 3)`` unit vectors, LPS.
    amplitude, rate
        ``(direction, component)`` ``A`` and ``a``, cm2/g.
    source
        ``(component,)`` which release each component transports.
    """

    vectors: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    rate: NDArray[np.float64]
    source: tuple[int, ...]


@dataclass(frozen=True)
class PointKernel:
    """Energy deposited around a first collision, as sums of exponentials in rings of cones.

    Electrons travel in two legs, since a straight line cannot follow a path that bends: all of their energy goes along
    the first, and `turning_share` of it is set free again where it arrives, for the second. In uniform matter both
    together make the kernel of water; where density changes, the second leg starts in the new one.

    Parameters
    ----------
    cones
        ``(ring,)`` number of cones in each ring, evenly spaced in azimuth.
    first_polar_rad, polar_rad
        ``(ring,)`` angle of each ring from the direction of the incoming photon, rad, in the first and second march.
    first_amplitude, first_rate
        ``(ring, 2)`` ``A`` of one whole ring and ``a``, cm2/g, of the electrons' first leg.
    turning_share
        Share of the electrons' energy that has a second leg.
    amplitude, rate
        ``(ring, 3)`` of the second leg (two components) and of the scattered photons, shares of each release.
    share_energy_mev, share
        Mean share of a photon's energy that its first collision gives to electrons, by photon energy.
    """

    cones: NDArray[np.int64]
    first_polar_rad: NDArray[np.float64]
    polar_rad: NDArray[np.float64]
    first_amplitude: NDArray[np.float64]
    first_rate: NDArray[np.float64]
    turning_share: float
    amplitude: NDArray[np.float64]
    rate: NDArray[np.float64]
    share_energy_mev: NDArray[np.float64]
    share: NDArray[np.float64]

    def electron_share(self, energy_mev: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean share of the photon energy given to electrons in the first collision."""
        return np.interp(np.log(energy_mev), np.log(self.share_energy_mev), self.share)

    def first_leg(self, axes: NDArray[np.float64]) -> Cones:
        """Cones of the electrons' first leg for a beam whose frame is `axes` (see `BeamFrame`)."""
        return self._cones(axes, self.first_polar_rad, self.first_amplitude, self.first_rate, (0, 0))

    def second_leg_and_photons(self, axes: NDArray[np.float64]) -> Cones:
        """Cones of the electrons' second leg and of the scattered photons (see `first_leg`)."""
        return self._cones(axes, self.polar_rad, self.amplitude, self.rate, SOURCE_OF_COMPONENT)

    def _cones(
        self,
        axes: NDArray[np.float64],
        polar_rad: NDArray[np.float64],
        ring_amplitude: NDArray[np.float64],
        ring_rate: NDArray[np.float64],
        source: tuple[int, ...],
    ) -> Cones:
        vectors = []
        for ring, (polar, count) in enumerate(zip(polar_rad, self.cones, strict=True)):
            # Turning every other ring by half a step keeps cones of neighbouring rings from lining up.
            azimuth = 2 * np.pi * (np.arange(count) + 0.5 * (ring % 2) + 0.13) / count
            local = np.stack(
                [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.full(count, np.cos(polar))],
                axis=1,
            )
            vectors.append(local @ axes)
        return Cones(
            vectors=np.concatenate(vectors),
            amplitude=np.repeat(ring_amplitude / self.cones[:, None], self.cones, axis=0),
            rate=np.repeat(ring_rate, self.cones, axis=0),
            source=source,
        )


def kernel_from_table(table: dict[str, Any]) -> PointKernel:
    """Build the kernel from its JSON table."""
    return PointKernel(
        cones=np.asarray(table["cones"], dtype=np.int64),
        first_polar_rad=np.radians(table["first_polar_deg"]),
        polar_rad=np.radians(table["polar_deg"]),
        first_amplitude=np.asarray(table["first_amplitude_cm2_g"], dtype=np.float64),
        first_rate=np.asarray(table["first_rate_cm2_g"], dtype=np.float64),
        turning_share=float(table["turning_share"]),
        amplitude=np.asarray(table["amplitude_cm2_g"], dtype=np.float64),
        rate=np.asarray(table["rate_cm2_g"], dtype=np.float64),
        share_energy_mev=np.asarray(table["share_energy_mev"], dtype=np.float64),
        share=np.asarray(table["share"], dtype=np.float64),
    )
