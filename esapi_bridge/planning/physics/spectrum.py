"""Photon spectra of megavoltage beams and the attenuation of water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WATER_ENERGY_MEV = np.array([0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20])
WATER_MU_CM2_G = np.array(
    [0.2269, 0.1707, 0.1505, 0.1370, 0.1186, 0.1061, 0.09687, 0.08956, 0.07865, 0.07072, 0.06323,
     0.05754, 0.04942, 0.03969, 0.03403, 0.03031, 0.02770, 0.02429, 0.02219, 0.01941, 0.01813]
)  # fmt: skip
"""Mass attenuation of liquid water, cm2/g (NIST, Hubbell and Seltzer tables)."""

LOWEST_ENERGY_MEV = 0.2
"""Photons below this carry a negligible part of a megavoltage beam's energy fluence."""


def water_attenuation(energy_mev: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mass attenuation coefficient of water, cm2/g, log-log interpolated."""
    return np.asarray(np.exp(np.interp(np.log(energy_mev), np.log(WATER_ENERGY_MEV), np.log(WATER_MU_CM2_G))))


def _tungsten_attenuation(energy_mev: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mass attenuation of tungsten, cm2/g (Ali and Rogers 2012, table 3)."""
    e = energy_mev
    return np.exp((6.575 - 36.23 * e - 1.578 * e**2) / (1 + 9.667 * e + 0.7132 * e**2 - 3.778e-4 * e**3))


def _aluminium_attenuation(energy_mev: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mass attenuation of aluminium, cm2/g (Ali and Rogers 2012, table 3)."""
    log_e = np.log(energy_mev)
    above = (6.107e-2, 1.694e-2, -2.390e-3, 3.116e-4, 5.286e-4, 2.507e-5)
    below = (1.0, 7.769e-1, 2.434e-1, 3.838e-2, 3.042e-3, 9.686e-5)
    return np.asarray(np.polyval(above[::-1], log_e) / np.polyval(below[::-1], log_e))


@dataclass(frozen=True)
class Spectrum:
    """Energy fluence of a beam by energy bin.

    Parameters
    ----------
    energy_mev
        Bin centres ``(n,)``, MeV.
    energy_fluence
        Share of the energy fluence in each bin ``(n,)``; sums to 1.
    """

    energy_mev: NDArray[np.float64]
    energy_fluence: NDArray[np.float64]


def bremsstrahlung_spectrum(endpoint_mev: float, c1: float, c2: float, c3: float, bins: int = 40) -> Spectrum:
    """Spectrum of a linac in the analytic form of Ali and Rogers (Phys Med Biol 57 (2012) 31, function 12).

    Parameters
    ----------
    endpoint_mev
        Effective electron energy, MeV.
    c1, c2
        Square roots of the effective tungsten and aluminium thickness, (g/cm2)**0.5. A beam without flattening
        filter has the form of a flattened one with less of both.
    c3
        Shape of the thin-target term.
    bins
        Number of energy bins.
    """
    edges = np.linspace(LOWEST_ENERGY_MEV, endpoint_mev, bins + 1)
    e = (edges[1:] + edges[:-1]) / 2
    ratio = e / endpoint_mev
    thin = (1 + c3 * ratio + ratio**2) * (np.log(endpoint_mev * (endpoint_mev - e) / e + 1.65) - 0.5)
    psi = thin * np.exp(-_tungsten_attenuation(e) * c1**2 - _aluminium_attenuation(e) * c2**2)
    return Spectrum(energy_mev=e, energy_fluence=psi / psi.sum())
