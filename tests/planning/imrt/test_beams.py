"""Fields around a target: what they see, by an independent projection."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.case import FluenceMode, Grid
from esapi_bridge.planning.imrt.beams import FLUENCE_MARGIN_MM, GANTRY_DEG, Arrangement, arranged_beams

GRID = Grid((60, 60, 60), (2.5, 2.5, 2.5), (-73.75, -73.75, -73.75))


def box(x_mm: float, y_mm: float, z_mm: float) -> NDArray[np.bool_]:
    """A box of these half widths around (10, -5, 20) mm, where voxel centres lie within."""
    x, y, z = (GRID.coordinates_mm(axis) for axis in range(3))
    inside = (np.abs(z - 20) < z_mm)[:, None, None] & (np.abs(y + 5) < y_mm)[None, :, None]
    return inside & (np.abs(x - 10) < x_mm)[None, None, :]


def test_seven_fields_of_15_mv_around_the_middle_of_the_target() -> None:
    beams = arranged_beams(box(20, 10, 30), GRID)
    assert [beam.control_points[0].gantry_deg for beam in beams] == list(GANTRY_DEG)
    assert {beam.isocentre_mm for beam in beams} == {(10.0, -5.0, 20.0)}
    assert {(beam.energy_mv, beam.fluence_mode, beam.machine) for beam in beams} == {
        (15.0, FluenceMode.STANDARD, "TrueBeam")
    }


@pytest.mark.parametrize(("collimator", "half_x", "half_y"), [(0.0, 20.0, 30.0), (90.0, 30.0, 20.0)])
def test_fluence_covers_the_shadow_and_its_margin(collimator: float, half_x: float, half_y: float) -> None:
    (beam,) = arranged_beams(box(20, 10, 30), GRID, Arrangement(gantry_deg=(0.0,), collimator_deg=collimator))
    fluence, jaws = beam.fluence, beam.control_points[0].jaws
    assert fluence is not None
    rows, columns = np.nonzero(fluence.values)
    x_mm = fluence.x_origin_mm + 2.5 * columns
    y_mm = fluence.y_origin_mm - 2.5 * rows
    # The side of the box towards the source is seen 1 % larger.
    for found, half in ((x_mm, half_x), (y_mm, half_y)):
        expected = (half - 1.25) * 1000 / 991.25 + FLUENCE_MARGIN_MM
        assert (found.min(), found.max()) == (pytest.approx(-expected, abs=2.6), pytest.approx(expected, abs=2.6))
    assert (x_mm.min() >= jaws.x1_mm, x_mm.max() <= jaws.x2_mm) == (True, True)
    assert (y_mm.min() >= jaws.y1_mm, y_mm.max() <= jaws.y2_mm) == (True, True)
    # Pixel edges on whole multiples: two rows make a leaf.
    assert (fluence.x_origin_mm / 2.5) % 1 == pytest.approx(0.5)
    assert (fluence.y_origin_mm / 2.5) % 1 == pytest.approx(0.5)


def test_no_target_no_fields() -> None:
    with pytest.raises(ValueError, match="empty"):
        arranged_beams(np.zeros(GRID.shape, dtype=bool), GRID)
