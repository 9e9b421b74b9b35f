"""Numbers of anatomies made of boxes, whose volumes and distances are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fluencenet.field import PTV
from fluencenet.scene import LABELS, Lattice
from fluencenet.wanted.anatomy import AnatomyRange, anatomy
from fluencenet.wanted.plan_input import Contours

RECTUM, BOWEL = LABELS.index("Rectum"), LABELS.index("Bowel")


def contours(rectum_y: int = 50) -> Contours:
    """A body of 150 x 200 mm, a PTV of 40 x 30 x 50 mm, and a rectum of 20 x 20 x 60 mm behind it."""
    labels = np.zeros((60, 80, 100), np.uint8)
    labels[:, 10:70, 10:90] = 1
    labels[20:40, 30:42, 42:58] = PTV
    labels[10:34, rectum_y : rectum_y + 8, 46:54] = RECTUM
    return Contours(labels, Lattice((2.5,) * 3, (0.0, 0.0, 0.0)))


def test_extents_volumes_and_places_are_those_of_the_boxes() -> None:
    found = anatomy(contours())
    assert (found["body width, mm"], found["body thickness, mm"]) == (200.0, 150.0)
    assert found["PTV volume, cm3"] == pytest.approx(4.0 * 3.0 * 5.0)
    assert [found[f"PTV length along {axis}, mm"] for axis in "xyz"] == [40.0, 30.0, 50.0]
    assert found["rectum volume, cm3"] == pytest.approx(2.0 * 2.0 * 6.0)
    assert found["rectum behind the PTV, mm"] == pytest.approx(45.0)  # centres at 54 and 36 voxels
    assert found["rectum above the PTV, mm"] == pytest.approx(-20.0)  # at 22 and 30
    assert not any(name.startswith("bowel") for name in found), "nothing is said of an organ that is absent"


def test_nearness_is_the_share_within_a_centimetre_of_the_target() -> None:
    # Touching: 4 of 8 rows, and the 14 of 24 planes beside the target; below it a few more, on the round edge.
    touching = anatomy(contours(rectum_y=42))["rectum near the PTV, %"]
    assert 100 * 4 * 14 / (8 * 24) <= touching <= 100 * 4 * 18 / (8 * 24)
    assert anatomy(contours(rectum_y=50))["rectum near the PTV, %"] == 0.0  # 20 mm away


def patients(values: NDArray[np.float64]) -> list[dict[str, float]]:
    return [{"rectum volume, cm3": float(v)} for v in values]


def test_ranks_are_those_of_the_training_patients() -> None:
    trained = AnatomyRange.of(patients(np.arange(101.0)))
    for value in (0.0, 35.0, 50.0, 100.0):
        assert trained.rank_percent("rectum volume, cm3", value) == pytest.approx(value)
    assert trained.rank_percent("rectum volume, cm3", -50.0) == 0.0


@pytest.mark.parametrize(("value", "out"), [(-11.0, True), (-9.0, False), (50.0, False), (109.0, False), (111.0, True)])
def test_a_tenth_of_the_range_is_allowed_beyond_it(value: float, out: bool) -> None:
    beyond = AnatomyRange.of(patients(np.arange(101.0))).beyond({"rectum volume, cm3": value, "unknown, mm": 1.0})
    assert [(one.name, one.value) for one in beyond] == ([("rectum volume, cm3", value)] if out else [])


def test_the_farthest_out_is_named_first() -> None:
    trained = AnatomyRange.of([{"a, mm": float(v), "b, mm": float(v)} for v in range(11)])
    assert [one.name for one in trained.beyond({"a, mm": 15.0, "b, mm": -20.0})] == ["b, mm", "a, mm"]
