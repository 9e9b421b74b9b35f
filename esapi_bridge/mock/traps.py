"""The table of traps as data: what scripts meet in the real ESAPI, what the mock does, and who says so."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

TABLE = Path(__file__).with_name("traps.toml")


class Standing(StrEnum):
    """How a row stands towards the real ESAPI."""

    KNOWN = "known"
    IN_PART = "known in part"
    ASSUMED = "assumed"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True)
class Trap:
    """One row.

    Parameters
    ----------
    row
        The number that comments of the C# sources and tests call it by.
    trap
        What a script does or meets.
    mock
        What the mock does then.
    known
        What is documented or reported of it; empty if nothing.
    by
        Who says so: members with the version of their documentation, public threads and repositories.
    assumed
        What nobody has said.
    contradicted
        What speaks against what, if sources disagree.
    """

    row: int
    trap: str
    mock: str
    known: str = ""
    by: tuple[str, ...] = ()
    assumed: str = ""
    contradicted: str = ""

    @property
    def standing(self) -> Standing:
        """What may be relied on."""
        if self.contradicted:
            return Standing.CONTRADICTED
        if self.known and self.assumed:
            return Standing.IN_PART
        return Standing.KNOWN if self.known else Standing.ASSUMED


def traps() -> tuple[Trap, ...]:
    """Return all rows by their numbers.

    Raises
    ------
    ValueError
        If a number is given twice, or something is known without anybody saying so.
    """
    rows = [Trap(**{**row, "by": tuple(row.get("by", ()))}) for row in tomllib.loads(TABLE.read_text("utf-8"))["trap"]]
    numbers = [row.row for row in rows]
    if len(set(numbers)) < len(numbers):
        raise ValueError("traps.toml: every row needs a number of its own")
    for row in rows:
        if bool(row.known) != bool(row.by) or not (row.known or row.assumed):
            raise ValueError(f"traps.toml, row {row.row}: what is known needs who says so; else it is assumed")
    return tuple(sorted(rows, key=lambda row: row.row))
