"""Dose lattices that end within the patient, against whole ones."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Grid, Jaws, Unit, Volume
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.physics import collapsed_cone, load_beam_model
from esapi_bridge.planning.physics.surroundings import surrounded

CT = Grid((44, 44, 44), (4.0, 4.0, 4.0), (-86.0, -86.0, -86.0))


@pytest.mark.slow
def test_a_lattice_that_cuts_through_the_patient_gives_the_dose_of_a_whole_one() -> None:
    """At its face towards the source dose has built up outside it."""
    water = Volume(values=np.zeros(CT.shape, np.float32), grid=CT, unit=Unit.HU)
    beam, model = open_beam(1, (0.0, 0.0, 0.0), Jaws(-35, 25, -20, 50), 20.0), load_beam_model("15X")
    whole = Grid((64, 64, 64), (2.75, 2.75, 2.75), (-86.625,) * 3)
    x, y, z = whole.to_patient((16, 10, 18)).tolist()
    part = Grid((32, 32, 32), whole.spacing_mm, (x, y, z))
    expected = collapsed_cone(water, beam, model, whole).gy
    found = collapsed_cone(water, beam, model, part).gy
    assert np.abs(found - expected[18:50, 10:42, 16:48]).max() < 0.03 * expected.max()


def test_it_is_widened_as_far_as_there_is_tissue() -> None:
    density = np.zeros(CT.shape, np.float32)
    density[:, 10:, :30] = 1.0
    grid = Grid((10, 8, 6), (5.0, 5.0, 5.0), (-10.0, -40.0, -80.0))
    wide = surrounded(density, CT, grid)
    low, high = wide.grid.origin_mm, wide.grid.to_patient(np.asarray(wide.grid.size) - 1)
    assert low[0] == -40.0, "30 mm of tissue"
    assert low[1] == -45.0, "tissue fades from the voxel at -46 mm to air at -50 mm"
    assert low[2] == -85.0, "the CT ends at -88 mm"
    assert high[0] == 35.0, "air from 34 mm on, but the lattice itself is kept"
    assert high[2] == -25.0, "30 mm of tissue"
    assert wide.density_g_cm3.shape == wide.grid.shape
    np.testing.assert_allclose(wide.grid.to_patient([s.start for s in wide.inner[::-1]]), grid.origin_mm)
    assert [s.stop - s.start for s in wide.inner] == list(grid.shape)


def test_in_air_and_on_the_lattice_of_the_ct_it_stays_as_it_is() -> None:
    grid = Grid((10, 8, 6), (5.0, 5.0, 5.0), (-10.0, -40.0, -60.0))
    assert surrounded(np.zeros(CT.shape, np.float32), CT, grid).grid == grid
    assert surrounded(np.ones(CT.shape, np.float32), CT, CT).grid == CT
