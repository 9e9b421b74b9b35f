"""The fall of dose with depth, of doses whose fall is known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dosenet.depth_fall import DepthFall, EnergyFall, depth_fall, fit_energy
from dosenet.lattice import CoarseDose, CtGrid

SPACING = (5.0, 5.0, 5.0)
SHAPE = (20, 50, 24)
"""A box of 250 mm along y, the way of the beam."""

ORIGIN = (-57.5, -122.5, -47.5)
SOURCE = (0.0, -1000.0, 0.0)
ISOCENTRE = (0.0, 0.0, 0.0)
FALL = 0.04


def places() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    def along(axis: int) -> NDArray[np.float64]:
        return np.asarray(ORIGIN[axis] + 5.0 * np.arange(SHAPE[2 - axis]), dtype=np.float64)

    return along(2)[:, None, None], along(1)[None, :, None], along(0)[None, None, :]


def dose_in(density: NDArray[np.float64], half_mm: float = 30.0, fluence: float = 1.0) -> CoarseDose:
    """Exponential fall along y behind densities by depth, inverse square, within a diverging square field."""
    z, y, x = places()
    depth = (np.cumsum(density) - density / 2) * 0.5
    distance = np.sqrt(x**2 + (y + 1000.0) ** 2 + z**2)
    slant = distance / (y + 1000.0)
    scale = 1000.0 / (y + 1000.0)
    field = (np.abs(x * scale) < half_mm) & (np.abs(z * scale) < half_mm)
    values = fluence * field * np.exp(-FALL * depth[None, :, None] * slant) * (1000.0 / distance) ** 2
    return CoarseDose((values + 1e-4).astype(np.float32), SPACING, ORIGIN)


def ct_of(hu: NDArray[np.float64]) -> CtGrid:
    return CtGrid(np.broadcast_to(hu[None, :, None], SHAPE).astype(np.float32), SPACING, ORIGIN)


WATER = np.zeros(SHAPE[1])
LUNG = np.where((np.arange(SHAPE[1]) > 10) & (np.arange(SHAPE[1]) < 22), -550.0, 0.0)
"""Behind 5 cm of water, 6 cm of half its density."""


@pytest.mark.parametrize("hu", [WATER, LUNG])
def test_the_fall_is_the_one_of_the_dose_whatever_the_beam_crosses(hu: NDArray[np.float64]) -> None:
    density = np.interp(hu, [-1000.0, -100.0, 0.0], [0.0, 0.93, 1.0])
    found = depth_fall(dose_in(density), ct_of(hu), SOURCE, ISOCENTRE)
    assert found is not None
    assert found.per_g_cm2 == pytest.approx(FALL, rel=0.015)
    assert found.side_mm == pytest.approx(60.0, abs=10.0)


def test_monitor_units_and_leaves_do_not_count() -> None:
    """Half of the field with 90 % of the fluence, all of it with seven times the units."""
    plain = dose_in(WATER + 1.0)
    values = 7.0 * plain.values
    values[:, :, : SHAPE[2] // 2] *= 0.9
    one, other = (depth_fall(d, ct_of(WATER), SOURCE, ISOCENTRE) for d in (plain, CoarseDose(values, SPACING, ORIGIN)))
    assert one is not None
    assert other is not None
    assert other.per_g_cm2 == pytest.approx(one.per_g_cm2, rel=1e-3)


@pytest.mark.parametrize("through", [0, 9])
def test_a_body_that_is_too_thin_is_not_compared(through: int) -> None:
    """No dose at all, and dose in 4.5 cm."""
    dose = dose_in(WATER + 1.0)
    values = dose.values.copy()
    values[:, through:] = 0.0
    assert depth_fall(CoarseDose(values, SPACING, ORIGIN), ct_of(WATER), SOURCE, ISOCENTRE) is None


def test_an_energy_is_a_line_over_the_size_of_the_field_and_a_spread() -> None:
    rng = np.random.default_rng(4)
    sides = rng.uniform(30, 200, 400)
    falls = [
        DepthFall(0.03 - 0.004 * float(np.log2(side / 100)) + float(rng.normal(0, 0.001)), float(side), 4.0)
        for side in sides
    ]
    energy = fit_energy(falls)
    assert energy.at_10_cm == pytest.approx(0.03, abs=2e-4)
    assert energy.per_doubling == pytest.approx(-0.004, abs=2e-4)
    assert energy.std == pytest.approx(0.001, rel=0.1)
    assert energy.deviations(DepthFall(0.037, 50.0, 4.0)) == pytest.approx(3.0, abs=0.5)
    with pytest.raises(ValueError, match=r"dose must fall with depth, got -0\.03"):
        EnergyFall(-0.03, 0.0, 0.001, 9)
    with pytest.raises(ValueError, match="at least 3 fields, got 2"):
        fit_energy(falls[:2])
