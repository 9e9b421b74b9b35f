"""Kernel tables against tabulated coefficients, and the shipped kernels against the tables they come from."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from esapi_bridge.case import Dose, DoseMedium
from esapi_bridge.planning.commission.calibrate import load_kernel_tables
from esapi_bridge.planning.commission.kernel_fit import fit_kernel
from esapi_bridge.planning.commission.water import axis_dose, open_field, slab_phantom
from esapi_bridge.planning.physics import collapsed_cone, load_beam_model
from esapi_bridge.planning.physics.beam_model import file_stem
from esapi_bridge.planning.physics.kernel import kernel_from_table
from esapi_bridge.planning.physics.spectrum import bremsstrahlung_spectrum

ENERGIES = ("10X-FFF", "15X", "6X", "6X-FFF")

RADII_G_CM2 = np.array([0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 30.0])

ENERGY_TOLERANCE = 1e-4
"""Share of a leg's energy by which a ring may differ inside a radius: a tenth of what labels may move by, 0.1 %, and
ten times what rounding to six digits in the file does."""

ANGLE_TOLERANCE_DEG = 0.01
"""Rings are 6 to 40 degrees wide; a cone of 4 g/cm2 turned by this moves by less than 0.01 mm."""

DOSE_TOLERANCE_PERCENT = 0.02
"""Of the maximum. A fifth of what labels may move by, so that refitting can never use that up; single precision of the
march is a tenth of it."""

PENUMBRA_TOLERANCE_MM = 0.01
"""A hundredth of what the penumbra was commissioned to."""

NIST_ENERGY_MEV = np.array([1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0])
NIST_MU = np.array([0.07072, 0.05754, 0.04942, 0.03969, 0.03403, 0.03031, 0.02770, 0.02429, 0.02219, 0.01941, 0.01813])
NIST_MU_EN = np.array(
    [0.03103, 0.02833, 0.02608, 0.02281, 0.02066, 0.01915, 0.01806, 0.01658, 0.01566, 0.01441, 0.01382]
)
"""Attenuation and energy absorption of water, cm2/g (Hubbell and Seltzer)."""


def test_electrons_get_the_share_that_is_absorbed() -> None:
    tables = load_kernel_tables()
    chosen = tables.energy_mev >= 1.0
    wanted = np.interp(np.log(tables.energy_mev[chosen]), np.log(NIST_ENERGY_MEV), NIST_MU_EN / NIST_MU)
    np.testing.assert_allclose(tables.electron_share[chosen], wanted, rtol=0.025)


def test_no_more_energy_is_deposited_than_set_free() -> None:
    tables = load_kernel_tables()
    deposited = tables.electron.sum(axis=(1, 2)) + tables.photon.sum(axis=(1, 2))
    assert np.all(deposited < 1.005 * tables.energy_mev)
    assert np.all(deposited > 0.8 * tables.energy_mev)


@cache
def kernel_files(energy: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts and kernel table of an energy as they ship."""
    folder = files("esapi_bridge.planning.physics") / "data"
    stem = file_stem(energy)
    facts = yaml.safe_load((folder / f"{stem}.yaml").read_text())
    return facts, json.loads((folder / f"{stem}_kernel.json").read_text())


@cache
def refitted(energy: str, noise: float = 0.0) -> dict[str, Any]:
    """The kernel table of an energy, fitted here and now; `noise` is relative and stands for another processor."""
    facts, _ = kernel_files(energy)
    tables = load_kernel_tables().up_to(facts.get("kernel_energy_end_mev", np.inf))
    rng = np.random.default_rng(3)
    given = {name: getattr(tables, name) for name in ("electron", "photon")}
    shaken = {name: values * (1 + noise * rng.standard_normal(values.shape)) for name, values in given.items()}
    spectrum = bremsstrahlung_spectrum(**facts["spectrum"])
    return fit_kernel(replace(tables, **shaken), spectrum)


