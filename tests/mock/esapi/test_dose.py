"""Voxels, units, scales and grids of doses: rows 6 to 14 and 44."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from tests.mock.esapi.patients import make_case

Rows = dict[int, dict[str, Any]]

GY_PER_PERCENT = 60.0 / 98.0
"""The plan has 60 Gy at a normalisation of 98 %: a stored per cent is worth 0.6 Gy x 100/98."""


def plan_dose_gy() -> NDArray[np.float64]:
    """The plan's dose as the case has it, but [plane][x][y] as ESAPI's buffers are."""
    dose = make_case().plan_dose
    assert dose is not None
    return np.asarray(dose.gy.transpose(0, 2, 1), dtype=np.float64)


def test_row_06_an_evaluation_dose_needs_a_plan_without_beams(seen: Rows) -> None:
    row = seen[6]
    for call in ("create", "copy"):
        assert "ApplicationException" in row[call]
        assert "without beams" in row[call]
    assert row["dose_kept"] is row["none"] is row["some"] is True
    assert row["beamless"] == "none"
    assert row["null"].startswith("ArgumentNullException")


def test_row_07_an_evaluation_dose_without_voxels_cannot_be_saved(seen: Rows) -> None:
    row = seen[7]
    assert "no voxels were set" in row["unset"]
    assert row["set"] == "none"
    assert row["changes"] is False


@pytest.mark.parametrize(
    "call", ["transposed", "large", "null", "below", "above", "set_transposed", "set_above", "image_transposed"]
)
def test_row_08_wrong_shapes_and_planes_are_refused(seen: Rows, call: str) -> None:
    assert "ArgumentException" in seen[8][call]
    assert seen[8]["right"] == "none"


def test_row_09_counts_are_linear_in_dose_with_an_intercept(seen: Rows) -> None:
    row = seen[9]
    cgy_per_percent = GY_PER_PERCENT * 100
    percent = plan_dose_gy() * 100 / cgy_per_percent
    assert np.array_equal(row["planes"], np.round((percent + 1.0) / 2e-4))  # 2e-4 % per count, intercept -1 %
    assert row["zero"] == [pytest.approx(-cgy_per_percent), "cGy"]
    assert row["million"] == [pytest.approx((2e-4 * 1e6 - 1) * cgy_per_percent), "cGy"]
    assert row["maximum"][0] == pytest.approx(plan_dose_gy().max() * 100, abs=2e-4 * cgy_per_percent)
    assert row["evaluation_zero"] == [-1, "Percent"]
    assert row["evaluation_million"] == [pytest.approx(199), "Percent"]


def test_row_09_dose_to_count_is_the_rounded_inverse(seen: Rows) -> None:
    row = seen[9]
    assert row["back"] == 255001  # (50.00012 + 1) / 2e-4 = 255000.6
    assert row["overflow"].startswith("OverflowException")
    assert "ArgumentException" in row["undefined"]
    assert "ArgumentException" in row["negative"]
    assert row["written"] == [[1000 * x + y for y in range(4)] for x in range(3)]
    assert row["others"] == row["planes"][1]


def test_row_10_copied_counts_mean_per_cent_of_the_new_plan(seen: Rows) -> None:
    row = seen[10]
    assert row["copied"] == row["copied_after"] == row["source"]
    assert row["source_million"] == [pytest.approx(100 * 100 / 98), "Percent"]
    assert row["unnormalised_million"] == [pytest.approx(100), "Percent"]
    assert row["normalised_million"] == [pytest.approx(125), "Percent"]  # 100 % / 0.8
    assert row["gray_million"] == [pytest.approx(30 / 0.9 * 1.25), "Gy"]  # 10 x 3 Gy at the 90 % isodose
    assert row["plan_gray"] == [pytest.approx(100 * GY_PER_PERCENT), "Gy"]
    assert row["plan_gray_doubled"] == [pytest.approx(200 * GY_PER_PERCENT), "Gy"]
    assert row["meterset_factor"] == pytest.approx(2)


def test_row_10_without_prescription_histograms_are_not_numbers(seen: Rows) -> None:
    row = seen[10]
    assert math.isnan(row["dvh_without_prescription"])
    assert row["maximum_without_prescription"][0] > 100
    assert "ArgumentException" in row["absolute_without_prescription"]


def test_row_10_histogram_of_the_rescaled_dose(seen: Rows) -> None:
    # By hand, in CT indices: the PTV is i 1..5, j 1..3 from plane 1 to plane 2 without the hole i 2..3, j 1.5..2.5;
    # dose voxels are at (0.5 + 5/3 i, 0.25 + 1.125 j, 0.5 + 11/12 k).
    steps = {(1, 5): 400, (1, 3): 200, (1, 2): 20}
    middles = [low + (np.arange(n) + 0.5) * (high - low) / n for (low, high), n in steps.items()]
    i, j, k = np.meshgrid(*middles, indexing="ij")
    hole = (i > 2) & (i < 3) & (j > 1.5) & (j < 2.5)
    points = [(k - 0.5) * 12 / 11, (j - 0.25) / 1.125, (i - 0.5) * 3 / 5]
    hole |= points[2] > 2.5  # beyond the last voxel's outer face
    dose = make_case().plan_dose
    assert dose is not None
    gy = ndimage.map_coordinates(dose.gy, [axis[~hole] for axis in points], order=1, mode="nearest")
    gy = gy / GY_PER_PERCENT / 100 * 30 / 0.9 * 1.25
    assert seen[10]["dvh_mean"] == [pytest.approx(gy.mean(), rel=1e-3), "Gy"]
    # The dose is random in every voxel: a tenth of a millimetre, half a step of the samples, changes it by so much.
    assert seen[10]["dvh_max"] == [pytest.approx(gy.max(), rel=0.02), "Gy"]


def test_row_11_units_vary_and_do_not_mix(seen: Rows) -> None:
    row = seen[11]
    assert row["fresh"] == "Percent"
    assert row["absolute"] == "cGy"
    assert row["total"] == [6000, "cGy"]
    assert row["evaluation_relative"] == [pytest.approx(199), "Percent"]
    assert row["evaluation"] == [pytest.approx(199 * 60), "cGy"]  # 3000 cGy are 50 %, no normalisation
    assert row["evaluation_maximum"] == "cGy"
    assert row["back"] == [255000, 255000]  # 50 % by either unit: (50 + 1) / 2e-4
    assert row["beam"] == "Percent"
    assert row["mixed"].startswith("ArithmeticException")
    assert row["added"].startswith("ArithmeticException")
    assert "ArgumentException" in row["prescribed_gray"]
    assert row["prescribed_centigray"] == "none"


def test_row_12_normalisation_of_a_new_plan_is_not_a_number(seen: Rows) -> None:
    row = seen[12]
    assert row["source"] == 98
    assert math.isnan(row["fresh"])
    assert row["fractions"] is True
    assert math.isnan(row["total"])
    assert row["set"] == 100
    assert "ArgumentException" in row["zero"]
    assert "ArgumentException" in row["undefined"]


def test_row_13_no_dose_is_null(seen: Rows) -> None:
    row = seen[13]
    assert row["dose"] is row["beam_dose"] is row["histogram"] is row["setup_dose"] is row["dosed_valid"] is True
    assert row["valid"] is False


@pytest.mark.parametrize("index", [0, 1])
def test_row_13_beam_doses_are_relative_and_unweighted(seen: Rows, index: int) -> None:
    beam = seen[13]["beams"][index]
    expected_gy = make_case().beam_doses[beam["number"]].gy.transpose(0, 2, 1)
    assert beam["relative"] == [pytest.approx(100), "Percent"]
    gy_per_fraction_at_100, unit = beam["absolute"]
    assert unit == "Gy"
    total_gy = np.asarray(beam["planes"]) * 1e-6 * gy_per_fraction_at_100 * 30  # 1e-4 % a count, 30 fractions
    assert total_gy == pytest.approx(expected_gy, abs=1e-4)
    assert math.isnan(beam["undefined"][0])
    assert "ArgumentException" in beam["gray"]
    # Without its weight the relative dose would be the beam's share of the prescription.
    assert gy_per_fraction_at_100 == pytest.approx(beam["weight"] * 60 / 30 * 100 / 98)


def test_row_44_the_planned_dose_is_that_of_the_primary_reference_point(seen: Rows) -> None:
    assert seen[44]["prescribed"] == [2, "Gy"]
    assert math.isnan(seen[44]["planned"][0])  # no point
    assert seen[44]["at_point"] == [pytest.approx(seen[44]["dose_there"][0] / 30), "Gy"]
    assert seen[44]["at_point"][0] != pytest.approx(2, abs=0.01)


def test_row_14_the_grid_is_inherited_and_fixed(seen: Rows) -> None:
    row = seen[14]
    dose = make_case().plan_dose
    assert dose is not None
    assert row["size"] == list(dose.grid.size)
    assert row["resolution"] == list(dose.grid.spacing_mm)
    assert row["origin"] == pytest.approx(dose.grid.origin_mm)
    assert row["settable"] == []
    assert row["created_voxels"] == 0


def test_row_14_every_evaluation_dose_has_voxels_of_its_own(seen: Rows) -> None:
    assert seen[14]["own_voxels"] == [0, 1]
    assert seen[14]["source_voxel"] is True
