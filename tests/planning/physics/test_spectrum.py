"""The analytic spectrum against published figures of the same form."""

import numpy as np
import pytest

from esapi_bridge.planning.physics.spectrum import bremsstrahlung_spectrum, water_attenuation


@pytest.mark.parametrize(
    ("parameters", "mean_mev"),
    [((5.76, 1.222, 5.147, -1.186), 1.60), ((10.46, 0.702, 6.226, -1.285), 2.84)],
    ids=["Varian 6 MV", "Varian 10 MV"],
)
def test_mean_energy_of_published_beams(parameters: tuple[float, float, float, float], mean_mev: float) -> None:
    """Mean energies of Ali and Rogers' fits to the Varian beams, as pyRadMC computes them."""
    spectrum = bremsstrahlung_spectrum(*parameters)
    photons = spectrum.energy_fluence / spectrum.energy_mev
    assert np.average(spectrum.energy_mev, weights=photons) == pytest.approx(mean_mev, rel=0.04)


def test_energy_fluence_is_a_share() -> None:
    assert bremsstrahlung_spectrum(10.5, 0.7, 5.1, -1.2).energy_fluence.sum() == pytest.approx(1.0)


def test_attenuation_between_nodes_follows_klein_nishina() -> None:
    """Compton scattering dominates at 0.7 MeV: 3.343e23 electrons a gram times the Klein-Nishina cross section."""
    a = 0.7 / 0.510999
    log = np.log(1 + 2 * a)
    bracket = (1 + a) / a**2 * (2 * (1 + a) / (1 + 2 * a) - log / a) + log / (2 * a) - (1 + 3 * a) / (1 + 2 * a) ** 2
    expected = 3.343e23 * 2 * np.pi * (2.8179403e-13) ** 2 * bracket
    assert water_attenuation(np.array([0.7]))[0] == pytest.approx(expected, rel=0.005)
