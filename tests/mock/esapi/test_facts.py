"""What surrounds a plan: dates, people, devices, points and registrations (rows 56 to 58)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from esapi_bridge.case import PatientPosition
from tests.mock.esapi.patients import MATRIX, POINT_MM, make_case

Rows = dict[int, dict[str, Any]]
UNSET = "0001-01-01T00:00:00"


def test_row_56_a_list_of_patients_says_who_they_are_without_opening_them(seen: Rows) -> None:
    row = seen[56]
    assert row["summary"] == ["Ahorn", "Alba", "Female", "", ""]
    assert row["summary_created"] == "2026-01-02T03:04:05"
    assert row["birth"] is None


def test_row_56_facts_of_the_database_are_shown_and_others_unset(seen: Rows) -> None:
    row = seen[56]
    assert row["patient"] == ["Female", "", "Mock"]
    assert row["plan_created"] == row["plan_history"] == row["beam_history"] == "2026-01-04T05:06:07"
    assert row["image_history"] == "2026-01-01T08:30:00"
    assert row["structure_history"] == UNSET
    assert row["approval"] == ["", "", ""]
    assert row["intent"] == "CURATIVE"
    assert row["course"] == "2026-01-04T00:00:00"
    assert row["nothing"] == 0
    assert row["other_kinds"] is True
    assert row["study"] == ["1.2.7", "Plan CT", "CT1", "Maker"]
    assert row["study_created"] == "2026-01-01T08:00:00"
    assert row["same_study"] is True
    assert row["old_names"] == [1, [60, "Gy"], [2, "Gy"]]


def test_row_56_a_change_makes_history_but_no_other_beginning(seen: Rows) -> None:
    row = seen[56]
    assert row["changed"] is True
    assert row["still_created"] == "2026-01-04T05:06:07"
    assert row["device"] == "none"
    assert row["copy_image"].startswith("NotSupportedException")


def test_row_56_reference_points_of_new_plans_are_saved(seen: Rows) -> None:
    row = seen[56]
    assert row["points"] == ["Plan1", "iso"]
    assert row["primary"] is False
    np.testing.assert_allclose(row["found"], [1.5, 2.5, -9.0])
    assert row["found_limits"][0] == [66, "Gy"]
    assert np.isnan(row["found_limits"][1][0])
    assert row["found_name"] == "isocentre"
    assert row["made_now"] is row["gated"] is True
    assert row["limit_unit"].startswith("ArgumentException")
    assert row["duplicate_point"].startswith("ArgumentException")


@pytest.mark.parametrize(("patient", "signs"), [("HFS", (1, 1, 1)), ("HFP", (-1, -1, 1)), ("FFS", (-1, 1, -1))])
def test_row_57_user_coordinates_are_those_of_the_room(seen: Rows, patient: str, signs: tuple[int, ...]) -> None:
    row = seen[57]
    np.testing.assert_allclose(row[patient], np.multiply(signs, (11, 22, 33)), atol=1e-12)
    np.testing.assert_allclose(row[f"{patient}_image"], row[patient], atol=1e-12)
    np.testing.assert_allclose(row[f"{patient}_back"], (11, 22, 33), atol=1e-12)


def test_row_57_a_profile_of_an_image_is_interpolated(seen: Rows) -> None:
    row, ct = seen[57], make_case(PatientPosition.HFP).ct
    wanted = np.interp(np.arange(-0.75, 5.5, 0.75), np.arange(7), ct.values[0, 0], left=np.nan)
    np.testing.assert_allclose(row["profile"], wanted, rtol=1e-9)
    assert row["profile_unit"] == "HU"
    np.testing.assert_allclose(row["profile_at"], ct.grid.to_patient((2.25, 0.0, 0.0)))


def test_row_57_a_registration_takes_points_there_and_back(seen: Rows) -> None:
    row = seen[57]
    matrix = np.reshape(MATRIX, (4, 4))
    np.testing.assert_allclose(row["matrix"], matrix)
    np.testing.assert_allclose(row["there"], (matrix @ (1, 2, 3, 1))[:3])
    np.testing.assert_allclose(row["and_back"], (1, 2, 3))
    assert row["frames"] == ["1.2.3", "1.2.9"]
    assert row["registered"] == "2026-01-03T00:00:00"


def test_row_57_the_primary_reference_point_has_a_place_and_a_dose(seen: Rows) -> None:
    row = seen[57]
    np.testing.assert_allclose(row["point"], POINT_MM)
    dose = make_case(PatientPosition.HFP).plan_dose
    assert dose is not None
    indices = np.subtract(POINT_MM, dose.grid.origin_mm) * (-1, -1, 1) / dose.grid.spacing_mm
    wanted = map_coordinates(dose.gy, indices[::-1, None], order=1)[0]
    assert row["dose_there"] == [pytest.approx(wanted, rel=1e-5), "Gy"]
    assert row["point_dose"] == [pytest.approx(wanted / 30, rel=1e-5), "Gy"]


def test_row_58_an_interpreter_only_reads_outside_research_mode(seen: Rows) -> None:
    row = seen[58]
    assert row["nameless"].startswith("ArgumentException")
    assert "Only one Application" in row["second"]
    assert "may only read" in row["unmarked"]
    assert "not approved" in row["clinical"]
    assert row["research"] == "none"
