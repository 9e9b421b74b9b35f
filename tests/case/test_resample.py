from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Grid, Unit, Volume
from esapi_bridge.case.resample import resample, to_image
from tests.case.conftest import TURNED, volume


def plane(points_mm):
    """A linear field, which linear interpolation reproduces exactly."""
    return 3.0 + points_mm @ np.array([0.5, -1.25, 2.0])


def sampled(grid: Grid) -> Volume:
    k, j, i = np.indices(grid.shape)
    return Volume(plane(grid.to_patient(np.stack([i, j, k], axis=-1))).astype(np.float32), grid, Unit.GY)


@pytest.mark.parametrize("direction", [TURNED, (-1.0, 0, 0, 0, -1.0, 0, 0, 0, 1.0), (1.0, 0, 0, 0, 0, 1.0, 0, -1.0, 0)])
def test_a_linear_field_is_reproduced(direction) -> None:
    source = sampled(Grid((20, 21, 22), (3.0, 3.0, 3.0), (-30.0, -30.0, -30.0)))
    target = Grid((7, 8, 9), (1.3, 1.7, 2.1), (0.4, 1.1, -2.3), direction)
    found = resample(source, target, outside=-1.0)
    assert found.grid == target
    assert found.unit is Unit.GY
    assert np.allclose(found.values, sampled(target).values, atol=1e-4)


def test_each_fine_voxel_of_a_coarse_one_averages_to_it_in_a_linear_field() -> None:
    coarse = sampled(Grid((6, 6, 6), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0)))
    fine = resample(coarse, Grid((24, 24, 24), (1.25, 1.25, 1.25), (-1.875, -1.875, -1.875)), outside=0.0)
    means = fine.values.reshape(6, 4, 6, 4, 6, 4).mean(axis=(1, 3, 5))
    assert np.allclose(means[1:-1, 1:-1, 1:-1], coarse.values[1:-1, 1:-1, 1:-1], atol=1e-4)


def test_outside_starts_half_a_voxel_beyond_the_last_centre() -> None:
    source = Volume(np.full((3, 3, 3), 2.0, np.float32), Grid((3, 3, 3), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0)), Unit.HU)
    line = Grid((4, 1, 1), (1.0, 1.0, 1.0), (8.5, 4.0, 4.0))
    assert resample(source, line, outside=-1000.0).values.ravel().tolist() == [2.0, 2.0, -1000.0, -1000.0]


def test_the_same_grid_gives_the_same_volume() -> None:
    source = volume((4, 5, 6), Unit.HU, 1)
    assert resample(source, source.grid, outside=0.0) is source


def test_an_image_carries_the_geometry() -> None:
    source = volume((4, 5, 6), Unit.HU, 1)
    image = to_image(source)
    assert image.GetSize() == source.grid.size
    assert image.GetPixel(3, 1, 2) == source.values[2, 1, 3]
    assert np.allclose(image.TransformIndexToPhysicalPoint((3, 1, 2)), source.grid.to_patient((3, 1, 2)))
