"""The unit of fluence, against a dose calculation in a water box."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Grid, Jaws, Unit, Volume
from esapi_bridge.planning.fields import ENERGIES, open_beam
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence


@pytest.mark.parametrize("energy", list(ENERGIES))
def test_fluence_1_is_1_gy_at_10_cm_depth_of_an_open_10x10_field(energy: str) -> None:
    model = load_beam_model(energy)
    # The surface lies at y = -100 mm, the isocentre 10 cm below it.
    grid = Grid((9, 80, 9), (2.5, 2.5, 2.5), (-10.0, -98.75, -10.0))
    water = Volume(np.zeros(grid.shape, np.float32), grid, Unit.HU)
    beam = replace(open_beam(1, (0, 0, 0), Jaws(-50, 50, -50, 50), 0, energy=energy), meterset_mu=mu_per_fluence(model))
    dose = pencil_beam(water, beam, model, Grid((1, 1, 1), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)))
    assert float(dose.gy[0, 0, 0]) == pytest.approx(1.0, rel=0.003)


def test_a_monitor_unit_of_6_mv_10_cm_deep_is_what_is_published() -> None:
    """66.4 % of 1 cGy with the surface at 100 cm; Eclipse's own maps say 0.667 cGy (docs/explanation/fluence.md).

    At the isocentre, where `mu_per_fluence` takes it, it is a fifth more.
    """
    model = load_beam_model("6X")
    grid = Grid((9, 80, 9), (2.5, 2.5, 2.5), (-10.0, 1.25, -10.0))  # the surface lies at the isocentre
    water = Volume(np.zeros(grid.shape, np.float32), grid, Unit.HU)
    beam = replace(open_beam(1, (0, 0, 0), Jaws(-50, 50, -50, 50), 0, energy="6X"), meterset_mu=1.0)
    dose = pencil_beam(water, beam, model, Grid((1, 1, 1), (1.0, 1.0, 1.0), (0.0, 100.0, 0.0)))
    assert float(dose.gy[0, 0, 0]) == pytest.approx(0.00664, rel=0.02)
    assert 1 / mu_per_fluence(model) == pytest.approx(1.21 * float(dose.gy[0, 0, 0]), rel=0.01)


def test_a_model_without_pencil_table_has_no_unit() -> None:
    with pytest.raises(ValueError, match="pencil"):
        mu_per_fluence(replace(load_beam_model("10X-FFF"), pencil=None))
