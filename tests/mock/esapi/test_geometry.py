"""Where things are: rows 15 to 17 and 38."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from esapi_bridge.case import PatientPosition
from esapi_bridge.case.beam_frame import beam_frame
from tests.mock.esapi.patients import FLUENCE, make_case

Rows = dict[int, dict[str, Any]]

COUNT_GY = 1e-6 * 60 * 100 / 98
"""Dose of one count."""

ORIENTATIONS = {
    PatientPosition.HFS: "HeadFirstSupine",
    PatientPosition.HFP: "HeadFirstProne",
    PatientPosition.FFS: "FeetFirstSupine",
}


@pytest.mark.parametrize("position", [PatientPosition.HFS, PatientPosition.HFP, PatientPosition.FFS])
def test_row_15_dose_and_image_have_grids_of_their_own_in_any_orientation(
    seen: Rows, position: PatientPosition
) -> None:
    row = seen[15][position]
    case = make_case(position)
    dose = case.plan_dose
    assert dose is not None
    assert row["orientation"] == ORIENTATIONS[position]
    for grid, prefix in ((case.ct.grid, "image_"), (dose.grid, "")):
        assert row[prefix + "origin"] == pytest.approx(grid.origin_mm)
        assert row[prefix + "resolution"] == list(grid.spacing_mm)
        assert np.transpose(row[prefix + "axes"]) == pytest.approx(grid.axes)  # axes as columns
    assert row["origin"] != row["image_origin"]
    index = np.unravel_index(int(np.argmax(dose.gy)), dose.gy.shape)
    assert row["maximum_at"] == pytest.approx(dose.grid.to_patient(index[::-1]))
    assert row["maximum"] == [pytest.approx(float(dose.gy.max()), abs=COUNT_GY), "Gy"]


@pytest.mark.parametrize("position", [PatientPosition.HFS, PatientPosition.HFP, PatientPosition.FFS])
def test_row_15_dose_between_voxels(seen: Rows, position: PatientPosition) -> None:
    row = seen[15][position]
    dose = make_case(position).plan_dose
    assert dose is not None
    between = map_coordinates(dose.gy.astype(np.float64), [[2.75], [1.25], [0.5]], order=1)[0]
    assert row["between"] == [pytest.approx(between, abs=COUNT_GY), "Gy"]
    assert math.isnan(row["outside"][0])
    assert row["profile"] == pytest.approx(dose.gy[0, 0], abs=COUNT_GY)


@pytest.mark.parametrize("position", [PatientPosition.HFS, PatientPosition.HFP, PatientPosition.FFS])
def test_row_15_source_position(seen: Rows, position: PatientPosition) -> None:
    beam = make_case(position).plan.beams[0]  # gantry 40, couch 10 degrees
    assert seen[15][position]["source"] == pytest.approx(beam_frame(beam, position).source_mm)


def test_row_16_image_voxels_are_raw(seen: Rows) -> None:
    row = seen[16]
    raw = make_case(PatientPosition.HFP).ct.values.transpose(0, 2, 1) + 1000
    assert np.array_equal(row["planes"], raw)
    assert np.array_equal(row["again"], raw[1])
    assert row["zero"] == -1000
    assert row["thousand"] == 0
    assert row["unit"] == "HU"


def test_row_16_a_user_origin_is_kept(seen: Rows) -> None:
    row = seen[16]
    assert row["unset"] is False
    assert "read-only" in row["read_only"]
    assert "ArgumentException" in row["no_number"]
    assert row["set"] is True
    assert row["origin"] == [1.5, -2, 3]
    assert row["user"] == [0, 0, 0]


def test_row_16_raw_voxels_are_never_negative(seen: Rows) -> None:
    raw = make_case().ct.values[1].T + 500
    assert raw.min() < 0
    assert np.array_equal(seen[16]["clipped"], np.maximum(raw, 0))


def test_row_17_dose_is_x_y_but_fluence_row_column(seen: Rows) -> None:
    row = seen[17]
    assert np.shape(row["pixels"]) == (3, 6)
    assert np.array_equal(np.asarray(row["pixels"], dtype=np.float32), FLUENCE)
    assert (row["columns"], row["rows"], row["width"], row["height"]) == (6, 3, 15.0, 7.5)
    dose = make_case().plan_dose
    assert dose is not None
    assert np.shape(row["dose"]) == (3, 4)
    assert np.asarray(row["dose"]) * COUNT_GY == pytest.approx(dose.gy[0].T, abs=COUNT_GY)


def test_row_38_structures_without_contours_and_planes_out_of_range(seen: Rows) -> None:
    row = seen[38]
    assert row["has_segment"] == [True, False]
    assert row["is_empty"] == [False, True]
    assert row["counts"] == [0, 0, 2, 2, 0, 0]  # outline and hole on planes 1 and 2
    assert row["of_empty"] == 0
    assert row["types"] == ["PTV", "ORGAN"]
    assert row["colours"] == [[255, 10, 20], [30, 255, 40]]


def test_row_38_contours_volume_and_inside(seen: Rows) -> None:
    row = seen[38]
    grid = make_case(PatientPosition.HFP).ct.grid
    corners = [(1, 1, 2), (5, 1, 2), (5, 3, 2), (1, 3, 2)]
    assert np.asarray(row["first"]) == pytest.approx(grid.to_patient(corners))
    # 4 x 2 less a hole of 1 x 1 voxel sides of 1.5 x 2 mm, on two planes 3 mm apart, in cc.
    assert row["volume"] == pytest.approx((8 - 1) * 1.5 * 2.0 * 2 * 3.0 / 1000)
    centre = ((8 * 3 - 2.5) / 7, (8 * 2 - 2) / 7, 1.5)
    assert row["centre"] == pytest.approx(grid.to_patient(centre))
    assert row["inside"] == [False, False, True, False, True, True, False]  # i = n - 0.25 through the hole
