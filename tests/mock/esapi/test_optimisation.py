"""Objectives and results of an optimisation: rows 52 and 53; the process behind it is ``fake_calculation.py``."""

from __future__ import annotations

import json
import math
from pathlib import Path
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


def test_row_53_an_optimisation_replaces_fluence_and_drops_dose_and_normalisation(seen: Rows) -> None:
    row = seen[53]
    assert (row["success"], row["iterations"], row["objective"]) == (True, 12, 3.5)
    assert row["values"] == [["PTV", 3.25]]
    assert row["fluence"] == [[4, 4, 4], [4, 4, 4]]
    assert row["dose"] is row["dose_without_motions"] is False
    assert math.isnan(row["normalisation"])
    assert "Optimization" in row["logs"]


def test_row_53_a_failed_optimisation_changes_nothing(seen: Rows) -> None:
    row = seen[53]
    assert row["failed"] is False
    assert math.isnan(row["failed_objective"])
    assert row["dose_kept"] is True
    assert "ArgumentException" in row["unknown_mlc"]
    assert "ArgumentException" in row["no_iterations"]
    assert "not in the mock" in row["estimates"]


def test_row_53_arcs_get_leaves_and_lose_nothing_else(seen: Rows) -> None:
    row = seen[53]
    assert row["no_arcs"] is row["vmat_of_nothing"] is False
    assert "VMAT arcs only" in row["no_arcs_log"]
    unknown_mlc, nothing, no_cycle, go_on = row["vmat_wrong"]
    assert "MLC of the machine" in unknown_mlc
    assert nothing.startswith("ArgumentNullException")
    assert "one cycle" in no_cycle
    assert "not in the mock" in go_on
    assert row["vmat"][:4] == [True, 3.5, 2, -1.0]
    assert row["vmat"][4] > 200
    assert row["vmat"][5:] == ["VMAT", False]
    assert row["vmat_dose"] is True


def test_row_53_the_optimiser_is_told_objectives_and_options(seen: Rows, fake_calculation: Path) -> None:
    assert seen[53]["success"]
    asked = [json.loads(line)["request"] for line in (fake_calculation.parent / "evidence").read_text().splitlines()]
    asked = [request for request in asked if request["kind"] == "optimise"]
    assert [request["iterations"] for request in asked] == [None, 17]
    assert (asked[1]["until_converged"], asked[1]["start_with_fluence"]) == (True, True)
    assert asked[1]["optimisation"]["objectives"] == [
        {
            "kind": "point", "structure": 1, "operator": "lower", "dose_gy": 60, "volume_percent": 95, "parameter_a": 0,
            "priority": 110,
        }
    ]  # fmt: skip
