"""What ``study dose`` prints: networks side by side."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from dosenet.gamma import PAPER_CRITERIA
from esapi_bridge.study.outcome import Outcome
from esapi_bridge.study.protocol import Study
from esapi_bridge.study.summary import LINEAR, compared

WIDTH = 120
"""Columns that the table needs where names are of the usual length."""


def networks_table(study: Study, outcomes: Sequence[Outcome]) -> Table:
    """Rows for linear up-sampling and for every network with every limit."""
    trained = compared(study, outcomes)
    gammas = [f"gamma {c.dose_percent:g}/{c.distance_mm:g}, %" for c in PAPER_CRITERIA]
    table = Table("network", "trained for", "steps", "squared error", "times less", *gammas, box=None)
    first = trained[0].figures
    rates = [f"{first['gamma_2d'][str(c)]['linear']:.1f}" for c in PAPER_CRITERIA]
    table.add_row(LINEAR, "", "", f"{first['mse']['linear']:.2e}", "1", *rates)
    for one in trained:
        figures = one.figures
        rates = [f"{figures['gamma_2d'][str(c)]['network']:.1f}" for c in PAPER_CRITERIA]
        error, ratio = f"{figures['mse']['network']:.2e}", f"{figures['mse_ratio']:.1f}"
        table.add_row(one.network, one.limit.label, f"{one.mean('steps'):.0f}", error, ratio, *rates)
    return table
