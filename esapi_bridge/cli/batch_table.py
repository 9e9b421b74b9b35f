"""The live table of a batch: plans at work, those that ended last, totals and time left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from esapi_bridge.batch.find import Batch
    from esapi_bridge.batch.run import Told

MOST_ENDED = 8
"""Plans shown that have ended; the summary has all."""


@contextmanager
def batch_table(batch: Batch) -> Iterator[Told]:
    """Show how far a batch is, on standard error; silent with ``-q``, a line a plan where that is no terminal.

    Yields
    ------
    Told
        To be called with every plan that ends.
    """
    from rich.live import Live

    from esapi_bridge.cli.console import progress as console

    begun = time.monotonic()
    if console.quiet or not console.is_terminal:
        yield lambda key, outcome: console.print(
            f"{outcome.end.value:<8} {batch.plans[key].label}  {outcome.seconds:.1f} s  {_totals(batch, begun)}"
        )
        return
    with Live(get_renderable=lambda: _table(batch, begun), console=console, refresh_per_second=2, transient=True):
        yield lambda *_: None


def _table(batch: Batch, begun: float) -> Table:
    from rich.table import Table

    table = Table("plan", "", "step", box=None, caption=_totals(batch, begun), caption_justify="left")
    table.add_column("time, s", justify="right")
    for key in list(batch.outcomes)[batch.before :][-MOST_ENDED:]:
        outcome = batch.outcomes[key]
        table.add_row(batch.plans[key].label, outcome.end.value, outcome.reason, f"{outcome.seconds:.1f}")
    for key, step in batch.at_work().items():
        if key in batch.plans and key not in batch.outcomes:
            share = f" {step.done}/{step.total}" if step.total > 1 else ""
            table.add_row(batch.plans[key].label, "at work", f"{step.name}{share}", f"{step.seconds:.0f}")
    return table


def _totals(batch: Batch, begun: float) -> str:
    counts = ", ".join(f"{count} {end.value}" for end, count in sorted(batch.counts.items(), reverse=True))
    waiting, ended = len(batch.waiting), len(batch.outcomes) - batch.before
    if not waiting or not ended:
        return counts
    left_s = (time.monotonic() - begun) / ended * waiting
    return f"{counts}; about {timedelta(seconds=round(left_s))} left"
