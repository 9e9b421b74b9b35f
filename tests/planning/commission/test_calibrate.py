"""Kernel tables against tabulated coefficients, and the shipped kernels against the tables they come from."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest
import yaml

from esapi_bridge.planning.commission.calibrate import load_kernel_tables
from esapi_bridge.planning.commission.kernel_fit import fit_kernel
from esapi_bridge.planning.physics.spectrum import bremsstrahlung_spectrum

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


@pytest.mark.parametrize("stem", ["10x_fff", "15x", "6x"])
def test_shipped_kernel_is_the_fit_and_keeps_energy(stem: str) -> None:
    folder = files("esapi_bridge.planning.physics") / "data"
    facts = yaml.safe_load((folder / f"{stem}.yaml").read_text())
    shipped = json.loads((folder / f"{stem}_kernel.json").read_text())
    tables = load_kernel_tables().up_to(facts.get("kernel_energy_end_mev", np.inf))
    fitted = fit_kernel(tables, bremsstrahlung_spectrum(**facts["spectrum"]), facts.get("electron_legs", 2))
    for name, values in fitted.items():
        np.testing.assert_allclose(shipped[name], np.asarray(values, dtype=float), atol=1e-6)
    first = np.asarray(shipped["first_amplitude_cm2_g"]) / np.asarray(shipped["first_rate_cm2_g"])
    kept = np.asarray(shipped["amplitude_cm2_g"]) / np.asarray(shipped["rate_cm2_g"])
    assert first.sum() == pytest.approx(1.0, abs=2e-4)
    assert kept[:, :2].sum() == pytest.approx(1.0 if shipped["turning_share"] else 0.0, abs=2e-4)
    assert kept[:, 2].sum() == pytest.approx(1.0, abs=2e-4)
