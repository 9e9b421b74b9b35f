import numpy as np
import pytest

from esapi_bridge.case import Grid, PatientPosition, Unit, Volume
from esapi_bridge.case.orientation import axes_of_position, reindex, to_lps
from esapi_bridge.errors import BridgeError
from tests.case.positions import IMAGE_ORIENTATION

LEFT, POSTERIOR, HEAD = np.eye(3)


@pytest.mark.parametrize("position", PatientPosition)
def test_picture_columns_fall_to_the_couch_and_the_normal_points_into_the_bore(position):
    towards_couch = {"S": POSTERIOR, "P": -POSTERIOR, "DL": LEFT, "DR": -LEFT}[position[2:]]
    into_bore = HEAD if position.startswith("HF") else -HEAD
    axes = axes_of_position(position)
    np.testing.assert_array_equal(axes[:, 1], towards_couch)
    np.testing.assert_array_equal(axes[:, 2], into_bore)
    assert np.linalg.det(axes) == pytest.approx(1)
    np.testing.assert_array_equal(axes[:, :2].T.ravel(), IMAGE_ORIENTATION[position])


@pytest.mark.parametrize("position", PatientPosition)
def test_reindexing_keeps_each_value_at_its_place(position):
    rng = np.random.default_rng(0)
    volume = Volume(rng.random((4, 3, 5), dtype=np.float32), Grid((5, 3, 4), (1.0, 2.0, 3.0), (7.0, 8.0, 9.0)), Unit.GY)
    turned = reindex(volume, axes_of_position(position))
    for i, j, k in np.ndindex(turned.grid.size):
        source = np.rint(volume.grid.to_index(turned.grid.to_patient((i, j, k)))).astype(int)
        assert turned.values[k, j, i] == volume.values[source[2], source[1], source[0]]
    back = to_lps(turned)
    assert back.grid.matches(volume.grid)
    np.testing.assert_array_equal(back.values, volume.values)


@pytest.mark.parametrize("turn", [5e-4, -9e-4])
def test_axes_off_by_rounding_become_exact_about_the_middle(turn):
    direction = (1.0, -turn, 0.0, turn, 1.0, 0.0, 0.0, 0.0, 1.0)
    grid = Grid((100, 80, 3), (2.0, 2.0, 3.0), (-99.0, -79.0, 5.0), direction)
    straight = to_lps(Volume(np.zeros(grid.shape, np.float32), grid, Unit.HU)).grid
    np.testing.assert_array_equal(straight.axes, np.eye(3))
    middle = (np.array(grid.size) - 1) / 2
    np.testing.assert_allclose(straight.to_patient(middle), grid.to_patient(middle), atol=1e-9)
    assert np.abs(straight.corners_mm() - grid.corners_mm()).max() < 100 * abs(turn) + 1e-6


def test_oblique_axes_are_refused():
    volume = Volume(np.zeros((2, 2, 2), np.float32), Grid((2, 2, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), Unit.HU)
    turn = np.radians(5)
    oblique = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    with pytest.raises(BridgeError, match="must lie parallel to the axes"):
        reindex(volume, oblique)
