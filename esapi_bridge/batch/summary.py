"""The summary of a batch: a page, a table for spreadsheets and one for programs."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from esapi_bridge import INTENDED_USE
from esapi_bridge.batch.find import Batch
from esapi_bridge.batch.outcome import End
from esapi_bridge.batch.rows import FIGURES, Row, rows
from esapi_bridge.checks import Outcome, Verdict
from esapi_bridge.errors import printable
from esapi_bridge.folders.durable import write_whole_file
from esapi_bridge.models import find_model
from esapi_bridge.report.page import rendered

NAME = "summary"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula when a text begins with it: a label is none."""


@dataclass(frozen=True)
class Summary:
    """What is said of a batch.

    Parameters
    ----------
    rows
        A row a plan, the worst first.
    answer
        All of it as plain values.
    page
        The HTML page.
    """

    rows: Sequence[Row]
    answer: dict[str, Any]
    page: Path

    @property
    def exit_code(self) -> int:
        """The worst of the plans' exit codes: failed before refused before done."""
        return min((row.state for row in self.rows), key=list(End).index).exit_code


def write_summary(batch: Batch) -> Summary:
    """Write ``summary.html``, ``.csv`` and ``.json`` into the output folder; each appears whole.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    table, out = rows(batch), batch.place.out
    card = find_model(batch.options.model, batch.options.task.value).card
    states = Counter(row.state for row in table)
    counts = {end.value: states[end] for end in End}
    answer = {
        "schema": 1,
        "task": batch.options.task.value,
        "model": f"{card.name} {card.version}",
        "counts": counts,
        "plans": [row.columns() for row in table],
    }
    write_whole_file(out / f"{NAME}.json", _json(answer))
    write_whole_file(out / f"{NAME}.csv", _csv(table))
    page = rendered(
        "summary.html.j2",
        folder=Path(__file__).parent,
        title=f"batch of {batch.options.task.value}",
        plan=f"{counts['done']} of {len(table)} plans",
        task=batch.options.task.value,
        model=answer["model"],
        verdicts=_verdicts(table),
        seconds=_seconds(table),
        rows=table,
        counts=counts,
        columns=FIGURES[batch.options.task],
    )
    write_whole_file(out / f"{NAME}.html", page.encode())
    return Summary(table, answer, out / f"{NAME}.html")


def _json(answer: dict[str, Any]) -> bytes:
    return (json.dumps({**answer, "intended_use": INTENDED_USE}, indent=1) + "\n").encode()


def _csv(table: Sequence[Row]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, [*table[0].columns(), "intended_use"])
    writer.writeheader()
    for row in table:
        cells = row.columns() | {"intended_use": INTENDED_USE}
        writer.writerow({name: _cell(value) for name, value in cells.items()})
    return stream.getvalue().encode("utf-8-sig")  # or spreadsheets take it for another encoding


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _verdicts(table: Sequence[Row]) -> list[Verdict]:
    """Sum up every check: how many plans it let pass, warned of or refused; those that did something first."""
    refused = Counter(name for row in table if row.state is End.REFUSED for name in row.checks)
    results = [(check.check, check.verdict) for row in table for check in row.results]
    warned = Counter(name for name, verdict in results if verdict == Outcome.WARN.value)
    passed = Counter(name for name, verdict in results if verdict == Outcome.PASS.value)
    found = []
    for name in sorted({*refused, *warned, *passed}, key=lambda name: (-refused[name], -warned[name], name)):
        outcome = Outcome.REFUSE if refused[name] else Outcome.WARN if warned[name] else Outcome.PASS
        counts = [(refused[name], "refused"), (warned[name], "warned"), (passed[name], "passed")]
        text = ", ".join(f"{verb} in {count}" for count, verb in counts if count)
        found.append(Verdict(name, outcome, "passed in every plan", text))
    return found


def _seconds(table: Sequence[Row]) -> dict[str, float]:
    """Time of each step, all plans together, s."""
    total: Counter[str] = Counter()
    for row in table:
        total.update(row.steps)
    return dict(total)
