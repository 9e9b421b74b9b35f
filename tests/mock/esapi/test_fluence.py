"""What a beam takes for a fluence: rows 18 to 24."""

from __future__ import annotations

from typing import Any

import pytest

Rows = dict[int, dict[str, Any]]


def refused(outcome: str) -> bool:
    """Whether CanSetOptimalFluence said no with a reason and SetOptimalFluence threw ArgumentException."""
    can, reason, thrown = outcome.split(" | ")
    return can == "False" and bool(reason) and thrown.startswith("ArgumentException")


def taken(outcome: str) -> bool:
    return outcome.split(" | ") == ["True", "", "none"]


@pytest.mark.parametrize("fluence", ["null", "empty", "no_columns"])
def test_row_18_no_fluence_is_refused(seen: Rows, fluence: str) -> None:
    assert refused(seen[18][fluence])


def test_row_19_from_2_to_1024_rows_and_columns(seen: Rows) -> None:
    row = seen[19]
    assert row["largest"] == 1024
    assert all(refused(row[size]) for size in ("1x5", "5x1", "1025x2", "2x1025"))
    assert all(taken(row[size]) for size in ("2x2", "1024x2"))


def test_row_20_the_origin_is_the_centre_of_the_top_left_pixel(seen: Rows) -> None:
    row = seen[20]
    assert row["origin"] == [-(6 - 1) / 2 * 2.5, (3 - 1) / 2 * 2.5]
    assert row["back"] == [[1, 2, 3, 4], [5, 6, 7, 8]]  # copies go in and out
    assert row["back_origin"] == [-3.75, 1.25]


@pytest.mark.parametrize("value", ["-0.001", "NaN", "Infinity"])
def test_row_21_negative_and_undefined_pixels_are_refused(seen: Rows, value: str) -> None:
    assert refused(seen[21][value])
    assert taken(seen[21]["0"])


def test_row_22_setup_fields_are_beams_but_take_no_fluence(seen: Rows) -> None:
    row = seen[22]
    assert row["beams"] == ["Field 1", "Open", "CBCT setup"]
    assert refused(row["setup"])
    assert row["dose_kept"] is True


def test_row_23_arcs_take_no_fluence(seen: Rows) -> None:
    row = seen[23]
    assert refused(row["arc"])
    assert (row["type"], row["technique"], row["direction"]) == ("VMAT", "ARC", "CounterClockwise")


def test_row_24_open_beams_have_no_fluence_until_given_one(seen: Rows) -> None:
    row = seen[24]
    assert row["open"] is True
    assert row["modulated"] is row["open_after"] is False
    assert row["given"] == "none"
