"""Collapse the Monte Carlo kernel tables of water onto rings of cones as sums of exponentials."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.planning.commission.leg_fit import TURNING_SHARE, RingKernel, fit_legs
from esapi_bridge.planning.physics.spectrum import Spectrum, water_attenuation

RING_EDGES_DEG = (0, 6, 12, 20, 30, 40, 50, 60, 75, 90, 110, 140, 180)
RING_CONES = (3, 6, 8, 12, 12, 12, 12, 12, 10, 10, 9, 6)
"""112 cones: fine where most of the energy goes."""

EFFECTIVE_DEPTH_G_CM2 = 8.0
"""Depth at which the beam's spectrum weights the kernels of single energies."""


ELECTRON_RATES = np.geomspace(40.0, 0.4, 48)
FAR_RADIUS_G_CM2 = 30.0
PHOTON_RATES = np.geomspace(1.0, 0.01, 60)
"""Candidate attenuation rates of the exponentials, cm2/g."""


@dataclass(frozen=True)
class KernelTables:
    """Energy deposited around a forced first collision, from Monte Carlo.

    Parameters
    ----------
    energy_mev
        Photon energies ``(e,)``.
    polar_deg
        Edges of polar angle ``(p + 1,)``.
    electron_r, photon_r
        Edges of radius for the two tables, g/cm2.
    electron, photon
        ``(e, p, r)`` energy deposited per collision, MeV, by the freed electrons and by the scattered photons.
    photon_emitted
        ``(e,)`` energy of the scattered photons per collision, MeV.
    """

    energy_mev: NDArray[np.float64]
    polar_deg: NDArray[np.float64]
    electron_r: NDArray[np.float64]
    photon_r: NDArray[np.float64]
    electron: NDArray[np.float64]
    photon: NDArray[np.float64]
    photon_emitted: NDArray[np.float64]

    @property
    def electron_share(self) -> NDArray[np.float64]:
        """Share of the photon energy that electrons deposit near the collision; bremsstrahlung counts as scatter."""
        return np.asarray(self.electron.sum(axis=(1, 2)) / self.energy_mev)

    def up_to(self, energy_mev: float) -> KernelTables:
        """Return the tables of photon energies up to `energy_mev`, MeV; photons above count as the last of them."""
        kept = self.energy_mev <= energy_mev
        chosen = {name: getattr(self, name)[kept] for name in ("energy_mev", "electron", "photon", "photon_emitted")}
        return replace(self, **chosen)


def _bin_weights(tables: KernelTables, spectrum: Spectrum) -> NDArray[np.float64]:
    """Energy released at the effective depth, shared out to the tabulated energies by log interpolation."""
    mu = water_attenuation(spectrum.energy_mev)
    released = spectrum.energy_fluence * mu * np.exp(-mu * EFFECTIVE_DEPTH_G_CM2)
    grid = np.log(tables.energy_mev)
    position = np.interp(np.log(spectrum.energy_mev), grid, np.arange(grid.size))
    low = np.minimum(position.astype(int), grid.size - 2)
    weights = np.zeros(grid.size)
    np.add.at(weights, low, released * (1 - (position - low)))
    np.add.at(weights, low + 1, released * (position - low))
    return np.asarray(weights / weights.sum())


def _fit(
    edges: NDArray[np.float64], energy: NDArray[np.float64], rates: NDArray[np.float64], terms: int
) -> tuple[list[float], list[float]]:
    """The best sum of `terms` exponentials from a list of `rates` for the energy per radius bin: amplitudes, rates."""
    # Fitting the energy inside each radius is what transport cares about; per-bin energy would weigh noise.
    inside = np.cumsum(energy) / energy.sum()
    weight = np.sqrt(np.diff(edges))
    kept = 1.0 - np.exp(-np.outer(edges[1:], rates))
    best: tuple[float, list[float], list[float]] = (np.inf, [], [])
    for chosen in combinations(range(rates.size), terms):
        basis = kept[:, chosen]
        # The last share makes up the total, so that no energy is lost by the fit.
        delta = (basis[:, :-1] - basis[:, -1:]) * weight[:, None]
        goal = (inside - basis[:, -1]) * weight
        first = np.linalg.lstsq(delta, goal, rcond=None)[0]
        misfit = float(np.linalg.norm(delta @ first - goal))
        share = np.append(first, 1.0 - first.sum())
        picked = rates[list(chosen)]
        # A negative fast part shapes a finite range; the kernel itself must stay positive at both ends.
        if misfit < best[0] and share[-1] > 0 and (share * picked).sum() >= 0:
            best = (misfit, list(share * picked * energy.sum()), list(picked))
    return best[1], best[2]


