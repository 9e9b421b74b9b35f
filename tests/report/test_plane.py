from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Grid, Structure, Unit, Volume
from esapi_bridge.case.resample import sample
from esapi_bridge.report.plane import three_planes

LOW, HIGH = (-50.0, -40.0, -30.0), (50.0, 40.0, 30.0)


def linear(grid: Grid) -> Volume:
    """Values x + 10 y + 100 z, which linear interpolation must return exactly."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    points = grid.to_patient(np.stack([i, j, k], axis=-1))
    return Volume((points @ [1.0, 10.0, 100.0]).astype(np.float32), grid, Unit.HU)


GRIDS = [
    Grid((60, 50, 40), (2.0, 2.0, 2.0), (-59.0, -49.0, -39.0)),
    # Head first prone: rows to the right, columns to the front.
    Grid((60, 50, 40), (2.0, 2.0, 2.0), (59.0, 49.0, -39.0), (-1, 0, 0, 0, -1, 0, 0, 0, 1)),
]


@pytest.mark.parametrize("grid", GRIDS)
def test_planes_show_the_patient_the_radiological_way(grid: Grid) -> None:
    volume = linear(grid)
    axial, coronal, sagittal = three_planes((4.0, 6.0, 8.0), LOW, HIGH)
    # First row is the top of the picture, first column its left.
    a = sample(volume, axial.points_mm())
    assert a[0, 0] == pytest.approx(-50 + 10 * -40 + 100 * 8, rel=1e-5)  # right side, front
    assert a[-1, -1] == pytest.approx(50 + 10 * 40 + 100 * 8, rel=1e-5)  # left side, back
    c = sample(volume, coronal.points_mm())
    assert c[0, 0] == pytest.approx(-50 + 10 * 6 + 100 * 30, rel=1e-5)  # right side, head
    s = sample(volume, sagittal.points_mm())
    assert s[0, 0] == pytest.approx(4 + 10 * -40 + 100 * 30, rel=1e-5)  # front, head
    assert axial.letters == ("R", "L", "A", "P")
    assert coronal.letters == ("R", "L", "H", "F")
    assert sagittal.letters == ("A", "P", "H", "F")


def test_picture_edges_are_half_a_sample_outside() -> None:
    axial, coronal, _ = three_planes((0.0, 0.0, 0.0), LOW, HIGH)
    assert axial.extent_mm == (-50.5, 50.5, 40.5, -40.5)
    assert coronal.extent_mm == (-50.5, 50.5, -30.5, 30.5)


def test_nothing_beyond_the_faces() -> None:
    grid = Grid((3, 3, 3), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    volume = Volume(np.full(grid.shape, 7, np.float32), grid, Unit.GY)
    points = np.array([[-0.9, 2, 2], [-1.1, 2, 2], [4.9, 2, 2], [5.1, 2, 2]])
    assert sample(volume, points, outside=-1).tolist() == [7, -1, 7, -1]


def test_a_structure_is_filled_where_its_contours_are() -> None:
    square = np.array([[-10.0, -20, 0], [30, -20, 0], [30, 5, 0], [-10, 5, 0]])
    contours = tuple(square + np.array([0, 0, z]) for z in np.arange(-10.0, 11, 2))
    structure = Structure(1, "Box", "ORGAN", (1, 2, 3), contours)
    for plane in three_planes((1.5, -3.5, 0.5), LOW, HIGH):
        points = plane.points_mm()
        inside = ((points > [-10, -20, -11]) & (points < [30, 5, 11])).all(axis=-1)
        found = plane.occupancy(structure, 2.0) > 0.5
        assert (found != inside).mean() < 0.02  # samples exactly on an edge may fall either way
        assert found.any()
