from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.errors import BridgeError
from esapi_bridge.report.gamma import Criterion, gamma_pass, gamma_plane
from esapi_bridge.report.plane import three_planes

GRID = Grid((24, 22, 20), (2.5, 2.5, 2.5), (-28.75, -26.25, -23.75))


def flat(gy: float, grid: Grid = GRID) -> Dose:
    return Dose(Volume(np.full(grid.shape, gy, np.float32), grid, Unit.GY), DoseKind.PLAN)


def ramp(shift_mm: float, per_mm: float = 0.2) -> Dose:
    x = GRID.coordinates_mm(0) - shift_mm
    gy = np.broadcast_to(10 + per_mm * x, GRID.shape).astype(np.float32)
    return Dose(Volume(gy, GRID, Unit.GY), DoseKind.PLAN)


@pytest.mark.parametrize(
    ("off", "passes"), [(0.0, 100.0), (0.019, 100.0), (-0.019, 100.0), (0.021, 0.0), (-0.021, 0.0)]
)
def test_a_uniform_error_passes_up_to_the_dose_criterion(off: float, passes: float) -> None:
    found = gamma_pass(flat(1.0), flat(1.0 + off), Criterion(2, 2), most_voxels=500)
    assert found.pass_percent == passes
    assert found.voxels == 8 * 8 * 7  # every third of 24, 22 and 20


def test_gamma_of_a_shifted_ramp_is_analytic() -> None:
    # On a ramp of slope g shifted by s, gamma = s / sqrt(dta^2 + (dd / g)^2).
    reference, shift, slope = ramp(0), 1.5, 0.2
    plane = three_planes((0.0, 0.0, 0.0), (-12.0, -12.0, -10.0), (12.0, 12.0, 10.0), 3.0)[0]
    found = gamma_plane(reference, ramp(shift, slope), plane, Criterion(2, 2))
    dose_mm = 0.02 * float(reference.gy.max()) / slope
    assert np.nanmedian(found) == pytest.approx(shift / np.hypot(2, dose_mm), abs=0.03)


def test_low_dose_is_not_judged() -> None:
    gy = np.full(GRID.shape, 0.09, np.float32)
    gy[:, :, 12:] = 1.0
    reference = replace(flat(1), volume=Volume(gy, GRID, Unit.GY))
    assert gamma_pass(reference, reference, Criterion(2, 2), most_voxels=None).voxels == int((gy >= 0.1).sum())


def test_fine_reference_at_the_edge_of_a_coarse_dose_is_judged_by_its_outer_voxel() -> None:
    fine = Grid((8, 8, 8), (1.25, 1.25, 1.25), (-1.875, -1.875, -1.875))
    coarse = Grid((2, 2, 2), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
    found = gamma_pass(flat(1, fine), flat(1, coarse), Criterion(1, 1), most_voxels=None)
    assert (found.pass_percent, found.voxels) == (100.0, 512)


def test_chosen_voxels_stand_for_all() -> None:
    random = np.random.default_rng(2)
    grid = replace(GRID, size=(15, 15, 15))
    noisy = Dose(Volume(random.normal(1, 0.03, grid.shape).astype(np.float32), grid, Unit.GY), DoseKind.PLAN)
    everything = gamma_pass(flat(1, grid), noisy, Criterion(2, 0.1), most_voxels=None)
    chosen = gamma_pass(flat(1, grid), noisy, Criterion(2, 0.1), most_voxels=200)
    assert (everything.voxels, chosen.voxels) == (15**3, 5**3)
    # Within 3 standard deviations of the mean of independent voxels.
    assert chosen.pass_percent == pytest.approx(everything.pass_percent, abs=300 * np.sqrt(0.25 / chosen.voxels))


def test_the_criterion_is_spelled_out() -> None:
    found = gamma_pass(flat(1), flat(1), Criterion.parse("2%/2mm"), most_voxels=100)
    assert found.description == "2 %/2 mm, global (max), 10 % cut-off, 100 voxels"  # every fifth: 5 x 5 x 4


@pytest.mark.parametrize("text", ["2%/2mm", "2/2", " 2 % / 2 mm "])
def test_criterion_is_read(text: str) -> None:
    assert Criterion.parse(text) == Criterion(2, 2)


@pytest.mark.parametrize("text", ["2%", "0/2", "a/b", "2%/2cm", ""])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(BridgeError, match="2%/2mm"):
        Criterion.parse(text)


def test_no_dose_no_gamma() -> None:
    with pytest.raises(BridgeError, match="above zero"):
        gamma_pass(flat(0), flat(1), Criterion(2, 2))
