"""What ``calibrate`` prints of intervals."""

from __future__ import annotations

from itertools import pairwise

from rich.table import Table

from dosenet.interval import PLACES, IntervalTable

SLOPES = ("flat", "slope", "penumbra")


def shown(table: IntervalTable) -> Table:
    """Half-widths, per cent of the maximum, by dose and slope, and by place."""
    printed = Table("half-width, %", "", *PLACES, box=None, padding=(0, 1, 0, 0))
    edges = (0.0, *table.dose_shares, 1.0)
    for band, (low, high) in enumerate(pairwise(edges)):
        for slope, name in enumerate(SLOPES):
            widths = (table.half_widths[place][band][slope] for place in PLACES)
            dose = f"dose {100 * low:g}-{100 * high:g} %" if slope == 0 else ""
            printed.add_row(dose, name, *(f"{100 * width:.2f}" for width in widths))
    return printed
