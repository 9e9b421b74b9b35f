"""Beams: editing, leaves and wrappers: rows 25, 32 and 35."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.mock.esapi.patients import make_case

Rows = dict[int, dict[str, Any]]


def test_row_25_parameters_are_detached_until_applied(seen: Rows) -> None:
    row = seen[25]
    assert row["detached"] == -40
    assert row["copy"] is True
    assert row["applied"] == "none"
    assert row["jaws"] == [-11, -12, 13, 14]
    assert row["isocentre"] == [1, 2, 3]


def test_row_25_invalid_parameters_are_refused_as_a_whole(seen: Rows) -> None:
    row = seen[25]
    for leaves in ("crossed", "shape"):
        assert (
            row[leaves] == "ApplicationException Exception: The leaf positions specified by the script are not valid."
        )
    for edit in ("turned", "closed", "other", "uneven"):
        assert row[edit].startswith("ApplicationException")
    assert row["null"].startswith("ArgumentNullException")
    assert row["isocentre_after"] == [1, 2, 3]  # the refused edit moved it too


def test_row_25_arcs_may_be_turned(seen: Rows) -> None:
    assert seen[25]["arc"] == "none"
    assert seen[25]["arc_gantry"] == 175


def test_row_32_beam_without_mlc(seen: Rows) -> None:
    row = seen[32]
    assert row["mlc"] is True
    assert row["shape"] == [0, 0]
    assert row["type"] == "NotDefined"
    assert math.isnan(row["table"])
    assert row["setup_points"] == 2  # the case has one


def test_row_32_beam_with_mlc(seen: Rows) -> None:
    row = seen[32]
    beam = make_case().plan.beams[0]
    assert row["window_mlc"] is False
    leaves = beam.control_points[2].leaves_mm
    assert leaves is not None
    assert np.asarray(row["leaves"]) == pytest.approx(leaves, rel=1e-7)
    assert row["energies"] == ["10X-FFF", "6X"]
    assert row["window_type"] == "DoseDynamic"
    assert row["weights"] == [0, 0.4, 1]
    assert row["meterset"] == 300
    assert row["jaws"] == [-40, -60, 50, 70]  # X1, Y1, X2, Y2


def test_row_35_wrappers_are_fresh_but_equal(seen: Rows) -> None:
    row = seen[35]
    assert row["same_reference"] is row["other_kind"] is row["null"] is False
    assert row["equal"] is row["different"] is True
    assert row["texts"] == ["Plan A", "C1", "Field 1", "Plan A"]


def test_row_35_collections_change_under_the_script(seen: Rows) -> None:
    row = seen[35]
    assert row["counts"] == [3, 2]
    assert row["while_enumerating"].startswith("InvalidOperationException")
    assert "removed" in row["removed"]
    assert row["added"] is True
    assert row["added_energy"] == "10X-FFF"
    assert row["added_dose"] is False
    assert "ArgumentException" in row["bad_leaves"]  # the machine's other beam has 4 pairs
    assert "ArgumentException" in row["bad_angle"]
