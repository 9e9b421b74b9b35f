from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Case, Grid, Structure
from esapi_bridge.case.dose_region import dose_region
from tests.report.synthetic import make_case


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(1)[0]


def box(case: Case, number: int, kind: str, low_mm: float, high_mm: float) -> Structure:
    """20 mm wide along x, from `low_mm` to `high_mm` along y, on the slices of the CT near 0."""
    heights = case.ct.grid.coordinates_mm(2)
    contours = tuple(
        np.array([[-10.0, low_mm, z], [10.0, low_mm, z], [10.0, high_mm, z], [-10.0, high_mm, z]])
        for z in heights[np.abs(heights) < 15]
    )
    return Structure(number, f"s{number}", kind, (0, 0, 0), contours)


def test_dose_is_calculated_in_body_couch_and_bolus(case: Case) -> None:
    kinds = (("EXTERNAL", -30.0, 10.0), ("Support", 20.0, 30.0), ("PTV", 10.0, 20.0), ("BOLUS", -35.0, -30.0))
    drawn = tuple(box(case, number, *kind) for number, kind in enumerate(kinds, 1))
    region = dose_region(replace(case, structures=drawn))
    assert region is not None
    grid = Grid((1, 80, 1), (1.0, 1.0, 1.0), (0.5, -39.5, 0.5))
    y = grid.coordinates_mm(1)
    np.testing.assert_array_equal(region.on(grid)[0, :, 0], ((y > -35) & (y < 10)) | ((y > 20) & (y < 30)))


def test_several_bodies_or_one_that_cannot_be_filled_are_no_region(case: Case) -> None:
    body = box(case, 1, "EXTERNAL", -30.0, 10.0)
    tilted = replace(body, contours_mm=tuple(c + np.outer(c[:, 1], [0.0, 0.0, 0.2]) for c in body.contours_mm))
    for drawn in ((body, box(case, 2, "EXTERNAL", 20.0, 30.0)), (box(case, 2, "PTV", 20.0, 30.0),), (tilted,)):
        assert dose_region(replace(case, structures=drawn)) is None
