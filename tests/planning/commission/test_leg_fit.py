"""The two legs of the electrons, thrown as random points, against the Monte Carlo kernel that they stand for."""

from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
import yaml

from esapi_bridge.planning.commission.calibrate import load_kernel_tables
from esapi_bridge.planning.commission.kernel_fit import RING_EDGES_DEG
from esapi_bridge.planning.commission.leg_fit import FIRST_LENGTH, LOBES, RingKernel, fit_legs, only
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.spectrum import water_attenuation

POINTS = 400_000


def thrown(kernel: RingKernel, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points ``(n, 3)`` that energy travels to, and their weights: negative exponentials have negative ones."""
    share = kernel.energy.ravel()
    which = rng.choice(share.size, POINTS, p=np.abs(share) / np.abs(share).sum())
    polar = kernel.polar_rad[which // kernel.energy.shape[1]]
    radius = rng.exponential(1.0 / kernel.rate.ravel()[which])
    azimuth = rng.uniform(0, 2 * np.pi, POINTS)
    towards = np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=1)
    return radius[:, None] * towards, np.sign(share[which]) * np.abs(share).sum()


def electrons_of(energy: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The electrons' table of a beam's spectrum 8 cm deep, by nearest energy, and its polar angles and radii."""
    facts = yaml.safe_load((files("esapi_bridge.planning.physics") / "data" / "10x_fff.yaml").read_text())
    tables = load_kernel_tables().up_to(facts.get("kernel_energy_end_mev", np.inf))
    spectrum = load_beam_model(energy).spectrum
    mu = water_attenuation(spectrum.energy_mev)
    released = spectrum.energy_fluence * mu * np.exp(-8.0 * mu)
    nearest = np.abs(np.log(spectrum.energy_mev[:, None] / tables.energy_mev)).argmin(axis=1)
    share = tables.electron_share[nearest] * released
    mixed = sum(s * tables.electron[n] / tables.electron[n].sum() for s, n in zip(share, nearest, strict=True))
    return np.asarray(mixed / mixed.sum()), tables.polar_deg, tables.electron_r


def test_both_legs_together_are_the_kernel_of_water() -> None:
    table, polar_deg, radius = electrons_of("10X-FFF")
    kernel, rng = load_beam_model("10X-FFF").kernel, np.random.default_rng(5)
    one, w1 = thrown(
        RingKernel(kernel.first_polar_rad, kernel.first_amplitude / kernel.first_rate, kernel.first_rate), rng
    )
    two, w2 = thrown(RingKernel(kernel.polar_rad, (kernel.amplitude / kernel.rate)[:, :2], kernel.rate[:, :2]), rng)
    points = np.concatenate([one, one + two])
    weight = np.concatenate([w1 * (1 - kernel.turning_share), w1 * w2 * kernel.turning_share]) / POINTS
    assert weight.sum() == pytest.approx(1.0, abs=0.01)
    distance = np.linalg.norm(points, axis=1)
    for within, allowed in ((0.25, 0.045), (0.5, 0.035), (1.0, 0.025), (2.0, 0.025)):
        inside = table[:, radius[1:] <= within + 1e-9].sum()
        assert weight[distance <= within].sum() == pytest.approx(inside, abs=allowed), within
    polar, middle = np.radians((polar_deg[1:] + polar_deg[:-1]) / 2)[:, None], (radius[1:] + radius[:-1]) / 2
    assert (weight * points[:, 2]).sum() == pytest.approx((table * np.cos(polar) * middle).sum(), rel=0.03)
    aside = (table * (np.sin(polar) * middle) ** 2).sum() / 2
    assert (weight * points[:, 0] ** 2).sum() == pytest.approx(aside, rel=0.12)


@pytest.mark.parametrize("shares", [(0.15, 0.69, 0.16), (0.3, 0.5, 0.2), (0.0, 0.6, 0.4)])
def test_shares_of_the_lobes_are_found_again(shares: tuple[float, float, float]) -> None:
    """A table of points thrown along a first leg and then a mix of lobes has one answer: that mix."""
    _, polar_deg, radius = electrons_of("10X-FFF")
    kernel, rng = load_beam_model("10X-FFF").kernel, np.random.default_rng(8)
    first = RingKernel(kernel.first_polar_rad, kernel.first_amplitude / kernel.first_rate, kernel.first_rate)
    whole = replace(first, polar_rad=kernel.polar_rad, rate=first.rate * FIRST_LENGTH)
    edges_deg = np.array(RING_EDGES_DEG, dtype=float)
    lobes = [only(lobe, whole, edges_deg) for lobe in LOBES]
    table = np.zeros((polar_deg.size - 1, radius.size - 1))
    one, w1 = thrown(first, rng)
    for share, turning in zip((1 - 0.25, *(0.25 * s for s in shares)), (None, *lobes), strict=True):
        two, w2 = (0.0, 1.0) if turning is None else thrown(turning, rng)
        points = one + two
        distance = np.linalg.norm(points, axis=1)
        polar = np.degrees(np.arccos(points[:, 2] / distance))
        table += share * np.histogram2d(polar, distance, bins=(polar_deg, radius), weights=w1 * w2)[0]
    _, second = fit_legs(table, polar_deg, radius, whole, edges_deg)
    assert second.energy.sum() == pytest.approx(1.0)
    found = [second.energy[lobe.energy.any(axis=1)].sum() for lobe in lobes]
    assert found == pytest.approx(shares, abs=0.05)


def test_neither_leg_takes_energy_away() -> None:
    kernel = load_beam_model("10X-FFF").kernel
    along = np.linspace(0.0, 10.0, 200)
    for amplitude, rate in ((kernel.first_amplitude, kernel.first_rate), (kernel.amplitude[:, :2], kernel.rate[:, :2])):
        laid_down = (amplitude[..., None] * np.exp(-rate[..., None] * along)).sum(axis=1)
        assert laid_down.min() >= -2e-6  # the file's last digit
