"""Arcs made by script: row 54."""

from __future__ import annotations

from typing import Any

import pytest

Rows = dict[int, dict[str, Any]]


def test_row_54_arcs_have_the_control_points_asked_for(seen: Rows) -> None:
    vmat, conformal, mlc, opened = seen[54]["arcs"]
    step = 358 / 177
    assert vmat[:5] == ["Arc VMAT", "ARC", "VMAT", "Clockwise", 178]
    assert vmat[5:] == pytest.approx([181, 181 + step, 179, 358, 1 / 177, 60])
    assert conformal[2:5] == ["ArcDynamic", "CounterClockwise", 91]
    assert conformal[5:10] == pytest.approx([179, 179 - 358 / 90, 181, 358, 1 / 90])
    assert mlc[2:5] == ["Static", "Clockwise", 25]
    assert mlc[5:10] == pytest.approx([300, 305, 60, 120, 1 / 24])
    assert opened[2:5] == ["NotDefined", "CounterClockwise", 5]
    assert opened[5:] == pytest.approx([10, 5, 350, 20, 0.25, 0])


def test_row_54_arcs_are_edited_and_saved(seen: Rows) -> None:
    assert seen[54]["leaf"] == -12
    assert seen[54]["reopened"] == seen[54]["arcs"]


def test_row_54_what_no_gantry_can_do_is_refused(seen: Rows) -> None:
    assert all("ArgumentException" in wrong for wrong in seen[54]["wrong"])
    assert "technique ARC" in seen[54]["wrong"][0]
    assert seen[54]["none"] == 0
