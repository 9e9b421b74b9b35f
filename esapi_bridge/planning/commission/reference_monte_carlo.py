"""Monte Carlo reference doses: ``python -m esapi_bridge.planning.commission.reference_monte_carlo 15X OUT.npz``.

Open square fields of the energy's commissioned spectrum (flat, point source, SSD 100 cm) on water with a slab of other
density. Every voxel is water of scaled density, which is just what a collapsed cone assumes, so the two are like for
like.
Needs the `mc` extra (pyRadMC); about twenty minutes of one core an energy.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray
from pyradmc import AnalyticCrossSections, VoxelGrid, WarpEngine
from pyradmc.geometry.source import SpectralBeamSource
from pyradmc.geometry.spectrum import Spectrum as NumberSpectrum

from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.spectrum import Spectrum

SLABS = {"water": None, "lung": (5.0, 15.0, 0.25), "bone": (5.0, 8.0, 1.85)}
"""Depth from, depth to (cm) and density (g/cm3) of the slab."""

HISTORIES = {5.0: 60_000_000, 10.0: 20_000_000}
"""Histories by field width, cm."""

CORE_CM = {5.0: 1.0, 10.0: 2.0}
"""Half width of the middle over which dose is averaged, by field width, cm; noise is then below 0.5 % down to 25 cm."""

SEED = {5.0: 3, 10.0: 2}
"""Seed of the stored run, by field width, cm."""

SPACING_CM = (0.25, 0.25, 0.5)
HALF_WIDTH_CM, DEPTH_CM, SSD_CM = 20.0, 40.0, 100.0


def number_spectrum(spectrum: Spectrum) -> NumberSpectrum:
    """Turn our spectrum into pyRadMC's."""
    width = spectrum.energy_mev[1] - spectrum.energy_mev[0]
    edges = np.append(spectrum.energy_mev - width / 2, spectrum.energy_mev[-1] + width / 2)
    return NumberSpectrum(edges, spectrum.energy_fluence, convention="energy_fluence")


def slab_dose(
    spectrum: Spectrum, field_cm: float, slab: tuple[float, float, float] | None
) -> dict[str, NDArray[np.float64]]:
    """Depth dose on the axis with its standard deviation, in MeV/g per history and cm2."""
    across, deep = int(2 * HALF_WIDTH_CM / SPACING_CM[0]), int(DEPTH_CM / SPACING_CM[2])
    depth = (np.arange(deep) + 0.5) * SPACING_CM[2]
    density = np.ones((across, across, deep))
    if slab:
        density[:, :, (depth > slab[0]) & (depth < slab[1])] = slab[2]
    grid = VoxelGrid(
        shape=density.shape, spacing=SPACING_CM, origin=(0.0, 0.0, 0.0), density=density,
        material=np.zeros(density.shape, dtype=np.int32),
    )  # fmt: skip
    source = SpectralBeamSource(
        number_spectrum(spectrum), (HALF_WIDTH_CM, HALF_WIDTH_CM, -SSD_CM), (HALF_WIDTH_CM, HALF_WIDTH_CM, 0.0),
        field_cm, field_cm,
    )  # fmt: skip
    engine = WarpEngine(
        grid=grid, cross_sections=AnalyticCrossSections(geometry_densities=grid.max_density_by_material()), device="cpu"
    )
    result = engine.run(source, n_histories=int(HISTORIES[field_cm]), n_batches=10, seed=SEED[field_cm])
    dose, sigma = np.asarray(result.dose) * field_cm**2, np.asarray(result.dose_sigma) * field_cm**2
    middle, reach = across // 2, round(CORE_CM[field_cm] / SPACING_CM[0])
    core = slice(middle - reach, middle + reach)
    return {
        "depth_cm": depth,
        "axis": dose[core, core].mean(axis=(0, 1)),
        "sigma": np.sqrt((sigma[core, core] ** 2).sum(axis=(0, 1))) / (2 * reach) ** 2,
    }


def main(energy: str, out: str) -> None:
    """Run all fields and slabs of an energy (``15X``), and write one small file."""
    spectrum = load_beam_model(energy).spectrum
    arrays = {
        f"{field:g}_{name}_{key}": value.astype(np.float32)
        for field in HISTORIES
        for name, slab in SLABS.items()
        for key, value in slab_dose(spectrum, field, slab).items()
    }
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(*sys.argv[1:])
