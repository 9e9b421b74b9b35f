"""The figures of the dose network in README and its page, made from those of an evaluation.

::

    esapi-bridge evaluate dose PAIRS.zarr --model NAME --planes 24 --json > figures.json
    python -m tests.docs.dose_figures figures.json

What stands between the marks is made, and a test fails where it was changed by hand.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.docs.pages import DOCS, ROOT

Figures = Mapping[str, Any]
Columns = Mapping[str, Callable[[Figures], str]]

README, NETWORKS = ROOT / "README.md", DOCS / "explanation" / "networks.md"
MADE = re.compile(r"<!-- made by tests\.docs\.dose_figures (\w+) -->\n(.*?)<!-- until here -->\n", re.DOTALL)
"""What is made: its digest, itself."""

ANATOMIES = {"ct": "CTs", "phantom": "phantoms"}
PLANES, VOLUME = "2 %/2 mm", "1 %/1 mm"
"""Criteria shown, in 2-D and 3-D."""

NONE = "–"

BANDS = {
    "dose": "dose, % of the maximum",
    "tissue": "tissue, from 10 % dose",
    "depth": "below the skin, from 10 % dose",
}


def short(figures: Figures) -> str:
    """CTs, phantoms and all of them, for README."""
    return f"{_about(figures)}\n\n{_table('', {**_anatomies(figures), 'all': figures['all']}, FEW)}"


def long(figures: Figures) -> str:
    """By patient, by site, kind of field and energy; where errors lie."""
    rows = {**figures["patients"], **{f"**{name}**": row for name, row in _anatomies(figures).items()}}
    groups = [figures[name] for name in ("sites", "kinds", "energies", "kinds_at_energies")]
    kinds = {name: row for group in groups for name, row in group.items() if name}
    patients = _table("patient", {**rows, "**all**": figures["all"]}, COLUMNS)
    fields = _table("site, kind of field, energy", kinds, COLUMNS)
    return "\n\n".join([_about(figures), patients, fields, _bands(figures["all"]["bands"])])


def digest(text: str) -> str:
    """What the mark says of the text below it."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def page_with(page: str, made: str) -> str:
    """Return a page with other figures between its marks.

    Raises
    ------
    ValueError
        If it has no such place, or several.
    """
    made = f"\n{made}\n\n"
    marked = f"<!-- made by tests.docs.dose_figures {digest(made)} -->\n{made}<!-- until here -->\n"
    text, count = MADE.subn(lambda _: marked, page)
    if count != 1:
        raise ValueError(f"expected one place for figures on the page, found {count}")
    return text


def _about(figures: Figures) -> str:
    patients = {(field["patient"], field["anatomy"]) for field in figures["fields"]}
    count = {name: sum(anatomy == key for _, anatomy in patients) for key, name in ANATOMIES.items()}
    of = " and ".join(f"{number} {name}" for name, number in count.items() if number)
    return (
        f"`{figures['model']}` {figures['version']}, {figures['all']['fields']} fields on {of} of the split "
        f"`{figures['split']}`, linear up-sampling → network:"
    )


def _anatomies(figures: Figures) -> dict[str, Figures]:
    rows = {ANATOMIES[name]: row for name, row in figures["anatomies"].items()}
    return rows if len(rows) > 1 else {}


def _table(head: str, rows: Mapping[str, Figures], columns: Columns) -> str:
    cells = {name: [cell(row) for row in rows.values()] for name, cell in columns.items()}
    shown = {name: column for name, column in cells.items() if set(column) != {NONE}}
    lines = [[head, *shown], ["---"] * (len(shown) + 1)]
    lines += [[name, *(column[k] for column in shown.values())] for k, name in enumerate(rows)]
    return _markdown(lines)


def _bands(bands: Figures) -> str:
    lines = [["mean absolute error in the body, % of the maximum", "fields", "linear → network (worst)"], ["---"] * 3]
    for kind, rows in bands.items():
        lines += [[f"{BANDS[kind]}: {name}", str(row["fields"]), _change(row, 2)] for name, row in rows.items()]
    return _markdown(lines)


def _markdown(lines: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _smaller(row: Figures) -> str:
    return f"{row['mean_field_ratio']:.1f} × ({row['worst_field_ratio']:.1f} ×, {row['worst_field']})"


def _change(figure: Figures | None, digits: int = 1) -> str:
    if figure is None or "worst" not in figure:
        return NONE
    before, after, worst = (f"{figure[key]:.{digits}f}" for key in ("linear", "network", "worst"))
    return f"{before} → {after} % ({worst} %, {figure['worst_field']})"


def _power(value: float) -> str:
    """7.8e-4, without the zero."""
    return re.sub(r"e-0", "e-", f"{value:.1e}")


COLUMNS: Columns = {
    "fields": lambda row: str(row["fields"]),
    "mean squared error": lambda row: " → ".join(_power(row["mse"][name]) for name in ("linear", "network")),
    "times smaller, mean of fields (worst)": _smaller,
    "in the body (worst)": lambda row: _smaller(row["in_body"]) if "in_body" in row else NONE,
    f"2-D gamma {PLANES}, planes by themselves (worst)": lambda row: _change(row["gamma_2d"].get(PLANES)),
    "by the volume's maximum (worst)": lambda row: _change(row["gamma_2d_volume"].get(PLANES)),
    f"3-D gamma {VOLUME} (worst)": lambda row: _change(row["gamma_3d"].get(VOLUME)),
    f"local {VOLUME} (worst)": lambda row: _change(row["gamma_3d_local"].get(VOLUME)),
    "masked error (worst)": lambda row: _change(row["mean_errors"].get("masked"), 2),
    "stratified error (worst)": lambda row: _change(row["mean_errors"].get("stratified"), 2),
    "depth dose (worst)": lambda row: _change(row["mean_errors"].get("depth dose, rms"), 2),
}
"""Head of a column, and what it shows of a row; one that has nothing to show is left out."""

FEW = {name: cell for name, cell in COLUMNS.items() if not name.startswith(("by the volume", "strat", "depth"))}
"""What README shows of them."""

PAGES: dict[Path, Callable[[Figures], str]] = {README: short, NETWORKS: long}


if __name__ == "__main__":
    found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for path, made in PAGES.items():
        path.write_text(page_with(path.read_text(encoding="utf-8"), made(found)), encoding="utf-8")
