"""The table of traps is what is tested, what the sources refer to and what the reference shows."""

from __future__ import annotations

import re
from pathlib import Path

from esapi_bridge.mock.traps import Standing, Trap, traps
from tests.docs import trap_table

REPOSITORY = Path(__file__).parents[2]
ROWS = {row.row for row in traps()}


def test_every_row_is_tested_and_every_test_of_a_row_has_one() -> None:
    tests = {
        int(number)
        for path in (REPOSITORY / "tests").rglob("test_*.py")
        for number in re.findall(r"^def test_row_(\d+)_", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert tests == ROWS


def test_comments_refer_to_rows_that_there_are() -> None:
    references = re.compile(r"\b[Rr]ows? ((?:\d+(?:, | and | to )?)+)")
    for path in (REPOSITORY / "esapi_bridge" / "mock").rglob("*.cs"):
        for numbers in references.findall(path.read_text(encoding="utf-8")):
            assert {int(number) for number in re.findall(r"\d+", numbers)} <= ROWS, (path.name, numbers)


def test_the_reference_shows_the_table() -> None:
    page = trap_table.PAGE.read_text(encoding="utf-8")
    assert page == trap_table.text(), "rows are in esapi_bridge/mock/traps.toml; run: python -m tests.docs.trap_table"


def test_what_a_row_stands_on() -> None:
    def stands(**said: str) -> Standing:
        return Trap(1, "trap", "mock", **said).standing  # type: ignore[arg-type]

    assert stands(known="a") is Standing.KNOWN
    assert stands(known="a", assumed="b") is Standing.IN_PART
    assert stands(assumed="b") is Standing.ASSUMED
    assert stands(known="a", contradicted="c") is Standing.CONTRADICTED
