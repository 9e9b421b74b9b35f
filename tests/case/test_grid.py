from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from esapi_bridge.case import Grid

finite = st.floats(-500, 500)
spacing = st.floats(0.1, 10)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    direction = Rotation.from_euler("xyz", [draw(finite) for _ in range(3)], degrees=True).as_matrix()
    return Grid(
        (draw(st.integers(1, 40)), draw(st.integers(1, 40)), draw(st.integers(1, 40))),
        (draw(spacing), draw(spacing), draw(spacing)),
        (draw(finite), draw(finite), draw(finite)),
        tuple(direction.ravel().tolist()),
    )


@given(grids(), st.tuples(finite, finite, finite))
def test_positions_are_those_of_simpleitk(grid: Grid, index: tuple[float, float, float]) -> None:
    image = sitk.Image(grid.size, sitk.sitkUInt8)
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(grid.direction)
    point = image.TransformContinuousIndexToPhysicalPoint(index)
    assert np.allclose(grid.to_patient(index), point, atol=1e-6)
    assert np.allclose(grid.to_index(point), index, atol=1e-5)


def test_array_axes_are_the_index_axes_reversed() -> None:
    assert Grid((2, 3, 4), (1, 1, 1), (0, 0, 0)).shape == (4, 3, 2)


def test_corners_span_voxel_centres() -> None:
    corners = Grid((3, 4, 5), (1.0, 2.0, 3.0), (10.0, 20.0, 30.0)).corners_mm()
    assert corners.shape == (8, 3)
    assert corners.min(axis=0).tolist() == [10, 20, 30]
    assert corners.max(axis=0).tolist() == [12, 26, 42]


def test_coordinates_of_an_aligned_axis() -> None:
    grid = Grid((3, 1, 1), (2.5, 1.0, 1.0), (-5.0, 0.0, 0.0))
    assert grid.coordinates_mm(0).tolist() == [-5.0, -2.5, 0.0]
    with pytest.raises(ValueError, match="axis-aligned"):
        Grid((3, 1, 1), (1, 1, 1), (0, 0, 0), (-1, 0, 0, 0, -1, 0, 0, 0, 1)).coordinates_mm(0)


def test_matching_grids() -> None:
    grid = Grid((30, 30, 30), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    assert grid.matches(Grid((30, 30, 30), (2.0, 2.0, 2.0), (5e-4, 0.0, 0.0)))
    assert not grid.matches(Grid((30, 30, 30), (2.0, 2.0, 2.0), (5e-3, 0.0, 0.0)))
    assert not grid.matches(Grid((30, 30, 30), (2.0, 2.0, 2.0001), (0.0, 0.0, 0.0)))
    assert not grid.matches(Grid((30, 30, 31), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0)))


def test_directions_orthonormal_but_for_rounding_are_made_so() -> None:
    sheared = np.array([[1.0, 5e-4, 0.0], [0.0, 0.9995, 0.0], [0.0, 0.0, 1.0]])
    axes = Grid((2, 2, 2), (1, 1, 1), (0, 0, 0), tuple(sheared.ravel().tolist())).axes
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert np.abs(axes - sheared).max() < 1e-3
    exact = tuple(np.eye(3).ravel().tolist())
    assert Grid((2, 2, 2), (1, 1, 1), (0, 0, 0), exact).direction == exact


@pytest.mark.parametrize(
    ("size", "spacing_mm", "origin_mm", "direction"),
    [
        ((0, 1, 1), (1, 1, 1), (0, 0, 0), np.eye(3)),
        ((1, 1, 1), (1, 0, 1), (0, 0, 0), np.eye(3)),
        ((1, 1, 1), (1, float("nan"), 1), (0, 0, 0), np.eye(3)),
        ((1, 1, 1), (1, 1, 1), (0, float("inf"), 0), np.eye(3)),
        ((1, 1, 1), (1, 1, 1), (0, 0, 0), np.eye(3) * 1.01),
        ((1, 1, 1), (1, 1, 1), (0, 0, 0), np.zeros((3, 3))),
        ((1, 1, 1), (1, 1, 1), (0, 0, 0), np.full((3, 3), np.nan)),
    ],
)
def test_an_impossible_grid_is_refused(size, spacing_mm, origin_mm, direction) -> None:
    with pytest.raises(ValueError, match="grid"):
        Grid(size, spacing_mm, origin_mm, tuple(direction.ravel().tolist()))
