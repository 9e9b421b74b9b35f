"""Doses as values: row 42, as the documentation of DoseValue has it."""

from __future__ import annotations

import math
from typing import Any

Rows = dict[int, dict[str, Any]]


def test_row_42_undefined_doses_are_equal_to_the_methods_and_unequal_to_the_operators(seen: Rows) -> None:
    row = seen[42]
    assert row["operators"] == [False, True, True]
    # two undefined: by value, as an object, within 0.1; undefined and Gy; Gy and cGy; 2.05 of 2 Gy; Gy and cGy
    assert row["equals"] == [True, True, True, False, False, True, False, False]


def test_row_42_undefined_doses_come_first_and_compare_false(seen: Rows) -> None:
    row = seen[42]
    assert row["compare"] == [-1, 1, 0, -1]
    assert [dose for dose, _ in row["sorted"]][2:] == [2, 2.05]
    assert row["orders"] == [False] * 9


def test_row_42_what_is_calculated_of_an_undefined_dose_is_undefined(seen: Rows) -> None:
    assert all(math.isnan(dose) and unit == "Unknown" for dose, unit in seen[42]["sums"])
    assert all(math.isnan(ratio) for ratio in seen[42]["ratios"])


def test_row_42_defined_doses_of_two_units_do_not_mix(seen: Rows) -> None:
    assert all(refusal.startswith("ArithmeticException") for refusal in seen[42]["units"])


def test_row_42_a_rectangle_says_its_edges(seen: Rows) -> None:
    assert seen[42]["rectangle"] == "X1=-1.5 Y1=2 X2=3 Y2=4"
