"""What ``evaluate dose`` prints: figures by patient and by group, linear up-sampling -> network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.table import Table

Figures = Mapping[str, Any]

Getter = Callable[[Figures], Figures | None]
"""Finds a figure, linear up-sampling's and the network's, in a row; None where it was not measured."""

SHOWN, SHOWN_LOCAL = "2 %/2 mm", "1 %/1 mm"
"""Criteria whose worst fields are named, in planes and in 3-D."""

GROUPS = ("anatomies", "sites", "kinds", "energies", "kinds_at_energies")
NONE = "-"

WIDTH = 100
"""Columns that the tables need where names are of the usual length."""


def tables(figures: Figures) -> Iterator[Table]:
    """Rows for patients, for groups of fields where there are several, and for all; each with its worst field."""
    rows = dict(figures["patients"])
    for group in (figures[name] for name in GROUPS if len(figures[name]) > 1):
        rows |= {name: row for name, row in group.items() if name not in rows}  # all CTs may be of the site ct
    rows["all"] = figures["all"]
    yield _squared(rows)
    planes = {f"gamma {_short(c)}": _figure("gamma_2d", c) for c in figures["all"]["gamma_2d"]}
    yield _changes("planes, %", rows, planes, f"gamma {_short(SHOWN)}")
    volumes = {
        f"{_short(SHOWN)} by volume": _figure("gamma_2d_volume", SHOWN),
        f"3-D {_short(SHOWN_LOCAL)}": _figure("gamma_3d", SHOWN_LOCAL),
        f"local {_short(SHOWN_LOCAL)}": _figure("gamma_3d_local", SHOWN_LOCAL),
    }
    yield _changes("volumes, %", rows, volumes, f"local {_short(SHOWN_LOCAL)}")
    errors = {
        "masked": _figure("mean_errors", "masked"),
        "stratified": _figure("mean_errors", "stratified"),
        "depth dose": _figure("mean_errors", "depth dose, rms"),
    }
    yield _changes("mean errors, %", rows, errors, "masked", digits=2)
    if "coverage" in figures["all"]:
        yield _coverage({name: row["coverage"] for name, row in rows.items() if "coverage" in row})
    yield _bands(figures["all"]["bands"])


def _coverage(rows: Figures) -> Table:
    """How many voxels lie in their intervals, by the field that is covered least; half-widths in % of the maximum."""
    table = _table("intervals hold, %", "in body", "from 10 % dose", "half-width", "worst", "from 10 % dose")
    for name, row in rows.items():
        masked = row["masked"]
        table.add_row(
            name,
            *(f"{row[figure]['mean']:.1f}" for figure in ("in body", "masked")),
            f"{row['half-width']['mean']:.2f}",
            f"{masked['worst']:.1f}" if "worst" in masked else NONE,
            masked.get("worst_field", NONE),
        )
    return table


def _squared(rows: Figures) -> Table:
    table = _table("squared error", "fields", "mean ratio", "worst", "", "in body", "linear", "network")
    for name, row in rows.items():
        table.add_row(
            name,
            str(row["fields"]),
            f"{row['mean_field_ratio']:.1f}",
            f"{row['worst_field_ratio']:.1f}",
            row["worst_field"],
            f"{row['in_body']['mean_field_ratio']:.1f}" if "in_body" in row else NONE,
            *(f"{row['mse'][method]:.1e}" for method in ("linear", "network")),
        )
    return table


def _changes(title: str, rows: Figures, columns: Mapping[str, Getter], named: str, digits: int = 1) -> Table:
    """What was measured, linear -> network, and of one of them, or the last, the network's worst."""
    shown = {name: figure for name, figure in columns.items() if any(map(figure, rows.values()))}
    named = named if named in shown else list(shown)[-1]
    table = _table(title, *shown, "worst", f"of {named}")
    for name, row in rows.items():
        worst = shown[named](row) or {}
        table.add_row(
            name,
            *(_before_and_after(figure(row), digits) for figure in shown.values()),
            f"{worst['worst']:.{digits}f}" if "worst" in worst else NONE,
            worst.get("worst_field", NONE),
        )
    return table


def _bands(bands: Figures) -> Table:
    table = _table("where, %", "fields", "linear", "network", "worst", "")
    for kind, rows in bands.items():
        for name, row in rows.items():
            table.add_row(
                f"{kind}: {name}",
                str(row["fields"]),
                *(f"{row[key]:.2f}" for key in ("linear", "network", "worst")),
                row["worst_field"],
            )
    return table


def _table(*heads: str) -> Table:
    return Table(*heads, box=None, padding=(0, 1, 0, 0))


def _figure(kind: str, name: str) -> Getter:
    return lambda row: row[kind].get(name)


def _short(criterion: str) -> str:
    """``2 %/2 mm`` as ``2/2``."""
    return criterion.replace(" %", "").replace(" mm", "")


def _before_and_after(figure: Figures | None, digits: int) -> str:
    return NONE if figure is None else f"{figure['linear']:.{digits}f} -> {figure['network']:.{digits}f}"
