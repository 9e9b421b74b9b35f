"""What is open, what it is called and what is kept: rows 33, 34 and 39."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Jaws
from esapi_bridge.case.folder import read_case
from tests.mock.esapi.patients import make_case

Rows = dict[int, dict[str, Any]]


def saved_plans(database: Path) -> dict[str, Path]:
    """Case folders of the saved patient's plans."""
    home = database / "patients" / "SAVE"
    record = json.loads((home / "patient.json").read_text())
    return {p["id"]: home / "plans" / p["folder"] for course in record["courses"] for p in course["plans"]}


def test_row_33_members_are_null_where_nothing_is_open(seen: Rows) -> None:
    row = seen[33]
    everything = ["Patient", "Course", "PlanSetup", "ExternalPlanSetup", "StructureSet", "Image"]
    assert row["nothing"] == everything
    assert row["patient"] == everything[1:]
    assert row["course"] == everything[2:]
    assert row["plan"] == []
    assert row["unknown_patient"] is row["shared"] is True
    assert row["in_scope"] == ["Plan A", "Approved", "Arc", "Undosed"]
    assert row["user"] is False


@pytest.mark.parametrize("call", ["long", "duplicate", "empty", "course_long", "course_duplicate", "beam_duplicate"])
def test_row_34_unsuitable_ids_are_refused(seen: Rows, call: str) -> None:
    assert seen[34][call].startswith("ArgumentException")


def test_row_34_suitable_ids_are_taken(seen: Rows) -> None:
    row = seen[34]
    assert row["longest"] == row["beam"] == "none"
    assert row["valid"] is False
    assert row["hint"] is True


def test_row_34_approved_plans_cannot_be_saved_or_removed(seen: Rows) -> None:
    row = seen[34]
    assert row["status"] == "PlanningApproved"
    assert row["removable"] is False
    assert row["remove"] != "none"
    assert row["save"].endswith("PlanSetup is approved: Cannot UPDATE")
    assert row["unchanged"] == 98
    assert row["copy"] == "UnApproved"


def test_row_39_changes_are_lost_unless_saved(seen: Rows) -> None:
    row = seen[39]
    assert row["clean"] is row["after_save"] is False
    assert row["save_members"] == []
    assert row["dirty"] is True
    assert "Lost" not in row["discarded"]
    assert row["old_object"].startswith("ObjectDisposedException")
    assert "read-only" in row["begun_again"]
    assert row["saved"] == "none"


def test_row_39_stand_alone_programs_can_save(seen: Rows) -> None:
    row = seen[39]
    assert "read-only" in row["standalone_read_only"]
    assert row["standalone"] == "none"
    assert "STANDALONE" in row["courses"]


def test_row_39_a_session_does_not_overwrite_what_another_saved(seen: Rows) -> None:
    row = seen[39]
    assert row["early"] == "none"
    assert "another session" in row["late"]
    assert row["courses"] == ["C1", "C2", "DDN_RESEARCH", "STANDALONE", "SAME TIME"]


def test_row_39_saved_counts_come_back_exactly(seen: Rows) -> None:
    row = seen[39]
    k, x, y = np.meshgrid(np.arange(5), np.arange(3), np.arange(4), indexing="ij")
    assert np.array_equal(row["found_planes"], 1234567 - 100000 * k - 10001 * x - 307 * y)
    assert row["found_percentage"] == 0.95
    assert row["found_million"] == [pytest.approx(100), "Percent"]
    assert row["found_beams"] == 0
    assert row["copy_planes"] == row["source_planes"]


def test_row_39_saved_evaluation_dose_is_a_case_without_beams(seen: Rows, database: Path) -> None:
    case = read_case(saved_plans(database)["Kept"])
    source = make_case()
    assert case.plan.beams == ()
    assert case.plan.name == "Kept"
    assert (case.plan.prescription_gy, case.plan.fractions, case.plan.normalisation_percent) == (60.0, 20, 100.0)
    assert case.plan_dose is not None
    assert source.plan_dose is not None
    assert case.plan_dose.grid == source.plan_dose.grid
    k, j, i = np.meshgrid(np.arange(5), np.arange(4), np.arange(3), indexing="ij")
    counts = 1234567 - 100000 * k - 10001 * i - 307 * j
    assert case.plan_dose.gy == pytest.approx(counts * 1e-6 * 60 / 0.95, rel=1e-7)
    assert np.array_equal(case.ct.values, source.ct.values)
    assert case.ct.grid == source.ct.grid
    assert case.uids.plan != source.uids.plan
    assert case.uids.structure_set == source.uids.structure_set


