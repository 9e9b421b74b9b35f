"""Doses and CT on the lattice of the pair store: found at the places in the patient where they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator

from dosenet.lattice import CoarseDose, coarse_lattice
from esapi_bridge.case import Grid, Volume
from esapi_bridge.case.orientation import axes_of_position, dose_along_patient_axes, reindex
from esapi_bridge.case.position import PatientPosition
from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.engines import DoseGrids
from esapi_bridge.training_data.paired_image import PairedImage
from tests.cases import points_of
from tests.training_data.paired import (
    CENTRE_MM,
    COARSE_GRID,
    FINE_GRID,
    HALF_LENGTH_MM,
    RADII_MM,
    dose_on,
    field_beam,
    gray_at,
    in_body,
    water_case,
    water_field,
)

BEAM = field_beam()


@pytest.fixture(scope="module")
def image() -> PairedImage:
    return PairedImage.of(water_case())


@pytest.fixture(scope="module")
def grids(image: PairedImage) -> DoseGrids:
    return image.grids_of(dose_on(COARSE_GRID, BEAM, 6.0))


def test_the_grids_tile_go_through_the_dose_s_voxels_and_cover_the_body(grids: DoseGrids) -> None:
    np.testing.assert_allclose(np.mod(np.subtract(grids.coarse.origin_mm, COARSE_GRID.origin_mm), 5.0), 0.0, atol=1e-9)
    for axis in range(3):
        fine = grids.fine.coordinates_mm(axis).reshape(-1, 4).mean(axis=1)
        np.testing.assert_allclose(fine, grids.coarse.coordinates_mm(axis), atol=1e-9)
    low, high = (np.array(grids.coarse.to_patient(i)) for i in ((-0.5,) * 3, np.array(grids.coarse.size) - 0.5))
    body = np.array([RADII_MM[0], RADII_MM[1], HALF_LENGTH_MM])
    np.testing.assert_array_less(low, (*CENTRE_MM, 0.0) - body - [4.9, 4.9, 0.0])
    np.testing.assert_array_less((*CENTRE_MM, 0.0) + body + [4.9, 4.9, 0.0], high)
    assert np.all(high - low < 2 * body + 10.0 + 10.0), "no more than that and two voxels"


def test_ct_and_body_lie_where_they_did(image: PairedImage, grids: DoseGrids) -> None:
    hu, body = image.ct_hu(grids), image.body(grids)
    truth = in_body(points_of(grids.fine))
    ct = image.case.ct
    axes = tuple(ct.grid.coordinates_mm(axis) for axis in (2, 1, 0))
    nearby = RegularGridInterpolator(axes, ct.values, bounds_error=False, fill_value=None)
    wanted = nearby(points_of(grids.fine)[..., ::-1])
    np.testing.assert_allclose(hu[4:-4], wanted[4:-4], atol=0.51)
    z = np.abs(grids.fine.coordinates_mm(2)) < HALF_LENGTH_MM - 3
    assert (body[z] == truth[z]).mean() > 0.995
    assert abs(int(body[z].sum()) - int(truth[z].sum())) < 0.01 * truth[z].sum()


def test_doses_of_the_store_s_own_voxels_are_copied(image: PairedImage, grids: DoseGrids) -> None:
    field = water_field()
    found = image.doses(field.coarse.dose, field.fine.dose, grids)
    assert not found.interpolated
    shared = in_grid(grids.coarse, COARSE_GRID)
    np.testing.assert_array_equal(found.coarse[shared], field.coarse.dose.gy.reshape(-1))
    kept = grids.planes(found.z_start // 4, found.z_start // 4 + len(found.fine) // 4 - 1).fine
    formula = gray_at(points_of(kept), BEAM, 4.0).astype(np.float32)
    inner = in_grid(kept, FINE_GRID)
    np.testing.assert_array_equal(found.fine[inner], formula[inner])
    # The planes of at least 5 % of the maximum, and one more at either end.
    highest = found.coarse.max(axis=(1, 2)) / found.coarse.max()
    first, last = np.flatnonzero(highest >= 0.05)[[0, -1]]
    assert (found.z_start, len(found.fine)) == (4 * (first - 1), 4 * (last - first + 3))


@pytest.mark.parametrize("shift_mm", [(1.3, 1.1, 0.9), (0.0, 0.0, 2.5)])
def test_other_lattices_are_interpolated_where_they_lie(
    image: PairedImage, grids: DoseGrids, shift_mm: tuple[float, float, float]
) -> None:
    coarse, fine = (moved(grid, shift_mm) for grid in (COARSE_GRID, FINE_GRID))
    doses = dose_on(coarse, BEAM, 12.0), dose_on(fine, BEAM, 12.0)
    found = image.doses(*doses, grids)
    assert found.interpolated
    kept = grids.planes(found.z_start // 4, found.z_start // 4 + len(found.fine) // 4 - 1).fine
    for got, grid, dose in ((found.coarse, grids.coarse, doses[0]), (found.fine, kept, doses[1])):
        axes = tuple(dose.grid.coordinates_mm(axis) for axis in (2, 1, 0))
        known = np.all([(c[0] <= p) & (p <= c[-1]) for c, p in zip(axes, places(grid), strict=True)], axis=0)
        wanted = RegularGridInterpolator(axes, dose.gy, bounds_error=False)(points_of(grid)[..., ::-1])
        np.testing.assert_allclose(got[known], wanted[known], atol=2e-6)
    # The middle of the field is where it was, to a tenth of a millimetre.
    for axis in range(3):
        weights = found.fine.astype(np.float64)
        centre = (weights * points_of(kept)[..., axis]).sum() / weights.sum()
        truth = gray_at(points_of(kept), BEAM, 12.0)
        assert centre == pytest.approx((truth * points_of(kept)[..., axis]).sum() / truth.sum(), abs=0.1)


def test_a_dose_of_another_spacing_goes_where_a_prediction_would_take_it(image: PairedImage) -> None:
    dose = dose_on(Grid((23, 17, 15), (4.0, 4.0, 4.0), (-41.0, -39.0, -26.0)), BEAM, 6.0)
    there = coarse_lattice(CoarseDose(dose.gy, (4.0, 4.0, 4.0), dose.grid.origin_mm).lattice)
    steps = np.subtract(image.grids_of(dose).coarse.origin_mm, there.origin_mm) / 5.0
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)


def test_a_turned_dose_is_the_same(image: PairedImage, grids: DoseGrids) -> None:
    field = water_field()
    prone = [
        replace(dose, volume=reindex(dose.volume, axes_of_position(PatientPosition.FFP)))
        for dose in (field.coarse.dose, field.fine.dose)
    ]
    straight, turned = (
        image.doses(dose_along_patient_axes(a), dose_along_patient_axes(b), grids)
        for a, b in ((field.coarse.dose, field.fine.dose), prone)
    )
    np.testing.assert_array_equal(straight.coarse, turned.coarse)
    np.testing.assert_array_equal(straight.fine, turned.fine)


def test_a_fine_dose_that_ends_early_is_refused(image: PairedImage, grids: DoseGrids) -> None:
    coarse, whole = dose_on(COARSE_GRID, BEAM, 6.0), FINE_GRID
    short = Grid((*whole.size[:2], whole.size[2] // 2), whole.spacing_mm, whole.origin_mm)
    with pytest.raises(RefusedError, match="fine dose on all planes that the field reaches"):
        image.doses(coarse, dose_on(short, BEAM, 4.0), grids)
    narrow = Grid((whole.size[0] // 2, *whole.size[1:]), whole.spacing_mm, whole.origin_mm)
    with pytest.raises(RefusedError, match="fine dose wherever the body has dose"):
        image.doses(coarse, dose_on(narrow, BEAM, 4.0), grids)


def test_only_planes_that_are_known_are_kept(image: PairedImage, grids: DoseGrids) -> None:
    """The plane beyond those of a twentieth is left out where the fine dose does not reach it."""
    field = water_field()
    whole = image.doses(field.coarse.dose, field.fine.dose, grids)
    above = whole.z_start + len(whole.fine)
    top_mm = grids.fine.coordinates_mm(2)[above - 2]
    planes = int((FINE_GRID.coordinates_mm(2) < top_mm).sum())
    cut = Grid((*FINE_GRID.size[:2], planes), FINE_GRID.spacing_mm, FINE_GRID.origin_mm)
    part = image.doses(field.coarse.dose, dose_on(cut, BEAM, 4.0), grids)
    assert (part.z_start, len(part.fine)) == (whole.z_start, len(whole.fine) - 4)
    np.testing.assert_array_equal(part.fine, whole.fine[:-4])


def test_a_body_that_cannot_be_filled_is_refused() -> None:
    case = water_case()
    with pytest.raises(RefusedError, match="one body outline that can be filled, found 0"):
        PairedImage.of(replace(case, structures=()))


def test_the_digest_is_of_the_image_however_it_is_stored() -> None:
    case = water_case()
    digest = PairedImage.of(case).digest
    turned = replace(case, ct=reindex(case.ct, axes_of_position(PatientPosition.HFP)), patient_key="f" * 16)
    assert PairedImage.of(turned).digest == digest
    ct = case.ct
    one_voxel = np.array(ct.values)
    one_voxel[3, 4, 5] += 1
    assert PairedImage.of(replace(case, ct=replace(ct, values=one_voxel))).digest != digest
    moved_ct = Volume(ct.values, moved(ct.grid, (0.0, 0.0, 0.5)), ct.unit)
    assert PairedImage.of(replace(case, ct=moved_ct)).digest != digest


def moved(grid: Grid, shift_mm: tuple[float, float, float]) -> Grid:
    x, y, z = (float(v) for v in np.add(grid.origin_mm, shift_mm))
    return Grid(grid.size, grid.spacing_mm, (x, y, z))


def places(grid: Grid) -> list[NDArray[np.float64]]:
    """Positions of all voxels along z, y and x."""
    points = points_of(grid)
    return [points[..., axis] for axis in (2, 1, 0)]


def in_grid(target: Grid, source: Grid) -> NDArray[np.bool_]:
    """Voxels of the target that lie in the source."""
    return np.asarray(source.holds(points_of(target)))
