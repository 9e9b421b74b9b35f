"""Point doses: slabs whose errors are put there by the test are found there, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Beam
from esapi_bridge.commissioning.compared import Compared, Figures
from esapi_bridge.commissioning.depth import depth_figures
from esapi_bridge.commissioning.quantities import BEHIND_BONE, BEHIND_LUNG, BUILD_UP, LUNG
from tests.commissioning.fields import Points, compared, depth_mm

LUNG_MM, BONE_MM = (50.0, 90.0), (150.0, 165.0)
ENDS_MM = 8.0
"""Voxels on either side of a border take their CT number from both slabs, and so do rays that are not straight down."""


def slabs(points: Points) -> np.ndarray:
    depth = depth_mm(points)
    hu = np.where((depth > LUNG_MM[0]) & (depth < LUNG_MM[1]), -750.0, 0.0)
    return np.where((depth > BONE_MM[0]) & (depth < BONE_MM[1]), 700.0, hu)


def dose(points: Points) -> np.ndarray:
    depth = np.clip(depth_mm(points), 0, None)
    return 2 * np.exp(-depth / 250) * (1 - 0.7 * np.exp(-depth / 6))


def raised(percent: float, begin_mm: float, end_mm: float, points: Points) -> np.ndarray:
    depth = depth_mm(points)
    return dose(points) * np.where((depth > begin_mm) & (depth < end_mm), 1 + percent / 100, 1.0)


def figures(found: Compared) -> Figures:
    assert isinstance(found.beam, Beam)
    return depth_figures(found, found.beam)


def test_equal_doses_differ_nowhere() -> None:
    found = figures(compared(dose, dose, slabs))
    assert set(found) == {BUILD_UP, LUNG, BEHIND_LUNG, BEHIND_BONE}
    assert max(found.values()) == 0


@pytest.mark.parametrize(
    ("where", "begin_mm", "end_mm"),
    [
        (LUNG, LUNG_MM[0] - ENDS_MM, LUNG_MM[1] + ENDS_MM),
        (BEHIND_LUNG, LUNG_MM[1] + 2, LUNG_MM[1] + 55),
        (BEHIND_BONE, BONE_MM[1] + 2, BONE_MM[1] + 35),
    ],
)
def test_an_error_is_found_where_it_is(where: str, begin_mm: float, end_mm: float) -> None:
    found = figures(compared(dose, lambda points: raised(5, begin_mm, end_mm, points), slabs))
    assert found[where] == pytest.approx(5, abs=0.05)
    others = set(found) - {where}
    # Points next to the slab are among those behind it.
    assert all(found[name] < 5.01 for name in others)
    assert found[BUILD_UP] == 0


def test_the_build_up_agrees_within_two_millimetres_or_tells_the_local_difference() -> None:
    deeper = lambda mm: lambda points: dose(points - (0.0, mm, 0.0))
    assert figures(compared(dose, deeper(1.0)))[BUILD_UP] == 0
    assert figures(compared(dose, deeper(6.0)))[BUILD_UP] > 10
    low = figures(compared(dose, lambda points: 0.7 * dose(points)))[BUILD_UP]
    assert low == pytest.approx(30, abs=0.5)


def test_what_is_not_crossed_is_not_measured() -> None:
    """Water has neither lung nor bone, and a dose that falls from the surface on no build-up."""
    assert set(figures(compared(dose, dose))) == {BUILD_UP}
    falling = lambda points: np.exp(-np.clip(depth_mm(points), 0, None) / 200)
    assert figures(compared(falling, falling)) == {}


def test_a_ray_that_grazes_the_body_has_no_build_up_before_the_skin() -> None:
    """What lies before the skin, here 20 mm at -700 HU with doses that differ, is not counted."""
    cloth = lambda points: np.where(depth_mm(points) < 20, -700.0, 0.0)
    other = lambda points: dose(points) * np.where(depth_mm(points) < 16, 0.5, 1.0)
    found = figures(compared(dose, other, cloth))
    assert found.get(BUILD_UP, 0.0) == 0