def test_row_39_saved_copy_is_the_plan_it_copies(seen: Rows, database: Path) -> None:
    case = read_case(saved_plans(database)["Copy"])
    source = make_case()
    assert case.plan_dose is not None
    assert source.plan_dose is not None
    assert case.uids.plan != source.uids.plan
    half_a_count_gy = 0.5e-6 * 60 * 100 / 98
    assert np.abs(case.plan_dose.gy - source.plan_dose.gy).max() <= half_a_count_gy * 1.1
    assert set(case.beam_doses) == set(source.beam_doses)
    for number, dose in source.beam_doses.items():
        assert case.beam_doses[number].gy == pytest.approx(dose.gy, abs=2 * half_a_count_gy)
    assert [s.name for s in case.structures] == ["PTV", "Empty"]
    assert np.array_equal(case.structures[0].contours_mm, source.structures[0].contours_mm)
    for found, expected in zip(case.plan.beams, source.plan.beams, strict=True):
        assert (found.name, found.machine, found.technique) == (expected.name, expected.machine, expected.technique)
        assert found.isocentre_mm == expected.isocentre_mm
        assert (found.energy_mv, found.fluence_mode, found.is_setup) == (
            expected.energy_mv, expected.fluence_mode, expected.is_setup
        )  # fmt: skip
        assert found.meterset_mu == pytest.approx(expected.meterset_mu)
        assert [p.jaws for p in found.control_points[:1]] == [p.jaws for p in expected.control_points[:1]]
        for a, b in zip(found.control_points, expected.control_points, strict=False):
            assert (a.leaves_mm is None) == (b.leaves_mm is None)
            if a.leaves_mm is not None and b.leaves_mm is not None:
                assert np.array_equal(a.leaves_mm, b.leaves_mm)
    fluence, expected_fluence = case.plan.beams[0].fluence, source.plan.beams[0].fluence
    assert fluence is not None
    assert expected_fluence is not None
    assert np.array_equal(fluence.values, expected_fluence.values)
    assert (fluence.x_origin_mm, fluence.y_origin_mm) == (-6.25, 2.5)
    assert case.plan.calculation_models == source.plan.calculation_models


def test_row_39_saved_beams_are_those_that_were_added(seen: Rows, database: Path) -> None:
    shaped, open_field = read_case(saved_plans(database)["Fields"]).plan.beams
    point = shaped.control_points[0]
    assert (shaped.machine, shaped.energy_label, shaped.technique) == ("TB2", "6X", "STATIC")
    assert (point.collimator_deg, point.gantry_deg, point.couch_deg) == (45, 90, 350)
    assert point.jaws == Jaws(x1_mm=-10, x2_mm=30, y1_mm=-20, y2_mm=40)
    assert shaped.isocentre_mm == (1.0, 2.0, 3.0)
    assert point.leaves_mm is not None
    assert np.array_equal(point.leaves_mm, [-np.arange(60.0), np.arange(60.0) / 2])
    assert shaped.mlc_boundaries_mm is not None
    assert np.array_equal(np.diff(shaped.mlc_boundaries_mm), [10.0] * 10 + [5.0] * 40 + [10.0] * 10)  # Millennium 120
    assert shaped.mlc_boundaries_mm[0] == -200
    assert open_field.energy_label == "10X-FFF"
    assert [p.meterset_weight for p in open_field.control_points] == [0, 1]
    assert open_field.mlc_boundaries_mm is None


def test_row_39_case_folders_that_were_there_are_untouched(seen: Rows, database: Path) -> None:
    plans = saved_plans(database)
    assert plans["Plan A"].name == "p0"
    sums = [database / "patients" / patient / "plans" / "p0" / "SHA256SUMS" for patient in ("SAVE", "HFS")]
    assert sums[0].read_bytes() == sums[1].read_bytes()  # the same case, of which one patient was saved
    read_case(plans["Plan A"])
    leftovers = [p.name for p in (database / "patients" / "SAVE" / "plans").iterdir() if p.name.startswith(".")]
    assert leftovers == []
