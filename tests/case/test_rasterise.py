"""Masks against areas and volumes known by formula."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.path import Path as Polygon

from esapi_bridge.case import Grid, Structure
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.errors import RefusedError

GRID = Grid((121, 101, 21), (0.5, 0.5, 1.0), (-30.0, -25.0, -10.0))


def structure(*contours) -> Structure:
    return Structure(3, "S", "ORGAN", (0, 0, 0), tuple(np.asarray(c, dtype=float) for c in contours))


def circle(radius_mm: float, z_mm: float, centre=(0.0, 0.0), points: int = 720):
    angle = np.arange(points) * 2 * np.pi / points
    x, y = centre[0] + radius_mm * np.cos(angle), centre[1] + radius_mm * np.sin(angle)
    return np.stack([x, y, np.full(points, z_mm)], axis=1)


def box(x0, x1, y0, y1, z):
    return [[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]]


@pytest.mark.parametrize("radius_mm", [3.3, 9.1, 20.0])
def test_area_of_a_circle(radius_mm: float) -> None:
    mask = rasterise(structure(circle(radius_mm, 0.0, (0.13, -0.21))), GRID)
    assert mask[10].sum() * 0.25 == pytest.approx(np.pi * radius_mm**2, rel=0.01)
    assert not np.delete(mask, 10, axis=0).any()


@pytest.mark.parametrize("turn", [1, -1])
def test_a_ring_has_its_hole_whatever_way_the_contours_run(turn: int) -> None:
    mask = rasterise(structure(circle(20, 0.0), circle(10, 0.0)[::turn]), GRID)
    assert mask[10].sum() * 0.25 == pytest.approx(np.pi * (20**2 - 10**2), rel=0.01)
    assert not mask[10, 50, 60]


def test_an_island_in_a_hole_is_inside() -> None:
    assert rasterise(structure(circle(20, 0.0), circle(10, 0.0), circle(4, 0.0)), GRID)[10, 50, 60]


def test_a_keyhole_contour_is_a_ring() -> None:
    outer, inner = circle(20, 0.0), circle(10, 0.0)
    keyhole = np.concatenate([outer, outer[:1], inner[:1], inner[::-1]])
    ring = rasterise(structure(outer, inner), GRID)
    assert np.count_nonzero(rasterise(structure(keyhole), GRID) ^ ring) <= 1


def test_a_ragged_polygon_agrees_with_another_library() -> None:
    rng = np.random.default_rng(4)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 60))
    radius = rng.uniform(5, 24, 60)
    ragged = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(60)], axis=1)
    j, i = np.indices(GRID.shape[1:])
    points = GRID.to_patient(np.stack([i, j, np.full_like(i, 10)], axis=-1))[..., :2].reshape(-1, 2)
    expected = Polygon(ragged[:, :2]).contains_points(points).reshape(GRID.shape[1:])
    assert np.array_equal(rasterise(structure(ragged), GRID)[10], expected)


def test_volume_of_a_sphere_contoured_every_2_mm_on_a_1_mm_grid() -> None:
    heights = np.arange(-8.0, 8.5, 2.0)
    sphere = structure(*(circle(np.sqrt(9.0**2 - z**2), z) for z in heights))
    volume_mm3 = rasterise(sphere, GRID).sum() * GRID.voxel_volume_mm3
    slabs_mm3 = sum(2.0 * np.pi * (9.0**2 - z**2) for z in heights)
    assert volume_mm3 == pytest.approx(slabs_mm3, rel=0.01)
    assert volume_mm3 == pytest.approx(4 / 3 * np.pi * 9.0**3, rel=0.02)


def test_a_gap_between_planes_stays_empty() -> None:
    planes = structure(*(box(-5, 5, -5, 5, z) for z in (-8, -6, -4, 4, 6, 8)))
    filled = np.flatnonzero(rasterise(planes, GRID).any(axis=(1, 2))) - 10
    assert filled.tolist() == [-9, -8, -7, -6, -5, -4, 3, 4, 5, 6, 7, 8]


def test_an_uneven_step_is_bridged() -> None:
    planes = structure(*(box(-5, 5, -5, 5, z) for z in (-6, -4, -1, 1)))
    filled = np.flatnonzero(rasterise(planes, GRID).any(axis=(1, 2))) - 10
    assert filled.tolist() == list(range(-7, 2))


def test_neighbours_share_an_edge_but_no_voxel() -> None:
    left, right = structure(box(-10, 0, -5, 5, 0)), structure(box(0, 10, -5, 5, 0))
    whole = structure(box(-10, 10, -5, 5, 0))
    a, b = rasterise(left, GRID), rasterise(right, GRID)
    assert not (a & b).any()
    assert np.array_equal(a | b, rasterise(whole, GRID))
    assert a.sum() * 0.25 == 100


@pytest.mark.parametrize("margin", [5.0, 500.0])
def test_a_contour_beyond_the_grid_is_cut(margin: float) -> None:
    around = structure(box(-30 - margin, 30 + margin, -25 - margin, 25 + margin, 0))
    assert rasterise(around, GRID)[10].all()
    beside = structure(box(30 + margin, 40 + margin, -5, 5, 0))
    assert not rasterise(beside, GRID).any()


@pytest.mark.parametrize(
    "direction", [(-1, 0, 0, 0, -1, 0, 0, 0, 1), (0, -1, 0, 1, 0, 0, 0, 0, 1), (1, 0, 0, 0, -1, 0, 0, 0, -1)]
)
def test_the_same_points_are_inside_on_a_turned_grid(direction) -> None:
    contour = box(-7.1, 12.3, 2.2, 9.4, 0.0)
    origin = -Grid(GRID.size, GRID.spacing_mm, (0, 0, 0), direction).to_patient((60, 50, 10))
    grid = Grid(GRID.size, GRID.spacing_mm, tuple(origin.tolist()), direction)
    k, j, i = np.nonzero(rasterise(structure(contour), grid))
    points = grid.to_patient(np.stack([i, j, k], axis=-1))
    assert len(points) == 39 * 14  # centres every 0.5 mm between -7.1 and 12.3, and between 2.2 and 9.4
    assert points.min(axis=0) == pytest.approx([-7.0, 2.5, 0.0])
    assert points.max(axis=0) == pytest.approx([12.0, 9.0, 0.0])


def test_sagittal_contours_on_a_sagittal_grid() -> None:
    grid = Grid((41, 31, 5), (1, 1, 2), (-4.0, -20.0, -15.0), (0, 0, 1, 1, 0, 0, 0, 1, 0))
    contour = np.array([[0.0, -5.5, -3.5], [0.0, 5.5, -3.5], [0.0, 5.5, 3.5], [0.0, -5.5, 3.5]])
    mask = rasterise(structure(contour), grid)
    assert mask[2].sum() == 11 * 7
    assert mask.sum() == 11 * 7


def test_contours_across_the_slices_are_refused() -> None:
    tilted = box(-5, 5, -5, 5, 0)
    tilted[0][2] = 1.0
    with pytest.raises(RefusedError, match="parallel"):
        rasterise(structure(tilted), GRID)


def test_points_lines_and_nothing_enclose_nothing() -> None:
    assert not rasterise(structure([[0, 0, 0]], [[0, 0, 0], [5, 5, 0]]), GRID).any()
    assert not rasterise(structure(), GRID).any()


def test_a_contour_must_be_points_in_space() -> None:
    with pytest.raises(ValueError, match="n, 3"):
        structure([[0, 0], [1, 0], [1, 1]])
