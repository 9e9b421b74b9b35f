"""The HU calibration and the medium correction at the materials they are known for."""

import numpy as np
import pytest

from esapi_bridge.planning.physics.density import density_from_hu, medium_over_water


@pytest.mark.parametrize(("hu", "density"), [(-1000, 0.0012), (0, 1.0), (-1024, 0.0012), (5000, 2.8)])
def test_known_densities(hu: float, density: float) -> None:
    assert density_from_hu(np.array([hu], np.float32))[0] == pytest.approx(density, abs=1e-3)


def test_density_never_falls_with_hu() -> None:
    assert (np.diff(density_from_hu(np.arange(-1100, 4000, dtype=np.float32))) >= 0).all()


def test_cortical_bone_takes_a_tenth_less_than_water() -> None:
    """Water to cortical bone stopping-power ratio at megavoltage energies is about 1.11 (Siebers et al. 2000)."""
    assert 1 / medium_over_water(np.array([1.85], np.float32))[0] == pytest.approx(1.11, abs=0.015)
    assert medium_over_water(np.array([1.0], np.float32))[0] == 1.0
