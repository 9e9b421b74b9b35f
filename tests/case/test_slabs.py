"""How much height each plane of contours stands for, against volumes known by formula."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Grid, Structure
from esapi_bridge.case.planimetry import volume_mm3
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.case.slabs import MOST_ON_A_PLANE, solid_of
from esapi_bridge.case.structure import UnusableStructureError
from tests.cases import ellipse

RADIUS_MM = 15.0
AREA_MM2 = np.pi * RADIUS_MM**2
GRID = Grid((81, 81, 81), (0.5, 0.5, 1.0), (-20.0, -20.0, -40.0))


def cylinder(heights_mm, radius_mm: float = RADIUS_MM) -> list[np.ndarray]:
    return list(ellipse((0, 0), (radius_mm, radius_mm), np.asarray(heights_mm, dtype=float)))


def structure(contours) -> Structure:
    return Structure(7, "secret name", "PTV", (0, 0, 0), tuple(np.asarray(c, dtype=float) for c in contours))


def at(contour: np.ndarray, z_mm: float) -> np.ndarray:
    moved = contour.copy()
    moved[:, 2] = z_mm
    return moved


def height_mm(contours, slice_mm: float | None = None) -> float:
    """Height of a cylinder by planimetry and by its mask, which must agree."""
    whole = structure(contours)
    by_contours = volume_mm3(solid_of(whole, slice_mm=slice_mm)) / AREA_MM2
    mask_mm3 = rasterise(whole, GRID, slice_mm).sum() * GRID.voxel_volume_mm3
    assert mask_mm3 / AREA_MM2 == pytest.approx(by_contours, abs=1.1)
    return by_contours


EVERY_3_MM = np.arange(-15.0, 16.0, 3.0)  # 11 planes


@pytest.mark.parametrize("beside_mm", [0.01, 0.4, 1.0, -0.4])
@pytest.mark.parametrize("slice_mm", [None, 2.5, 3.0])
def test_a_left_over_contour_beside_a_plane_shrinks_nothing(beside_mm: float, slice_mm: float | None) -> None:
    clean = cylinder(EVERY_3_MM)
    assert height_mm([*clean, at(clean[5], beside_mm)], slice_mm) == pytest.approx(33.0, rel=0.001)
    dot = ellipse((0, 0), (2, 2), np.array([0.4]))
    assert height_mm([*clean, *dot], slice_mm) == pytest.approx(33.0, rel=0.001)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_left_overs_beside_every_plane_shrink_nothing(times: int) -> None:
    beside = [0.35 * n for n in range(times + 1)]
    heights = np.add.outer(EVERY_3_MM, beside).ravel()
    assert height_mm(cylinder(heights), 2.5) == pytest.approx(33.0, abs=0.6)


def test_two_halves_of_a_slice_at_heights_rounded_apart_are_one_slice() -> None:
    whole = cylinder(EVERY_3_MM)
    middle = whole.pop(5)
    halves = [middle[middle[:, 1] >= -1e-9], middle[middle[:, 1] <= 1e-9]]
    for apart in (0.01, 0.09, 0.3):
        assert height_mm([*whole, halves[0], at(halves[1], apart)], 3.0) == pytest.approx(33.0, rel=0.005)


def test_a_structure_on_one_slice_is_as_thick_as_the_slices_of_the_ct() -> None:
    assert height_mm(cylinder([4.0]), 2.5) == pytest.approx(2.5, rel=0.001)


def test_two_slices_far_apart_are_two_slices() -> None:
    for apart in (7.5, 10.0, 25.0, 33.3):
        assert height_mm(cylinder([0.0, apart]), 2.5) == pytest.approx(5.0, rel=0.001)
    assert height_mm(cylinder([-20.0, 10.0, 12.5]), 2.5) == pytest.approx(7.5, rel=0.001)


@pytest.mark.parametrize("kept", [slice(None, None, 2), slice(0, 2), slice(0, 6)])
def test_single_missing_slices_are_filled_and_said(kept: slice) -> None:
    """Drawn on every second slice, wholly or in its lower part, it is as high as drawn on every one."""
    heights = np.arange(-15.0, 15.1, 2.5)
    drawn = np.concatenate([heights[:6:2], heights[6:]]) if kept == slice(0, 6) else heights[kept]
    if kept == slice(0, 2):
        drawn = heights[[0, 2]]
    last_mm = drawn[-1] - drawn[0] + 2.5
    assert height_mm(cylinder(drawn), 2.5) == pytest.approx(last_mm, rel=0.001)
    missing = round((drawn[-1] - drawn[0]) / 2.5) + 1 - len(drawn)
    assert f"{missing}" in str(solid_of(structure(cylinder(drawn)), slice_mm=2.5).remarks)


def test_a_larger_gap_parts_the_structure_and_is_said() -> None:
    heights = [-10.0, -7.5, -5.0, 5.0, 7.5, 10.0]
    assert height_mm(cylinder(heights), 2.5) == pytest.approx(15.0, rel=0.001)
    assert solid_of(structure(cylinder(heights)), slice_mm=2.5).remarks == ("gaps in height that part it: 1",)


@pytest.mark.parametrize(("step_mm", "slice_mm", "ends_mm"), [(1.0, 2.5, 1.0), (3.0, 2.5, 3.0), (7.5, 2.5, 2.5)])
def test_a_structure_drawn_on_other_planes_than_the_ct_keeps_its_step(
    step_mm: float, slice_mm: float, ends_mm: float
) -> None:
    heights = step_mm * np.arange(6)
    assert height_mm(cylinder(heights), slice_mm) == pytest.approx(5 * step_mm + ends_mm, rel=0.001)


def test_slices_rounded_to_a_tenth_are_slices_of_the_ct() -> None:
    heights = np.round(2.54 * np.arange(11), 1)
    solid = solid_of(structure(cylinder(heights)), slice_mm=2.54)
    assert volume_mm3(solid) / AREA_MM2 == pytest.approx(heights[-1] + 2.54, rel=0.001)
    assert solid.remarks == ()


@pytest.mark.parametrize("rounding_mm", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("turn", [1, -1])
def test_contours_stored_twice_count_once(rounding_mm: float, turn: int) -> None:
    """However the copy runs, wherever it begins, and with coordinates rounded otherwise."""
    contours = cylinder(EVERY_3_MM)
    rng = np.random.default_rng(1)
    copies = [np.roll(c, 17, axis=0)[::turn] + np.append(rng.uniform(-1, 1, 2) * rounding_mm, 0) for c in contours]
    assert height_mm([*contours, *copies], 3.0) == pytest.approx(33.0, rel=0.001)
    assert solid_of(structure([*contours, *copies])).remarks == ("contours stored twice, counted once: 11",)
    holes = cylinder(EVERY_3_MM, 5.0)
    ring = structure([*contours, *holes, *copies, *holes])
    assert volume_mm3(solid_of(ring)) == pytest.approx(np.pi * (15**2 - 5**2) * 33, rel=0.002)


def test_lines_and_points_enclose_nothing_and_are_counted() -> None:
    lines = [[[0, 0, 0], [5, 5, 0], [10, 10, 0]], [[1, 1, 0]], [[0, 0, 0], [2, 0, 0]], np.empty((0, 3))]
    solid = solid_of(structure([*cylinder(EVERY_3_MM), *lines]))
    assert solid.remarks == ("contours that enclose nothing: 4",)
    assert solid_of(structure(lines)).slabs == ()


def test_contours_that_nobody_drew_end_early() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=float)
    many = [square + np.array([3.0 * n, 0, 0]) for n in range(MOST_ON_A_PLANE + 1)]
    with pytest.raises(UnusableStructureError, match=r"structure 7: .*at most 2000 contours"):
        solid_of(structure(many))
    with pytest.raises(ValueError, match="10000 mm"):
        structure([square * 1e9])
    with pytest.raises(ValueError, match="10000 mm"):
        structure([square * np.nan])


@pytest.mark.parametrize("slope", [6e-4, -9e-4])
def test_contours_on_a_ct_whose_directions_are_rounded_are_on_planes(slope: float) -> None:
    """Two columns 300 mm apart on one tilted CT lie on common planes, not on planes beside each other."""
    both = [c + np.array([x, 0, 0]) for c in cylinder(EVERY_3_MM) for x in (-150.0, 150.0)]
    tilted = [np.column_stack([c[:, :2], c[:, 2] + slope * c[:, 0]]) for c in both]
    tilted[0][:, 2] += 0.01  # as rounded otherwise
    wide = [np.array([[-200.0, y, z] for y in (40.0, 41.0)] + [[200.0, 41.0, z]]) for z in EVERY_3_MM]
    tilted += [np.column_stack([c[:, :2], c[:, 2] + slope * c[:, 0]]) for c in wide]
    straight = solid_of(structure([*both, *wide]), slice_mm=3.0)
    found = solid_of(structure(tilted), slice_mm=3.0)
    assert len(found.slabs) == len(straight.slabs) == len(EVERY_3_MM)
    assert volume_mm3(found) == pytest.approx(volume_mm3(straight), rel=1e-3)


def test_between_planes_each_part_ends_at_its_first_and_last_plane_and_a_lone_one_stays() -> None:
    whole = solid_of(structure(cylinder([-10.0, -7.5, -5.0, 5.0, 20.0, 22.5])), slice_mm=2.5)
    heights = [(slab.bottom_mm, slab.top_mm) for slab in whole.between_planes().slabs]
    assert heights == [(-10, -8.75), (-8.75, -6.25), (-6.25, -5), (3.75, 6.25), (20, 21.25), (21.25, 22.5)]
    assert volume_mm3(whole.between_planes()) / AREA_MM2 == pytest.approx(5.0 + 2.5 + 2.5, rel=0.001)
    assert volume_mm3(whole) / AREA_MM2 == pytest.approx(6 * 2.5, rel=0.001)


def test_a_refusal_names_the_number_only() -> None:
    tilted = cylinder([0.0])[0]
    tilted[:, 2] += np.tan(np.radians(2)) * tilted[:, 1]
    with pytest.raises(UnusableStructureError) as refused:
        solid_of(structure([tilted]))
    assert str(refused.value).startswith("structure 7: contours must be parallel")
    assert "secret" not in str(refused.value)
