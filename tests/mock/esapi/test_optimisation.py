"""Objectives of an optimisation: row 52."""

from __future__ import annotations

from typing import Any

Rows = dict[int, dict[str, Any]]


def test_row_52_objectives_must_fit_the_plan(seen: Rows) -> None:
    row = seen[52]
    assert "ApplicationException" in row["read_only"]
    assert all("Argument" in wrong for wrong in row["wrong"])
    assert "system's unit cGy" in row["wrong"][0]
    assert row["wrong"][2].startswith("ArgumentNullException")
    assert row["unchanged"] == 0
    assert row["dose_kept"] is True


def test_row_52_objectives_are_shown_in_the_system_s_unit_and_survive_saving(seen: Rows) -> None:
    row = seen[52]
    assert row["objectives"] == [
        ["PTV", "Lower", [6000, "cGy"], 95, 110, "PTV"],
        ["PTV", "Upper", [6300, "cGy"], 0, 90, "PTV"],
        ["PTV", "Upper", [6100, "cGy"], -1, 30, "PTV"],
        ["PTV", "Upper", [6200, "cGy"], 8.5, 20, "PTV"],
    ]
    assert row["reopened_objectives"] == row["objectives"]
    assert row["same"] is True


def test_row_52_there_is_one_normal_tissue_objective_and_one_parameter_a_beam(seen: Rows) -> None:
    row = seen[52]
    assert row["parameters"] == [
        [False, 70, 5, 105, 60, 0.05],
        ["Field 1", 45, 35, True, "Field 1"],
        ["OptimizationJawTrackingUsedParameter"],
    ]
    assert row["reopened_parameters"] == row["parameters"]


def test_row_52_a_copy_has_objectives_of_its_own(seen: Rows) -> None:
    assert seen[52]["copy"] == 34
    assert "ArgumentException" in seen[52]["of_another_plan"]


def test_row_52_what_was_removed_is_gone(seen: Rows) -> None:
    row = seen[52]
    assert "removed" in row["removed"]
    assert "ArgumentException" in row["twice"]
    assert row["left"] == 3
