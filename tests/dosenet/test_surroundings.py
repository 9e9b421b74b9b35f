"""What is collected around voxels, against SciPy's interpolation, and which voxels are wanted."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from dosenet.surroundings import Surroundings
from dosenet.surroundings_kernel import DOSE_SCALE, MIDDLE_DENSITY, MIDDLE_DOSE, SPREAD_DENSITY, SPREAD_DOSE
from dosenet.surroundings_layout import (
    BOXED,
    DOWNSTREAM,
    INPUTS,
    LINE,
    SKIN_KIND,
    STEEP_KIND,
    UPSTREAM,
)

SHAPE = (14, 17, 19)


def volumes(seed: int = 3) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    return rng.random(SHAPE, dtype=np.float32), rng.random(SHAPE, dtype=np.float32)


@pytest.mark.parametrize("voxel", [(6, 8, 9), (0, 0, 0), (13, 16, 18), (1, 15, 9)], ids=str)
def test_boxes_and_ray_are_what_scipy_finds(voxel: tuple[int, int, int]) -> None:
    """Beyond the faces both repeat the outermost voxels."""
    share, density = volumes()
    source = (4.0, -300.0, 21.5)
    (found,) = Surroundings(share, density, source).of(np.array([np.ravel_multi_index(voxel, SHAPE)]))
    own = share[voxel]
    z, y, x = voxel
    padded = [np.pad(volume, 3, mode="edge")[z : z + 7, y : y + 7, x : x + 7] for volume in (density, share)]
    boxes = [np.r_[around[1:6, 1:6, 1:6].ravel(), around[::3, ::3, ::3].ravel()] for around in padded]
    np.testing.assert_allclose(found[:BOXED], (boxes[0] - MIDDLE_DENSITY) / SPREAD_DENSITY, atol=1e-5)
    expected = (boxes[1] - own) * DOSE_SCALE
    expected[62] = (own - MIDDLE_DOSE) / SPREAD_DOSE
    np.testing.assert_allclose(found[BOXED : 2 * BOXED], expected, atol=1e-5)
    along = np.array([x, y, z]) - source
    along /= np.linalg.norm(along)
    steps = np.arange(-UPSTREAM, DOWNSTREAM + 1)
    places = np.array(voxel)[:, None] + steps * along[::-1, None]
    line = [ndimage.map_coordinates(volume, places, order=1, mode="nearest") for volume in (density, share)]
    np.testing.assert_allclose(found[2 * BOXED :][:LINE], (line[0] - MIDDLE_DENSITY) / SPREAD_DENSITY, atol=1e-4)
    np.testing.assert_allclose(found[2 * BOXED + LINE :][:LINE], (line[1] - own) * DOSE_SCALE, atol=1e-4)
    np.testing.assert_allclose(found[-4:], [*along, 1.0], atol=1e-6)


def test_without_a_source_there_is_no_ray() -> None:
    share, density = volumes()
    voxels = np.arange(0, share.size, 97)
    with_ray, without = (Surroundings(share, density, source).of(voxels) for source in ((4.0, -300.0, 21.5), None))
    assert without.shape == (voxels.size, INPUTS)
    np.testing.assert_array_equal(without[:, : 2 * BOXED], with_ray[:, : 2 * BOXED])
    assert not without[:, 2 * BOXED :].any()


def test_a_volume_of_a_single_plane_has_surroundings() -> None:
    share = np.ones((1, 4, 5), np.float32)
    found = Surroundings(share, share, (2.0, -50.0, 0.0)).of(np.arange(share.size))
    assert np.isfinite(found).all()
    assert not found[:, BOXED : BOXED + 62].any(), "no dose differs from the voxel's own"


def test_skin_and_steep_dose_are_found() -> None:
    """A step of dose across a block of tissue: its outer three voxels are skin, the two at the step are steep."""
    inside = np.zeros((20, 20, 20), bool)
    inside[2:18, 2:18, 2:18] = True
    share = np.where(np.arange(20) < 10, 1.0, 0.9).astype(np.float32) * inside
    planes = np.arange(20) != 9
    kinds, weight = Surroundings(share, share, None).wanted(inside, planes)
    core = np.zeros_like(inside)
    core[5:15, 5:15, 5:15] = True
    expected = np.where(core, 0, SKIN_KIND) * inside
    expected[5:15, 5:15, 9:11] = STEEP_KIND
    expected[9] = 0
    np.testing.assert_array_equal(kinds, expected)
    np.testing.assert_array_equal(weight, expected > 0)


def test_the_end_of_a_grid_is_no_skin() -> None:
    even = np.ones((8, 9, 10), np.float32)
    kinds, weight = Surroundings(even, even, None).wanted(even > 0, np.ones(8, bool))
    assert not kinds.any()
    assert not weight.any()


@pytest.mark.parametrize(
    ("level", "change", "expected"),
    [
        (0.5, 0.015, 0.0),
        (0.5, 0.0175, 0.25),
        (0.5, 0.02, 0.5),
        (0.5, 0.03, 1.0),
        (0.03, 0.02, 0.5),
        (0.025, 0.02, 0.25),
    ],
)
def test_a_correction_fades_in_with_dose_and_slope(level: float, change: float, expected: float) -> None:
    share = (level + change * (np.arange(9) - 4)[None, None, :] * np.ones((7, 8, 1))).astype(np.float32)
    _, weight = Surroundings(share, share, None).wanted(np.ones(share.shape, bool), np.ones(7, bool))
    assert weight[3, 4, 4] == pytest.approx(expected, abs=1e-4)
