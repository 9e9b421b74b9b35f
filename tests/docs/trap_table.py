"""The table of traps in the reference of the mock, made from its data: ``python -m tests.docs.trap_table``."""

from __future__ import annotations

from esapi_bridge.mock.traps import Trap, traps
from tests.docs.pages import DOCS

PAGE = DOCS / "reference" / "mock-esapi.md"
HEAD = "| row | trap | in the mock | stands | why |\n|---|---|---|---|---|\n"


def table() -> str:
    """Return the rows as Markdown."""
    return HEAD + "".join(map(_line, traps()))


def text() -> str:
    """Return the page with the table as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(HEAD)
    _, _, after = rest.partition("\n\n")
    return f"{before}{table()}\n{after}"


def _line(row: Trap) -> str:
    why = []
    if row.known:
        why.append(f"Known: {row.known} ({'; '.join(row.by)}).")
    if row.contradicted:
        why.append(f"Contradicted: {row.contradicted}.")
    if row.assumed:
        why.append(f"Assumed: {row.assumed}.")
    return f"| {row.row} | {row.trap} | {row.mock} | {row.standing} | {' '.join(why)} |\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
