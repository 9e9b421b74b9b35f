import numpy as np
import pytest
import torch

from fluencenet.bev import BevGrid
from fluencenet.field import FIELD_MARGIN_MM, field_shadow, fitting_px, placed, shadow_box, window
from fluencenet.scene import BeamAxes, FluenceImage, Lattice, Scene

AXES = BeamAxes(np.array([0.0, -1000, 0]), np.zeros(3), np.array([1.0, 0, 0]), np.array([0.0, 0, 1]))


def scene(box_mm=((-20, 30), (40, 60), (-15, 25))) -> Scene:
    """A box of PTV between the given limits along x, y, z; voxels of 5 mm."""
    z, y, x = np.meshgrid(*([np.arange(-100, 101, 5.0)] * 3), indexing="ij")
    labels = np.ones(x.shape, np.uint8)
    (x0, x1), (y0, y1), (z0, z1) = box_mm
    labels[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1) & (z >= z0) & (z <= z1)] = 10
    lattice = Lattice((5.0,) * 3, (-100.0,) * 3)
    return Scene(labels, lattice, labels.astype(np.float32), lattice, 2.0)


def test_the_shadow_of_a_box_is_that_of_its_nearer_edge() -> None:
    # The source is 1000 mm in front (-y) of the isocentre; the box's near face lies at y = 40.
    left, right, low, high = shadow_box(scene(), AXES)
    assert (left, right) == pytest.approx((-20 / 1.04, 30 / 1.04))
    assert (low, high) == pytest.approx((-15 / 1.04, 25 / 1.04))


def test_windows_are_about_the_shadow_and_on_the_pixels_of_a_map() -> None:
    grid = window(scene(), AXES, 32)
    middle_x = grid.x_origin_mm + 2.5 * 31 / 2
    middle_y = grid.y_origin_mm - 2.5 * 31 / 2
    assert middle_x == pytest.approx(5 / 1.04, abs=1.26)
    assert middle_y == pytest.approx(5 / 1.04, abs=1.26)
    assert grid.x_origin_mm % 2.5 == pytest.approx(1.25)
    aligned = window(scene(), AXES, 32, FluenceImage(np.ones((4, 4), np.float32), -7.0, 3.0))
    assert (aligned.x_origin_mm + 7.0) % 2.5 == pytest.approx(0.0)
    assert (aligned.y_origin_mm - 3.0) % 2.5 == pytest.approx(0.0)


def test_the_window_grows_with_the_field() -> None:
    assert fitting_px(scene(), AXES, 80, 8) == 80
    wide = fitting_px(scene(((-95, 95), (40, 60), (-15, 25))), AXES, 80, 8)
    assert wide >= (190 / 1.04 + 2 * FIELD_MARGIN_MM) / 2.5
    assert wide % 8 == 0


def test_fluence_is_allowed_in_the_shadow_and_its_margin() -> None:
    grid = BevGrid.centred(48, 48)
    allowed = field_shadow(scene(), AXES, grid)
    x, y = np.meshgrid(grid.x_mm, grid.y_mm)
    inside = (x > -22 / 1.04) & (x < 32 / 1.04) & (y > -17 / 1.04) & (y < 27 / 1.04)
    outside = (x < -23 - 13) | (x > 33 + 13) | (y < -18 - 13) | (y > 28 + 13)
    assert allowed.numpy()[inside].all()
    assert not allowed.numpy()[outside].any()


def test_maps_are_placed_by_their_pixels() -> None:
    image = FluenceImage(np.arange(1, 7, dtype=np.float32).reshape(2, 3), 1.25, 3.75)
    grid = BevGrid(6, 6, -3.75, 8.75)
    found = placed(image, grid)
    assert torch.equal(found[2:4, 2:5], torch.from_numpy(image.values))
    assert float(found.sum()) == image.values.sum()
    with pytest.raises(ValueError, match="coincide"):
        placed(image, BevGrid(6, 6, -3.0, 8.75))
    with pytest.raises(ValueError, match="outside"):
        placed(image, BevGrid(3, 3, -3.75, 8.75))


def test_a_scene_without_target_is_refused() -> None:
    with pytest.raises(ValueError, match="PTV"):
        window(scene(((1, 2), (1, 2), (1, 2))), AXES, 32)
