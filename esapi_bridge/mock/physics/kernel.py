"""The energy deposition kernel of water, collapsed onto cones around the beam direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SOURCE_OF_COMPONENT = (0, 0, 1)
"""Which release each exponential component transports: 0 electrons of the first collision, 1 scattered photons."""


@dataclass(frozen=True)
class PointKernel:
    """Energy deposited around a first collision, as sums of exponentials in rings of cones.

    Energy per steradian-integrated cone and radiological distance ``r`` (g/cm2) is ``sum_j A_j exp(-a_j r)`` (after
    Ahnesjo, Med Phys 16 (1989) 577), so each component deposits ``A_j / a_j`` in all.

    Parameters
    ----------
    polar_rad
        ``(ring,)`` angle of each ring of cones from the direction of the incoming photon, rad.
    cones
        ``(ring,)`` number of cones in each ring, evenly spaced in azimuth.
    amplitude
        ``(ring, component)`` ``A`` of one whole ring, cm2/g; shares of each of the two releases.
    rate
        ``(ring, component)`` ``a``, cm2/g.
    share_energy_mev, share
        Mean share of a photon's energy that its first collision gives to electrons, by photon energy.
    """

    polar_rad: NDArray[np.float64]
    cones: NDArray[np.int64]
    amplitude: NDArray[np.float64]
    rate: NDArray[np.float64]
    share_energy_mev: NDArray[np.float64]
    share: NDArray[np.float64]

    def electron_share(self, energy_mev: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean share of the photon energy given to electrons in the first collision."""
        return np.interp(np.log(energy_mev), np.log(self.share_energy_mev), self.share)

    def directions(
        self, axes: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Cone axes in patient coordinates for a beam whose frame is `axes` (see `BeamFrame`).

        Returns
        -------
        vectors
            ``(direction, 3)`` unit vectors, LPS.
        amplitude, rate
            ``(direction, component)``.
        """
        vectors, amplitude, rate = [], [], []
        for ring, (polar, count) in enumerate(zip(self.polar_rad, self.cones, strict=True)):
            # Turning every other ring by half a step keeps cones of neighbouring rings from lining up.
            azimuth = 2 * np.pi * (np.arange(count) + 0.5 * (ring % 2) + 0.13) / count
            local = np.stack(
                [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.full(count, np.cos(polar))],
                axis=1,
            )
            vectors.append(local @ axes)
            amplitude.append(np.tile(self.amplitude[ring] / count, (count, 1)))
            rate.append(np.tile(self.rate[ring], (count, 1)))
        return np.concatenate(vectors), np.concatenate(amplitude), np.concatenate(rate)


def kernel_from_table(table: dict[str, list[float]]) -> PointKernel:
    """Build the kernel from its JSON table."""
    return PointKernel(
        polar_rad=np.radians(table["polar_deg"]),
        cones=np.asarray(table["cones"], dtype=np.int64),
        amplitude=np.asarray(table["amplitude_cm2_g"], dtype=np.float64),
        rate=np.asarray(table["rate_cm2_g"], dtype=np.float64),
        share_energy_mev=np.asarray(table["share_energy_mev"], dtype=np.float64),
        share=np.asarray(table["share"], dtype=np.float64),
    )
