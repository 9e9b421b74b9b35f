"""Dose grids: how they tile and what they cover."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Grid, Jaws, PatientPosition, Unit, Volume
from esapi_bridge.case.grid import IDENTITY
from esapi_bridge.planning.engines import dose_grids, dose_in_body, physics_engines, respaced
from esapi_bridge.planning.fields import open_beam
from tests.planning.water import RADIUS_MM, water_cylinder


def test_fine_voxels_tile_coarse_voxels_exactly() -> None:
    subject = water_cylinder()
    grids = dose_grids(subject.ct, subject.body)
    assert grids.fine.size == tuple(4 * n for n in grids.coarse.size)
    for axis in range(3):
        means = grids.fine.coordinates_mm(axis).reshape(-1, 4).mean(axis=1)
        np.testing.assert_allclose(means, grids.coarse.coordinates_mm(axis), atol=1e-9)


def test_grids_cover_the_body_and_stay_within_the_ct() -> None:
    subject = water_cylinder()
    grid = dose_grids(subject.ct, subject.body, margin_mm=5.0).coarse
    for axis in (0, 1):
        edges = grid.coordinates_mm(axis)[[0, -1]] + [-2.5, 2.5]
        assert edges[0] <= -RADIUS_MM - 2
        assert edges[1] >= RADIUS_MM + 2
    edges = grid.coordinates_mm(2)[[0, -1]] + [-2.5, 2.5]
    assert edges[0] >= -62 - 1e-6
    assert edges[1] <= 58 + 1e-6
    assert grid.size[2] == 24


def test_grids_end_where_a_cropped_ct_ends() -> None:
    subject = water_cylinder()
    grid = subject.ct.grid
    cut = Grid((24, *grid.size[1:]), grid.spacing_mm, (-30.0, *grid.origin_mm[1:]))
    begin = round((-30.0 - grid.origin_mm[0]) / grid.spacing_mm[0])
    part = slice(begin, begin + 24)
    ct = Volume(subject.ct.values[:, :, part], cut, subject.ct.unit)
    fine = dose_grids(ct, subject.body[:, :, part]).fine
    edges = fine.coordinates_mm(0)[[0, -1]] + [-0.625, 0.625]
    assert edges[0] >= -31.25 - 1e-6
    assert edges[1] <= 28.75 + 1e-6
    assert edges[1] - edges[0] == 60


def test_planes_are_a_part_of_both_grids() -> None:
    grids = dose_grids(water_cylinder().ct, water_cylinder().body)
    part = grids.planes(3, 7)
    np.testing.assert_allclose(part.coarse.coordinates_mm(2), grids.coarse.coordinates_mm(2)[3:8])
    np.testing.assert_allclose(part.fine.coordinates_mm(2), grids.fine.coordinates_mm(2)[12:32])
    assert part.fine.size[:2] == grids.fine.size[:2]


@pytest.mark.parametrize("direction", [IDENTITY, (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)])
def test_another_spacing_fills_the_same_box(direction: tuple[float, ...]) -> None:
    coarse = Grid((6, 5, 4), (5.0, 5.0, 5.0), (10.0, -20.0, 30.0), direction)
    fine = respaced(coarse, 1.25)
    assert fine.size == (24, 20, 16)
    # Four fine voxels to a coarse one along each axis: the first coarse centre lies amid the first 4x4x4.
    np.testing.assert_allclose(fine.to_patient((1.5, 1.5, 1.5)), coarse.to_patient((0, 0, 0)))
    np.testing.assert_allclose(fine.to_patient((21.5, 17.5, 13.5)), coarse.to_patient((5, 4, 3)))
    odd = respaced(coarse, 2.0)
    assert odd.size == (15, 12, 10)
    centre = odd.to_patient((np.array(odd.size) - 1) / 2)
    np.testing.assert_allclose(centre, coarse.to_patient((np.array(coarse.size) - 1) / 2))


def test_z_range_limits_and_must_overlap() -> None:
    subject = water_cylinder()
    grid = dose_grids(subject.ct, subject.body, z_range_mm=(-20, 1e3)).coarse
    assert grid.origin_mm[2] - 2.5 >= -20
    assert grid.size[2] == 15
    with pytest.raises(ValueError, match="overlap"):
        dose_grids(subject.ct, subject.body, z_range_mm=(500, 600))


@pytest.mark.parametrize("name", ["coarse", "fine"])
def test_what_lies_outside_the_body_changes_nothing(name: str) -> None:
    """A slab of bone between source and patient must leave the dose as it is, and get none itself."""
    grid = Grid((24, 24, 24), (5.0, 5.0, 5.0), (-57.5, -57.5, -57.5))
    hu = np.full(grid.shape, -1000.0, np.float32)
    hu[:, 10:20, 4:20] = 0.0
    body = hu > -500
    with_slab = hu.copy()
    with_slab[:, 2:5] = 1000.0
    beam = open_beam(1, (0.0, 10.0, 0.0), Jaws(-20, 20, -20, 20), 0.0)
    engine = getattr(physics_engines(), name)
    alone, behind = (
        dose_in_body(engine, Volume(ct, grid, Unit.HU), body, beam, grid, PatientPosition.HFS).gy
        for ct in (hu, with_slab)
    )
    assert alone.max() > 0.5
    np.testing.assert_allclose(behind, alone, atol=1e-5 * alone.max())
    assert behind[:, :8].max() == 0.0
