import numpy as np
import pytest
import torch

from fluencenet.dose_table import SimpleDoseTable
from fluencenet.estimate import estimate
from fluencenet.field import placed, window
from fluencenet.simple_dose import PlanRays, dose_gy, dose_weights, fit
from tests.fluencenet import toy


@pytest.fixture(scope="module")
def table() -> SimpleDoseTable:
    return fit([toy.toy_case(seed=seed) for seed in (11, 12)])


def test_the_table_fitted_to_plans_is_the_law_they_were_made_with(table: SimpleDoseTable) -> None:
    # One Gaussian of 3 mm and exponential attenuation: the wide term has nothing to add.
    for depth in (30.0, 50.0, 75.0):
        k = table.depths_mm.index(depth)
        assert table.table[0][k] == pytest.approx(np.exp(-toy.MU_PER_MM * depth), rel=0.05)
        assert abs(table.table[1][k]) < 0.1


def test_the_simple_dose_is_the_dose_of_a_plan_not_fitted(table: SimpleDoseTable) -> None:
    case = toy.toy_case(seed=3)
    beams = [b.axes for b in case.beams]
    grids = [window(case.scene, b.axes, 36, b.fluence) for b in case.beams]
    maps = torch.stack([placed(b.fluence, g) for b, g in zip(case.beams, grids, strict=True)])
    rays = PlanRays.of(case.scene, beams, grids, point_spacing_mm=4.0)
    found = dose_gy(table, rays, dose_weights(table, rays), maps)
    assert float((found - rays.dose_gy).abs().mean() / rays.dose_gy.mean()) < 0.02
    doubled = dose_gy(table, rays, dose_weights(table, rays), 2 * maps)
    torch.testing.assert_close(doubled, 2 * found)


def test_depths_and_places_are_those_of_the_rays() -> None:
    case = toy.toy_case(seed=4)
    beams = [b.axes for b in case.beams]
    grids = [window(case.scene, axes, 36) for axes in beams]
    rays = PlanRays.of(case.scene, beams, grids, point_spacing_mm=12.0)
    # Find each point again from its place, depth and inverse square, and ask the cylinder how deep it lies.
    for number, (axes, grid) in enumerate(zip(beams, grids, strict=True)):
        column, row = ((rays.places[number, 0] + 1) / 2 * 35).double().unbind(-1)
        across = np.outer(grid.x_origin_mm + 2.5 * column, axes.x_axis) + np.outer(
            grid.y_origin_mm - 2.5 * row, axes.y_axis
        )
        ray = (axes.isocentre_mm + across - axes.source_mm) / np.sqrt(rays.inverse_square[number].double().numpy())[
            :, None
        ]
        expected = toy.skin_depth_mm(axes.source_mm + ray, axes.source_mm)
        seen = (rays.places[number, 0].abs() <= 1).all(-1).numpy()
        difference = rays.depth_mm[number].numpy() - expected
        assert np.abs(difference[seen]).mean() < 1.5  # voxels of the body are 4 mm
        assert np.abs(difference[seen]).max() < 5.0


def test_the_estimate_tells_the_beams_apart(table: SimpleDoseTable) -> None:
    case = toy.toy_case(seed=5)
    beams = [b.axes for b in case.beams]
    grids = [window(case.scene, b.axes, 36, b.fluence) for b in case.beams]
    maps = torch.stack([placed(b.fluence, g) for b, g in zip(case.beams, grids, strict=True)])
    found = estimate(case.scene, beams, grids, table)
    inside = maps > 0
    assert (
        float((found - maps)[inside].abs().mean() / maps[inside].mean()) < 0.13
    )  # the edge of the field is sharper than a few steps find
    sums = found.sum((1, 2)) / maps.sum((1, 2))
    assert sums.tolist() == pytest.approx([1.0] * 3, abs=0.03)
    assert float(found.min()) >= 0
    assert not found[:, :2].any()  # the shadow of the target and its margin do not reach there


def test_tables_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="one row per width"):
        SimpleDoseTable((3.0,), (0.0, 10.0), ((1.0,),))
