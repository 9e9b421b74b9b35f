"""What ``evaluate dose`` prints: figures by patient and by group, linear up-sampling -> network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

Figures = Mapping[str, Any]

SHOWN, SHOWN_LOCAL = "2 %/2 mm", "1 %/1 mm"
"""Criteria of the tables by group."""

GROUPS = ("anatomies", "sites", "kinds", "energies", "kinds_at_energies")
NONE = "-"

WIDTH = 100
"""Columns that the tables need where names are of the usual length."""


def tables(figures: Figures) -> Iterator[Table]:
    """Squared error and gamma by patient, then by group with the worst field, then what others publish."""
    whole = figures["all"]
    yield _of_patients({**figures["patients"], "all": whole})
    groups: dict[str, Figures] = {}
    for group in (figures[name] for name in GROUPS if len(figures[name]) > 1):
        groups |= {name: row for name, row in group.items() if name not in groups}  # all CTs may be of the site ct
    if groups:
        yield _ratios({**groups, "all": whole})
    yield _mean_errors({**groups, "all": whole})
    yield _bands(whole["bands"])


def _of_patients(rows: Figures) -> Table:
    criteria = list(rows["all"]["gamma_2d"])
    gammas = [f"gamma {_short(c)} %" for c in criteria]
    table = _table("squared error", "fields", "linear", "network", "ratio", "in body", *gammas)
    for name, row in rows.items():
        table.add_row(
            name,
            str(row["fields"]),
            f"{row['mse']['linear']:.2e}",
            f"{row['mse']['network']:.2e}",
            f"{row['mse_ratio']:.1f}",
            f"{row['in_body']['mse_ratio']:.1f}" if "in_body" in row else NONE,
            *(_before_and_after(row["gamma_2d"].get(c)) for c in criteria),
        )
    return table


def _ratios(rows: Figures) -> Table:
    gamma = f"gamma {_short(SHOWN)} %"
    table = _table("times smaller", "fields", "mean", "worst", "", "in body", gamma, "by volume %")
    for name, row in rows.items():
        table.add_row(
            name,
            str(row["fields"]),
            f"{row['mean_field_ratio']:.1f}",
            f"{row['worst_field_ratio']:.1f}",
            row["worst_field"],
            f"{row['in_body']['mean_field_ratio']:.1f}" if "in_body" in row else NONE,
            _before_and_after(row["gamma_2d"].get(SHOWN)),
            _before_and_after(row["gamma_2d_volume"].get(SHOWN)),
        )
    return table


def _mean_errors(rows: Figures) -> Table:
    local = any(SHOWN_LOCAL in row["gamma_3d_local"] for row in rows.values())
    more = [f"local {_short(SHOWN_LOCAL)} %"] if local else []
    table = _table("mean errors, %", "masked", "worst", "", "stratified", "depth dose", *more)
    for name, row in rows.items():
        errors = row["mean_errors"]
        table.add_row(
            name,
            _before_and_after(errors["masked"], 2),
            f"{errors['masked']['worst']:.2f}",
            errors["masked"]["worst_field"],
            _before_and_after(errors["stratified"], 2),
            _before_and_after(errors.get("depth dose, rms"), 2),
            *([_before_and_after(row["gamma_3d_local"][SHOWN_LOCAL])] if local else []),
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


def _short(criterion: str) -> str:
    """``2 %/2 mm`` as ``2/2``."""
    return criterion.replace(" %", "").replace(" mm", "")


def _before_and_after(figure: Mapping[str, float] | None, digits: int = 1) -> str:
    """Say what linear up-sampling has, and the network."""
    return NONE if figure is None else f"{figure['linear']:.{digits}f} -> {figure['network']:.{digits}f}"
