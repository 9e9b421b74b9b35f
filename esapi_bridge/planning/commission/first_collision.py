"""Secondaries of a photon's first collision in water, as a Monte Carlo source (needs the `mc` extra).

Compton scattering is sampled from the Klein-Nishina cross section; pairs share their energy evenly at random.
Either the electrons or the scattered photons are emitted, all at one point: scoring around it gives the kernel.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pyradmc.geometry.source import Source

from esapi_bridge.planning.physics.spectrum import water_attenuation

ELECTRON_REST_MEV = 0.51099895
ELECTRONS_PER_G_WATER = 3.3428e23
CLASSICAL_RADIUS_SQUARED_CM2 = 7.9407877e-26
LARGEST_ENERGY_MEV = 16.0


def klein_nishina_cm2(energy_mev: float) -> float:
    """Total Klein-Nishina cross section of one electron, cm2."""
    a = energy_mev / ELECTRON_REST_MEV
    log = np.log(1 + 2 * a)
    bracket = (1 + a) / a**2 * (2 * (1 + a) / (1 + 2 * a) - log / a) + log / (2 * a) - (1 + 3 * a) / (1 + 2 * a) ** 2
    return float(2 * np.pi * CLASSICAL_RADIUS_SQUARED_CM2 * bracket)


def pair_probability(energy_mev: float) -> float:
    """Share of collisions in water that make a pair: what Compton scattering leaves of the attenuation."""
    if energy_mev < 2 * ELECTRON_REST_MEV:
        return 0.0
    total = float(water_attenuation(np.array([energy_mev]))[0])
    return max(0.0, 1.0 - ELECTRONS_PER_G_WATER * klein_nishina_cm2(energy_mev) / total)


def compton(
    energy_mev: float, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Cosine of the scattered photon, its energy (MeV) and cosine of the electron, ``(count,)`` each."""
    cosines = np.linspace(-1, 1, 200_001)
    ratio = 1 / (1 + energy_mev / ELECTRON_REST_MEV * (1 - cosines))
    density = ratio**2 * (ratio + 1 / ratio - 1 + cosines**2)
    cumulative = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    photon_cosine = np.interp(rng.random(count), cumulative / cumulative[-1], cosines)
    a = energy_mev / ELECTRON_REST_MEV
    photon_energy = energy_mev / (1 + a * (1 - photon_cosine))
    electron_cosine = (1 + a) * np.sqrt(np.clip((1 - photon_cosine) / (2 + a * (a + 2) * (1 - photon_cosine)), 0, 1))
    return photon_cosine, photon_energy, np.clip(electron_cosine, -1, 1)


class FirstCollision(Source):  # type: ignore[misc]
    """Secondaries of the first collision of photons that travel along +z, emitted at the origin.

    Parameters
    ----------
    energy_mev
        Photon energy, MeV.
    emit_kind
        Which secondaries to emit.
    """

    def __init__(self, energy_mev: float, emit_kind: Literal["electrons", "photons"]) -> None:
        self.energy_mev = energy_mev
        self.emit_kind = emit_kind

    @property
    def max_energy(self) -> float:
        """Highest energy the transport tables must cover, MeV."""
        return LARGEST_ENERGY_MEV

    def emit(self, rng_state: Any) -> Any:
        """Batches only."""
        raise NotImplementedError("this source emits batches")

    def sample_batch(self, seed: int, history_offset: int, n: int) -> dict[str, NDArray[Any]]:
        """Emit `n` secondaries; a pair is one particle of double weight."""
        rng = np.random.default_rng([seed, history_offset])
        is_pair = rng.random(n) < pair_probability(self.energy_mev)
        photon_cosine, photon_energy, electron_cosine = compton(self.energy_mev, n, rng)
        azimuth = 2 * np.pi * rng.random(n)
        if self.emit_kind == "electrons":
            pair_energy = max(self.energy_mev - 2 * ELECTRON_REST_MEV, 0.0) * rng.random(n)
            # Pair electrons go forward within about m / E.
            spread = rng.exponential(1.0, n) * ELECTRON_REST_MEV / (pair_energy + ELECTRON_REST_MEV)
            energy = np.where(is_pair, pair_energy, self.energy_mev - photon_energy)
            cosine = np.where(is_pair, np.cos(np.minimum(spread, np.pi)), electron_cosine)
        else:
            energy = np.where(is_pair, ELECTRON_REST_MEV, photon_energy)
            cosine = np.where(is_pair, 2 * rng.random(n) - 1, photon_cosine)
        sine = np.sqrt(np.clip(1 - cosine**2, 0, 1))
        columns = {
            "energy": np.maximum(energy, 1e-3), "weight": np.where(is_pair, 2.0, 1.0),
            "x": np.zeros(n), "y": np.zeros(n), "z": np.zeros(n),
            "ux": sine * np.cos(azimuth), "uy": sine * np.sin(azimuth), "uz": cosine,
        }  # fmt: skip
        batch: dict[str, NDArray[Any]] = {name: column.astype(np.float32) for name, column in columns.items()}
        batch["particle_type"] = np.full(n, 2 if self.emit_kind == "electrons" else 1, dtype=np.int32)
        return batch