def fit_kernel(tables: KernelTables, spectrum: Spectrum) -> dict[str, object]:
    """Fit the kernel of one spectrum, its electrons travelling in two legs.

    Returns
    -------
    table
        Content of a kernel JSON file: see `esapi_bridge.planning.physics.kernel.kernel_from_table`.
    """
    weight = _bin_weights(tables, spectrum)
    rings = [np.flatnonzero((tables.polar_deg[:-1] >= lo) & (tables.polar_deg[1:] <= hi))
             for lo, hi in pairwise(RING_EDGES_DEG)]  # fmt: skip
    polar, amplitude, rate = [], [], []
    share = tables.electron_share
    electron_mix = np.tensordot(
        weight * share, tables.electron / tables.electron.sum(axis=(1, 2), keepdims=True), axes=1
    )
    electron_fits = [_fit(tables.electron_r, electron_mix[ring].sum(axis=0), ELECTRON_RATES, 2) for ring in rings]
    photon_mix = (
        np.tensordot(weight * (1.0 - share), tables.photon / tables.photon_emitted[:, None, None], axes=1)
        / (weight * (1.0 - share)).sum()
    )
    # What leaves the scored sphere leaves in the directions in which energy arrives at its edge.
    edge_r = np.append(tables.photon_r, 300.0)
    arriving = photon_mix[:, tables.photon_r[:-1] >= FAR_RADIUS_G_CM2].sum(axis=1)
    escaping = (1.0 - photon_mix.sum()) * arriving / arriving.sum()
    photon_mix = np.concatenate([photon_mix, escaping[:, None]], axis=1)
    photon_fits = [_fit(edge_r, photon_mix[ring].sum(axis=0), PHOTON_RATES, 1) for ring in rings]
    for n, ring in enumerate(rings):
        centres = (tables.polar_deg[:-1] + tables.polar_deg[1:])[ring] / 2
        polar.append(float(np.average(centres, weights=electron_mix[ring].sum(axis=1) + 1e-9)))
        amplitude.append(electron_fits[n][0] + photon_fits[n][0])
        rate.append(electron_fits[n][1] + photon_fits[n][1])
    scaled = np.asarray(amplitude)
    rates = np.asarray(rate)
    for block in (slice(0, 2), slice(2, 3)):
        scaled[:, block] /= (scaled[:, block] / rates[:, block]).sum()
    whole = RingKernel(np.radians(polar), scaled[:, :2] / rates[:, :2], rates[:, :2])
    first, second = fit_legs(electron_mix, tables.polar_deg, tables.electron_r, whole, np.array(RING_EDGES_DEG))
    return {
        "cones": list(RING_CONES),
        "first_polar_deg": np.degrees(first.polar_rad).tolist(),
        "first_amplitude_cm2_g": first.amplitude.tolist(),
        "first_rate_cm2_g": first.rate.tolist(),
        "turning_share": TURNING_SHARE,
        "polar_deg": polar,
        "amplitude_cm2_g": np.hstack([second.amplitude, scaled[:, 2:]]).tolist(),
        "rate_cm2_g": np.hstack([second.rate, rates[:, 2:]]).tolist(),
        "share_energy_mev": tables.energy_mev.tolist(),
        "share": share.tolist(),
    }
