"""Figures of an evaluation: of one field, and tables of many; `dosenet.evaluation` says how they are measured."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as data_field
from typing import Any

from dosenet.upsampling import error_ratio


@dataclass(frozen=True)
class FieldResult:
    """Figures of one field, by method (``linear``, ``network``); `FieldPair` says what kind and energy are."""

    patient: str
    site: str
    field: str
    kind: str
    energy: str
    planes: int
    seconds: float
    mse: dict[str, float]
    gamma_2d: dict[str, dict[str, float]] = data_field(default_factory=dict)
    gamma_2d_volume: dict[str, dict[str, float]] = data_field(default_factory=dict)
    gamma_3d: dict[str, dict[str, float]] = data_field(default_factory=dict)
    parts: dict[str, float] = data_field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Mean squared error of linear up-sampling over the network's."""
        return error_ratio(self.mse["linear"], self.mse["network"])


def summarise(results: Sequence[FieldResult]) -> dict[str, Any]:
    """Mean figures of some fields; ``mse_ratio`` is the ratio of mean errors, ``worst_field_ratio`` the smallest."""
    worst = min(results, key=lambda r: r.ratio)
    mse = {name: statistics.fmean(r.mse[name] for r in results) for name in ("linear", "network")}
    summary: dict[str, Any] = {
        "fields": len(results),
        "planes": sum(r.planes for r in results),
        "mse": mse,
        "mse_ratio": error_ratio(mse["linear"], mse["network"]),
        "mean_field_ratio": statistics.fmean(r.ratio for r in results),
        "worst_field_ratio": worst.ratio,
        "worst_field": f"{worst.patient} {worst.field}",
    }
    for kind in ("gamma_2d", "gamma_2d_volume", "gamma_3d"):
        tables = [getattr(r, kind) for r in results]
        summary[kind] = {
            criterion: {name: _mean_of(t[criterion][name] for t in tables) for name in ("linear", "network")}
            for criterion in tables[0]
        }
    with_parts = [r.parts for r in results if r.parts]
    if with_parts:
        summary["parts"] = {name: statistics.fmean(p[name] for p in with_parts) for name in with_parts[0]}
    return summary


def report(results: Sequence[FieldResult]) -> dict[str, Any]:
    """All figures as plain values: over all fields, per patient, kind, energy, kind with energy, and per field."""
    return {
        "all": summarise(results),
        "patients": _grouped(results, lambda r: r.patient),
        "kinds": _grouped(results, lambda r: r.kind),
        "energies": _grouped(results, lambda r: r.energy),
        "kinds_at_energies": _grouped(results, lambda r: f"{r.kind} {r.energy}".strip()),
        "fields": [asdict(r) for r in results],
    }


def _grouped(results: Sequence[FieldResult], group: Callable[[FieldResult], str]) -> dict[str, dict[str, Any]]:
    names = sorted({group(r) for r in results})
    return {name: summarise([r for r in results if group(r) == name]) for name in names}


def _mean_of(values: Any) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return statistics.fmean(finite) if finite else math.nan