def energy_within(table: dict[str, Any]) -> NDArray[np.float64]:
    """Share of the energy of both legs and of the photons, by ring, inside `RADII_G_CM2`: ``(3, ring, radius)``."""
    amplitude, rate = np.asarray(table["amplitude_cm2_g"]), np.asarray(table["rate_cm2_g"])
    first = np.asarray(table["first_amplitude_cm2_g"]), np.asarray(table["first_rate_cm2_g"])
    parts = (first, (amplitude[:, :2], rate[:, :2]), (amplitude[:, 2:], rate[:, 2:]))
    return np.stack([
        (a[..., None] / b[..., None] * -np.expm1(-b[..., None] * RADII_G_CM2)).sum(axis=1) for a, b in parts
    ])  # fmt: skip


def narrow_field_through_lung(table: dict[str, Any]) -> Dose:
    """A 3x3 field of 10X-FFF through thin lung, where electrons' paths matter most, with a given kernel."""
    phantom = slab_phantom((30.0, 80.0, 0.1), half_width_mm=40.0, depth_mm=150.0)
    model = replace(load_beam_model("10X-FFF"), kernel=kernel_from_table(table))
    return collapsed_cone(phantom, open_field(30.0), model, phantom.grid, medium=DoseMedium.WATER)


def penumbra_mm(dose: Dose, depth_mm: float) -> float:
    """80 to 20 per cent of the dose on the axis, across the field."""
    middle = dose.grid.size[2] // 2
    plane = int(np.argmin(np.abs(dose.grid.coordinates_mm(1) - depth_mm)))
    profile, x = dose.gy[middle - 1 : middle + 1, plane].mean(axis=0)[middle:], dose.grid.coordinates_mm(0)[middle:]
    eighty, twenty = np.interp([-0.8, -0.2], -profile / profile[0], x)
    return float(twenty - eighty)


@pytest.mark.parametrize("energy", ENERGIES)
def test_refitting_gives_the_shipped_kernel(energy: str) -> None:
    """Wherever it is done: what is compared is energy by place, not amplitudes and rates."""
    _, shipped = kernel_files(energy)
    fitted = refitted(energy)
    np.testing.assert_allclose(energy_within(fitted), energy_within(shipped), rtol=0, atol=ENERGY_TOLERANCE)
    for name in ("first_polar_deg", "polar_deg"):
        np.testing.assert_allclose(fitted[name], shipped[name], rtol=0, atol=ANGLE_TOLERANCE_DEG)
    for name in ("cones", "turning_share", "share_energy_mev"):
        assert fitted[name] == shipped[name]
    np.testing.assert_allclose(fitted["share"], shipped["share"], rtol=0, atol=ENERGY_TOLERANCE)


@pytest.mark.parametrize("energy", ENERGIES)
def test_the_last_digits_of_the_tables_do_not_matter(energy: str) -> None:
    np.testing.assert_allclose(
        energy_within(refitted(energy, noise=1e-9)), energy_within(refitted(energy)), rtol=0, atol=ENERGY_TOLERANCE
    )


def test_refitting_gives_the_same_dose() -> None:
    """Both legs together: depth dose and penumbra in front of, in and behind lung."""
    _, table = kernel_files("10X-FFF")
    shipped, fitted = narrow_field_through_lung(table), narrow_field_through_lung(refitted("10X-FFF"))
    largest = axis_dose(shipped)[1].max()
    difference_percent = (axis_dose(fitted)[1] - axis_dose(shipped)[1]) / largest * 100
    assert np.abs(difference_percent).max() <= DOSE_TOLERANCE_PERCENT
    for depth_mm in (20.0, 55.0, 100.0):
        assert penumbra_mm(fitted, depth_mm) == pytest.approx(penumbra_mm(shipped, depth_mm), abs=PENUMBRA_TOLERANCE_MM)


@pytest.mark.parametrize("energy", ENERGIES)
def test_shipped_kernel_keeps_energy(energy: str) -> None:
    _, shipped = kernel_files(energy)
    first = np.asarray(shipped["first_amplitude_cm2_g"]) / np.asarray(shipped["first_rate_cm2_g"])
    kept = np.asarray(shipped["amplitude_cm2_g"]) / np.asarray(shipped["rate_cm2_g"])
    assert first.sum() == pytest.approx(1.0, abs=2e-4)
    assert kept[:, :2].sum() == pytest.approx(1.0, abs=2e-4)
    assert kept[:, 2].sum() == pytest.approx(1.0, abs=2e-4)
