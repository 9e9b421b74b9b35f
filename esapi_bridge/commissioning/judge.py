"""Figures of all cases against the limits."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from esapi_bridge.commissioning.compared import Measured
from esapi_bridge.commissioning.limits import Limits
from esapi_bridge.commissioning.quantities import QUANTITIES, Quantity
from esapi_bridge.models.commissioning_record import QuantityResult


def judge(
    rows: Sequence[Measured], limits: Limits, quantities: Mapping[str, Quantity] = QUANTITIES
) -> tuple[QuantityResult, ...]:
    """Find the worst of every quantity, whether it has a limit or not, and whether it was measured or not."""
    return tuple(_judged(quantity, rows, limits) for quantity in quantities.values())


def worst_row(rows: Sequence[Measured], quantity: Quantity) -> Measured | None:
    """The row with the worst figure of a quantity; None where none has it."""
    having = [row for row in rows if quantity.name in row.figures]
    worst = min if quantity.better == "high" else max
    return worst(having, key=lambda row: row.figures[quantity.name]) if having else None


def _judged(quantity: Quantity, rows: Sequence[Measured], limits: Limits) -> QuantityResult:
    found = [row.figures[quantity.name] for row in rows if quantity.name in row.figures]
    worst = worst_row(rows, quantity)
    limit = limits.limits.get(quantity.name)
    return QuantityResult(
        quantity=quantity.name,
        text=quantity.text,
        unit=quantity.unit,
        better=quantity.better,
        limit=None if limit is None else limit.limit,
        source=None if limit is None else limit.source,
        measured=len(found),
        worst=None if worst is None else worst.figures[quantity.name],
        where=None if worst is None else worst.where,
        mean=statistics.fmean(found) if found else None,
    )
