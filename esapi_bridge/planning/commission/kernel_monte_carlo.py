"""Score the kernels of water by Monte Carlo: ``python -m esapi_bridge.planning.commission.kernel_monte_carlo OUT.npz``.

Needs the `mc` extra (pyRadMC); about twenty minutes of one core, some of them for its scattering tables.
The two highest energies came later, scored alone and appended.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray
from pyradmc import AnalyticCrossSections, VoxelGrid, WarpEngine

from esapi_bridge.planning.commission.first_collision import (
    ELECTRON_REST_MEV,
    FirstCollision,
    compton,
    pair_probability,
)

ENERGIES_MEV = (0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 4.0, 5.5, 7.5, 10.0, 13.0, 15.5)
POLAR_DEG = np.array(
    [0, 3, 6, 9, 12, 16, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 100, 110, 120, 130, 140, 150, 160,
     170, 180]
)  # fmt: skip
ELECTRON_R_CM = np.concatenate([np.arange(0, 1, 0.05), np.arange(1, 2, 0.1), np.arange(2, 8.01, 0.25)])
PHOTON_R_CM = np.concatenate([np.arange(0, 2, 0.2), np.arange(2, 10, 0.5), np.arange(10, 48.01, 2)])
HISTORIES = 1_000_000
SUBVOXELS = 3


def score(source: FirstCollision, spacing_cm: float, half_cm: float, radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Energy deposited around the origin in bins of polar angle and radius, MeV per collision."""
    count = 2 * int(half_cm / spacing_cm) + 1
    edge = -count * spacing_cm / 2
    grid = VoxelGrid.uniform_water(shape=(count,) * 3, spacing=(spacing_cm,) * 3, origin=(edge,) * 3)
    cross_sections = AnalyticCrossSections(geometry_densities=grid.max_density_by_material())
    engine = WarpEngine(grid=grid, cross_sections=cross_sections, device="cpu")
    energy = np.asarray(engine.run(source, n_histories=HISTORIES, n_batches=2, seed=3).dose) * spacing_cm**3
    centres = (np.arange(count) - (count - 1) / 2) * spacing_cm
    # An even number of subvoxels would straddle the origin; the odd middle one is nudged off it.
    inner = ((np.arange(SUBVOXELS) + 0.5) / SUBVOXELS - 0.5 + 1e-6) * spacing_cm
    total = np.zeros((POLAR_DEG.size - 1, radii.size - 1))
    x, y, z = np.meshgrid(centres, centres, centres, indexing="ij")
    for dx, dy, dz in ((a, b, c) for a in inner for b in inner for c in inner):
        radius = np.sqrt((x + dx) ** 2 + (y + dy) ** 2 + (z + dz) ** 2)
        polar = np.degrees(np.arccos(np.clip((z + dz) / radius, -1, 1)))
        share = energy.ravel() / SUBVOXELS**3
        total += np.histogram2d(polar.ravel(), radius.ravel(), bins=[POLAR_DEG, radii], weights=share)[0]
    return total


def main(out: str) -> None:
    """Score every energy and write the tables that `kernel_fit` reads."""
    electron, photon, emitted = [], [], []
    for energy in ENERGIES_MEV:
        reach = min(8.0, max(1.0, 0.62 * energy + 0.5))
        electron.append(score(FirstCollision(energy, "electrons"), 0.05 if reach < 2 else 0.1, reach, ELECTRON_R_CM))
        photon.append(score(FirstCollision(energy, "photons"), 0.4, 44.0, PHOTON_R_CM))
        scattered = compton(energy, 1_000_000, np.random.default_rng(1))[1].mean()
        pairs = pair_probability(energy)
        emitted.append((1 - pairs) * scattered + pairs * 2 * ELECTRON_REST_MEV)
    np.savez_compressed(
        out, energy_mev=np.array(ENERGIES_MEV), polar_deg=POLAR_DEG.astype(float), electron_r=ELECTRON_R_CM,
        photon_r=PHOTON_R_CM, electron=np.array(electron, np.float32), photon=np.array(photon, np.float32),
        photon_emitted=np.array(emitted),
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
