"""Figures of an evaluation: of one field, and tables of many; `dosenet.evaluation` says how they are measured."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as data_field
from typing import Any

from dosenet.upsampling import error_ratio

METHODS = ("linear", "network")
Figures = Mapping[str, float]
"""By method."""


@dataclass(frozen=True)
class FieldResult:
    """Figures of one field, by method (``linear``, ``network``); `FieldPair` says what kind and energy are."""

    patient: str
    site: str
    anatomy: str
    field: str
    kind: str
    energy: str
    planes: int
    seconds: float
    mse: dict[str, float]
    mse_in_body: dict[str, float] = data_field(default_factory=dict)
    gamma_2d: dict[str, dict[str, float]] = data_field(default_factory=dict)
    gamma_2d_volume: dict[str, dict[str, float]] = data_field(default_factory=dict)
    gamma_3d: dict[str, dict[str, float]] = data_field(default_factory=dict)
    gamma_3d_local: dict[str, dict[str, float]] = data_field(default_factory=dict)
    mean_errors: dict[str, dict[str, float]] = data_field(default_factory=dict)
    bands: dict[str, dict[str, dict[str, float]]] = data_field(default_factory=dict)
    parts: dict[str, float] = data_field(default_factory=dict)
    coverage: dict[str, float] = data_field(default_factory=dict)

    @property
    def name(self) -> str:
        """Patient and field."""
        return f"{self.patient} {self.field}"

    @property
    def ratio(self) -> float:
        """Mean squared error of linear up-sampling over the network's."""
        return _ratio(self.mse)

    @property
    def ratio_in_body(self) -> float:
        """The same where both are zero outside the body, which must be known."""
        return _ratio(self.mse_in_body)


def summarise(results: Sequence[FieldResult]) -> dict[str, Any]:
    """Mean figures of some fields, each with the worst field's.

    ``mse_ratio`` is the ratio of mean errors, ``worst_field_ratio`` the smallest.
    """
    summary: dict[str, Any] = {
        "fields": len(results),
        "planes": sum(r.planes for r in results),
        **_squared(results, "mse", lambda r: r.ratio),
    }
    with_body = [r for r in results if r.mse_in_body]
    if with_body:
        summary["in_body"] = {"fields": len(with_body), **_squared(with_body, "mse_in_body", lambda r: r.ratio_in_body)}
    for kind in ("gamma_2d", "gamma_2d_volume", "gamma_3d", "gamma_3d_local"):
        tables = {r.name: getattr(r, kind) for r in results}
        summary[kind] = _means(tables, worst=min)
    summary["mean_errors"] = _means({r.name: r.mean_errors for r in results}, worst=max)
    summary["bands"] = {
        kind: _means({r.name: r.bands.get(kind, {}) for r in results}, worst=max)
        for kind in dict.fromkeys(kind for r in results for kind in r.bands)
    }
    covered = {r.name: r.coverage for r in results if r.coverage}
    if covered:
        summary["coverage"] = _coverage(covered)
    with_parts = [r.parts for r in results if r.parts]
    if with_parts:
        summary["parts"] = {name: statistics.fmean(p[name] for p in with_parts) for name in with_parts[0]}
    return summary


def report(results: Sequence[FieldResult]) -> dict[str, Any]:
    """All figures as plain values: over all fields, per group of fields, and per field.

    Groups are anatomies (CTs, phantoms), patients, sites, kinds of fields, energies, and kinds with energies.
    """
    return {
        "all": summarise(results),
        "patients": _grouped(results, lambda r: r.patient),
        "anatomies": _grouped(results, lambda r: r.anatomy),
        "sites": _grouped(results, lambda r: r.site),
        "kinds": _grouped(results, lambda r: r.kind),
        "energies": _grouped(results, lambda r: r.energy),
        "kinds_at_energies": _grouped(results, lambda r: f"{r.kind} {r.energy}".strip()),
        "fields": [asdict(r) for r in results],
    }


def _grouped(results: Sequence[FieldResult], group: Callable[[FieldResult], str]) -> dict[str, dict[str, Any]]:
    names = sorted({group(r) for r in results})
    return {name: summarise([r for r in results if group(r) == name]) for name in names}


def _squared(
    results: Sequence[FieldResult], error: str, ratio: Callable[[FieldResult], float]
) -> dict[str, dict[str, float] | float | str]:
    """Squared errors and how many times smaller the network's are."""
    mse = {name: statistics.fmean(getattr(r, error)[name] for r in results) for name in METHODS}
    worst = min(results, key=ratio)
    return {
        "mse": mse,
        "mse_ratio": _ratio(mse),
        "mean_field_ratio": statistics.fmean(ratio(r) for r in results),
        "worst_field_ratio": ratio(worst),
        "worst_field": worst.name,
    }


def _means(
    tables: Mapping[str, Mapping[str, Figures]], worst: Callable[..., str]
) -> dict[str, dict[str, float | str | int]]:
    """Means over the fields that have a figure, and the worst of the network's; `tables` by name of the field."""
    found: dict[str, dict[str, float | str | int]] = {}
    for figure in dict.fromkeys(name for table in tables.values() for name in table):
        rows = {name: table[figure] for name, table in tables.items() if figure in table}
        finite = {name: row["network"] for name, row in rows.items() if math.isfinite(row["network"])}
        found[figure] = {method: _mean_of([row[method] for row in rows.values()]) for method in METHODS}
        found[figure]["fields"] = len(rows)
        if finite:
            name = worst(finite, key=finite.__getitem__)
            found[figure] |= {"worst": finite[name], "worst_field": name}
    return found


def _coverage(fields: Mapping[str, Figures]) -> dict[str, dict[str, float | str | int]]:
    """Means over fields, by name of the figure, with the field that is covered least."""
    found: dict[str, dict[str, float | str | int]] = {}
    for figure in next(iter(fields.values())):
        rows = {name: row[figure] for name, row in fields.items() if math.isfinite(row[figure])}
        found[figure] = {"mean": _mean_of(list(rows.values())), "fields": len(rows)}
        if rows:
            name = min(rows, key=rows.__getitem__)
            found[figure] |= {"worst": rows[name], "worst_field": name}
    return found


def _ratio(mse: Figures) -> float:
    return error_ratio(mse["linear"], mse["network"])


def _mean_of(values: Sequence[float]) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return statistics.fmean(finite) if finite else math.nan
