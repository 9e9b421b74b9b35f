"""Comparing doses whose gamma is known by formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dosenet.gamma import Criterion
from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.case.orientation import reindex
from esapi_bridge.errors import BridgeError
from esapi_bridge.report.difference import compare_doses
from esapi_bridge.report.gamma import gamma_pass

CRITERION = Criterion(2.0, 2.0)
GRID = Grid((30, 12, 10), (2.0, 2.0, 2.0), (-29.0, -11.0, -9.0))

Field = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def dose(field: Field, grid: Grid = GRID) -> Dose:
    k, j, i = np.indices(grid.shape)
    points = grid.to_patient(np.stack([i, j, k], axis=-1))
    return Dose(Volume(field(points).astype(np.float32), grid, Unit.GY), DoseKind.PLAN)


def flat(gy: float) -> Field:
    return lambda p: np.full(p.shape[:-1], gy)


def ramp(shift_mm: float = 0.0) -> Field:
    """2 Gy at x = 100 mm, 1 Gy at 0, so 0.01 Gy/mm."""
    return lambda p: 1.0 + 0.01 * (p[..., 0] - shift_mm)


def test_a_dose_agrees_with_itself() -> None:
    found = compare_doses(dose(ramp()), dose(ramp()), CRITERION)
    assert found.gamma_pass_percent == 100.0
    assert found.voxels == 30 * 12 * 10
    assert (found.mean_difference_gy, found.max_difference_gy, found.mse_relative) == (0.0, 0.0, 0.0)
    assert found.criterion == "2 %/2 mm, global (max), 10 % cut-off, 3600 voxels"


@pytest.mark.parametrize(("criterion", "expected"), [(Criterion(2.0, 2.0), 0.0), (Criterion(3.0, 2.0), 100.0)])
def test_a_flat_dose_is_judged_by_dose_alone(criterion: Criterion, expected: float) -> None:
    found = compare_doses(dose(flat(2.0)), dose(flat(2.05)), criterion)
    assert found.gamma_pass_percent == expected
    assert found.mean_difference_gy == pytest.approx(0.05, abs=1e-6)
    assert found.mean_difference_percent == pytest.approx(2.5, abs=1e-4)
    assert found.max_difference_percent == pytest.approx(2.5, abs=1e-4)
    assert found.mse_relative == pytest.approx(0.025**2, rel=1e-4)


@pytest.mark.parametrize(("relative", "expected"), [(0.95, 100.0), (1.05, 0.0)])
def test_a_shifted_ramp_passes_up_to_the_shift_that_theory_gives(relative: float, expected: float) -> None:
    """Along a ramp of slope g, gamma of a shift s is s / sqrt(distance^2 + (tolerance / g)^2)."""
    # Judged away from the borders of the shifted dose, where the search would be cut off.
    reference = dose(ramp(), Grid((20, 6, 4), (2.0, 2.0, 2.0), (-19.0, -5.0, -3.0)))
    limit_mm = np.hypot(2.0, 0.02 * float(reference.gy.max()) / 0.01)
    found = compare_doses(reference, dose(ramp(relative * limit_mm)), CRITERION)
    assert found.gamma_pass_percent == expected


def test_grids_of_different_steps_are_compared_where_they_are() -> None:
    fine = Grid((96, 32, 24), (0.5, 0.5, 0.5), (-23.75, -7.75, -5.75))
    for a, b in [(GRID, fine), (fine, GRID)]:
        found = compare_doses(dose(ramp(), a), dose(ramp(), b), CRITERION)
        assert found.gamma_pass_percent == 100.0
        assert found.max_difference_gy < 1e-5
        assert found.mse_relative < 1e-9


def test_voxels_beyond_the_other_grid_are_left_out_and_counted() -> None:
    half = Grid((15, 12, 10), GRID.spacing_mm, GRID.origin_mm)
    found = compare_doses(dose(flat(1.0)), dose(flat(1.0), half), CRITERION)
    assert (found.gamma_pass_percent, found.voxels, found.voxels_out_of_reach) == (100.0, 1800, 1800)
    assert found.max_difference_gy == 0.0


@pytest.mark.parametrize("direction", [(-1, 0, 0, 0, -1, 0, 0, 0, 1), (0, -1, 0, 1, 0, 0, 0, 0, 1)])
def test_a_turned_grid_is_compared_point_by_point(direction: tuple[float, ...]) -> None:
    centre = Grid((61, 61, 21), (1.0, 1.0, 1.0), (0, 0, 0), direction).to_patient((30, 30, 10))
    turned = Grid((61, 61, 21), (1.0, 1.0, 1.0), tuple((-centre).tolist()), direction)
    found = compare_doses(dose(ramp()), dose(ramp(), turned), CRITERION)
    assert found.gamma_pass_percent == 100.0
    assert found.max_difference_gy < 1e-5
    both = compare_doses(dose(ramp(), turned), dose(ramp(1.0), turned), CRITERION)
    assert both.mean_difference_gy == pytest.approx(-0.01, abs=1e-5)


AXES_OF_POSITIONS = [
    (-1, 0, 0, 0, 1, 0, 0, 0, -1),  # feet first, supine
    (-1, 0, 0, 0, -1, 0, 0, 0, 1),
    (1, 0, 0, 0, -1, 0, 0, 0, -1),
    (0, 1, 0, -1, 0, 0, 0, 0, 1),
    (0, 0, 1, 0, 1, 0, -1, 0, 0),
]


def wavy(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 + 0.3 * np.sin(p[..., 0] / 9) * np.cos(p[..., 1] / 7) + 0.2 * np.sin(p[..., 2] / 5)


@pytest.mark.parametrize("direction", AXES_OF_POSITIONS)
def test_a_dose_stored_in_another_position_has_the_same_gamma(direction: tuple[float, ...]) -> None:
    """The very voxels of one dose, named by other index axes; gamma is that of the dose as it was."""
    coarse = dose(wavy, Grid((12, 6, 5), (5.0, 5.0, 5.0), (-27.5, -12.5, -10.0)))
    fine = dose(lambda p: 1.03 * wavy(p + 1.6), Grid((48, 24, 20), (1.25,) * 3, (-29.375, -14.375, -11.875)))
    axes = np.asarray(direction, dtype=np.float64).reshape(3, 3)
    stored = replace(fine, volume=reindex(fine.volume, axes))
    assert stored.grid.direction != fine.grid.direction
    expected = compare_doses(coarse, fine, CRITERION)
    assert 20 < expected.gamma_pass_percent < 99
    found = compare_doses(coarse, stored, CRITERION)
    assert found.gamma_pass_percent == pytest.approx(expected.gamma_pass_percent, abs=1e-9)
    assert found.max_difference_gy == pytest.approx(expected.max_difference_gy, abs=1e-6)
    again = compare_doses(replace(coarse, volume=reindex(coarse.volume, axes)), fine, CRITERION)
    assert again.gamma_pass_percent == pytest.approx(expected.gamma_pass_percent, abs=1e-9)


def test_directions_that_differ_by_rounding_are_parallel() -> None:
    coarse = dose(wavy, Grid((12, 6, 5), (5.0, 5.0, 5.0), (-27.5, -12.5, -10.0)))
    fine = dose(lambda p: 1.03 * wavy(p + 1.6), Grid((48, 24, 20), (1.25,) * 3, (-29.375, -14.375, -11.875)))
    a = 2e-6
    rounded = replace(fine.grid, direction=(1.0, -a, 0.0, a, 1.0, 0.0, 0.0, 0.0, 1.0))
    turned = replace(fine, volume=replace(fine.volume, grid=rounded))
    expected, found = compare_doses(coarse, fine, CRITERION), compare_doses(coarse, turned, CRITERION)
    assert found.gamma_pass_percent == pytest.approx(expected.gamma_pass_percent, abs=0.3)  # one voxel of 360


def test_a_local_criterion_is_stricter_where_dose_is_low() -> None:
    def steps(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(p[..., 0] < 0, 1.0, 0.3)

    reference, raised = dose(steps), dose(lambda p: steps(p) + 0.015)
    tight = Criterion(2.0, 0.5)
    assert compare_doses(reference, raised, tight).gamma_pass_percent == 100.0
    local = compare_doses(reference, raised, tight, local=True)
    assert local.gamma_pass_percent == 50.0
    assert "local" in local.criterion


def test_voxels_below_the_cut_off_are_not_judged() -> None:
    def two(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(p[..., 0] < 0, 1.0, 0.05)

    reference = dose(two)
    wrong_below = dose(lambda p: two(p) + np.where(p[..., 0] < 10, 0.0, 0.5))
    assert compare_doses(reference, wrong_below, CRITERION, 10.0).gamma_pass_percent == 100.0
    assert compare_doses(reference, wrong_below, CRITERION, 1.0).gamma_pass_percent == 70.0  # 9 of 30 columns are wrong


def test_voxels_without_dose_are_never_judged() -> None:
    reference = dose(lambda p: np.where(p[..., 0] < 0, 1.0, 0.0))
    found = compare_doses(reference, reference, CRITERION, 0.0, local=True)
    assert (found.voxels, found.gamma_pass_percent) == (1800, 100.0)


@pytest.mark.parametrize("spacing_mm", [1.25, 2.0, 5.0])
def test_the_report_and_the_comparison_of_files_find_the_same_gamma(spacing_mm: float) -> None:
    def wavy(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return ramp()(p) + 0.08 * np.sin(p[..., 0] / 4) * np.cos(p[..., 1] / 3)

    size = tuple(int(s * n / spacing_mm) for s, n in zip(GRID.spacing_mm, GRID.size, strict=True))
    other = dose(wavy, Grid((size[0], size[1], size[2]), (spacing_mm,) * 3, (-28.0, -10.5, -8.0)))
    found, reported = compare_doses(dose(ramp()), other, CRITERION), gamma_pass(dose(ramp()), other, CRITERION)
    assert 10 < found.gamma_pass_percent < 99
    assert reported.pass_percent == found.gamma_pass_percent
    assert (reported.voxels, reported.voxels_out_of_reach) == (found.voxels, found.voxels_out_of_reach)


def test_no_dose_and_no_overlap_are_errors() -> None:
    with pytest.raises(BridgeError, match="hold dose"):
        compare_doses(dose(flat(0.0)), dose(flat(1.0)), CRITERION)
    far = Grid((5, 5, 5), (1.0, 1.0, 1.0), (500.0, 0.0, 0.0))
    with pytest.raises(BridgeError, match="overlap"):
        compare_doses(dose(flat(1.0)), dose(flat(1.0), far), CRITERION)
