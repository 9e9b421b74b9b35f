"""Volumes of contours by shoelace, and masks held against them."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Grid, Structure
from esapi_bridge.case.planimetry import box_of, missed_volume, volume_mm3
from esapi_bridge.case.rasterise import fill, rasterise
from esapi_bridge.case.slabs import solid_of
from esapi_bridge.case.structure import UnusableStructureError
from tests.cases import ellipse

HEIGHTS_MM = np.arange(-8.75, 9, 2.5)  # 8 planes, 20 mm
GRID = Grid((41, 41, 11), (2.5, 2.5, 2.5), (-50.0, -50.0, -12.5))


def structure(*contours) -> Structure:
    return Structure(9, "S", "", (0, 0, 0), tuple(np.asarray(c, dtype=float) for c in contours))


def circle(radius_mm: float, centre=(0.0, 0.0)):
    return ellipse(centre, (radius_mm, radius_mm), HEIGHTS_MM)


def of(whole: Structure) -> float:
    return volume_mm3(solid_of(whole, slice_mm=2.5))


def test_a_ring_is_one_however_its_hole_is_written() -> None:
    outer, inner = circle(30), circle(15)
    keyhole = [np.concatenate([o, o[:1], i[:1], i[::-1]]) for o, i in zip(outer, inner, strict=True)]
    expected = pytest.approx(np.pi * (30**2 - 15**2) * 20, rel=0.001)
    assert of(structure(*outer, *inner)) == expected
    assert of(structure(*outer, *(c[::-1] for c in inner))) == expected
    assert of(structure(*keyhole)) == expected
    island = circle(5)
    assert of(structure(*outer, *inner, *island)) == pytest.approx(np.pi * (30**2 - 15**2 + 5**2) * 20, rel=0.001)


def test_the_part_within_a_box() -> None:
    """Half a cylinder, half of its height: a quarter; a ring with its hole likewise."""
    ring = solid_of(structure(*circle(30), *circle(15)), slice_mm=2.5)
    quarter = np.array([[0.0, -100, -100], [100, 100, 0]])
    assert volume_mm3(ring, quarter) == pytest.approx(volume_mm3(ring) / 4, rel=1e-9)
    assert volume_mm3(ring, quarter + np.array([200.0, 0, 0])) == 0
    assert box_of(GRID).tolist() == [[-51.25, -51.25, -13.75], [51.25, 51.25, 13.75]]


def test_a_mask_as_its_contours_is_passed_on_lattices_of_any_size() -> None:
    rng = np.random.default_rng(3)
    for spacing in ((2.5, 2.5, 2.5), (5, 5, 5), (1.25, 4.0, 2.0), (0.7, 0.7, 9.0)):
        for _ in range(5):
            grid = Grid((60, 60, 12), spacing, tuple(rng.uniform(-60, -20, 3).tolist()))
            radius, centre = rng.uniform(2, 30), rng.uniform(-9, 9, 2)
            taper = ellipse(tuple(centre), (radius, radius / 2), HEIGHTS_MM, 12.0)
            rasterise(structure(*taper, *circle(60.0)), grid, 2.5)


def test_a_wrong_mask_is_found() -> None:
    whole = structure(*ellipse((0, 0), (30, 25), HEIGHTS_MM))
    solid = solid_of(whole, slice_mm=2.5)
    mask = fill(solid, GRID)
    assert missed_volume(solid, mask, GRID) is None
    half = mask.copy()
    half[:6] = False
    assert missed_volume(solid, half, GRID) is not None
    assert missed_volume(solid, ~mask, GRID) is not None
    assert missed_volume(solid, np.zeros_like(mask), GRID) is not None


@pytest.mark.filterwarnings("error")
def test_contours_of_one_point_have_no_solid() -> None:
    """Systems leave such ones behind; nothing is divided by their area."""
    spots = [np.repeat(plane[:1] * [0.1, 0.1, 1.0], 4, axis=0) for plane in circle(25)]
    assert of(structure(*circle(25), *spots)) == of(structure(*circle(25)))


@pytest.mark.parametrize(
    "contours",
    [
        [*circle(20), *circle(20, (15.0, 0.0))],
        [[[-30, -30, z], [30, 30, z], [30, -30, z], [-30, 30, z]] for z in HEIGHTS_MM],
        [np.concatenate([c, c]) for c in circle(25)],
    ],
    ids=["two that cross", "one that crosses itself", "one that goes round twice"],
)
def test_contours_that_even_odd_filling_would_cut_are_refused(contours) -> None:
    with pytest.raises(UnusableStructureError, match=r"structure 9: its mask must have the volume of its contours"):
        rasterise(structure(*contours), GRID, 2.5)
