from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dosenet.gamma import Criterion
from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.errors import BridgeError
from esapi_bridge.report.gamma import gamma_pass, gamma_plane
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
    found = gamma_pass(flat(1.0), flat(1.0 + off), Criterion(2, 2))
    assert found.pass_percent == passes
    assert found.voxels == 24 * 22 * 20


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
    assert gamma_pass(reference, reference, Criterion(2, 2)).voxels == int((gy >= 0.1).sum())


def test_fine_reference_at_the_edge_of_a_coarse_dose_is_judged_by_its_outer_voxel() -> None:
    fine = Grid((8, 8, 8), (1.25, 1.25, 1.25), (-1.875, -1.875, -1.875))
    coarse = Grid((2, 2, 2), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
    found = gamma_pass(flat(1, fine), flat(1, coarse), Criterion(1, 1))
    assert (found.pass_percent, found.voxels) == (100.0, 512)


def test_the_criterion_is_spelled_out() -> None:
    found = gamma_pass(flat(1), flat(1), Criterion.parse("2%/2mm"))
    assert found.description == "2 %/2 mm, global (max), 10 % cut-off, 10560 voxels"
    half = Grid((12, 22, 20), GRID.spacing_mm, GRID.origin_mm)
    found = gamma_pass(flat(1), flat(1, half), Criterion(2, 2))
    assert found.description == "2 %/2 mm, global (max), 10 % cut-off, 5280 voxels, 5280 out of reach"


def test_no_dose_no_gamma() -> None:
    with pytest.raises(BridgeError, match="above zero"):
        gamma_pass(flat(0), flat(1), Criterion(2, 2))
