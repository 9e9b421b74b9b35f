"""The table of a batch: one row a plan, the worst first; the same columns on the page, in CSV and in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from esapi_bridge.batch.find import Batch
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.task import Task
from esapi_bridge.checks import Outcome as Verdict
from esapi_bridge.checks.commissioned import CHECK
from esapi_bridge.tasks.dose.record import DoseRecord
from esapi_bridge.tasks.fluence.record import FluenceRecord
from esapi_bridge.tasks.run import REPORT_FILE, RUN_FILE
from esapi_bridge.tasks.run_record import CheckResult, RunRecord, read_run

Figure = float | None


@dataclass(frozen=True)
class Row:
    """One plan.

    Parameters
    ----------
    key
        Its name, and that of its folder in the output where it is done.
    plan
        Label of the plan.
    patient
        Keyed hash of the patient.
    state
        How it ended.
    verdict
        The worst of its checks.
    checks
        Those that warned of the plan, or that refused; what is said of the network only the sum of the checks has.
    structures
        Structures that the network was given by name; of the fluence task.
    figures
        Figures by column; None where there is none.
    seconds
        Time it took, s.
    reason
        Why there is no result.
    page
        Its page, relative to the output; empty where there is none.
    results
        What the checks found, for the sum of all plans.
    steps
        Time of every step, s.
    """

    key: str
    plan: str
    patient: str
    state: End
    verdict: str
    checks: tuple[str, ...]
    structures: str
    figures: Mapping[str, Figure]
    seconds: float
    reason: str
    page: str
    results: tuple[CheckResult, ...] = ()
    steps: Mapping[str, float] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """The row as plain values by column."""
        return {
            "key": self.key,
            "plan": self.plan,
            "patient": self.patient,
            "state": self.state.value,
            "verdict": self.verdict,
            "checks": ", ".join(self.checks),
            "structures": self.structures,
            **self.figures,
            "seconds": round(self.seconds, 1),
            "reason": self.reason,
            "page": self.page,
        }


def _gamma(criterion: str) -> Callable[[DoseRecord], Figure]:
    return lambda record: next(
        (row.pass_percent for row in record.metrics.gamma if row.criterion.startswith(criterion)), None
    )


def _maximum(of: str) -> Callable[[DoseRecord], Figure]:
    return lambda record: record.metrics.maximum_gy.get(of)


def _change_percent(record: DoseRecord) -> Figure:
    given, network = (record.metrics.mean_gy.get(name) for name in ("Input", "DDN"))
    return 100 * (network / given - 1) if given and network is not None else None


def _delivered(name: str, *, wanted: bool) -> Callable[[FluenceRecord], Figure]:
    return lambda record: (
        record.delivery.figures.get(name, (None, None))[0 if wanted else 1] if record.delivery else None
    )


def _of_maps(name: str, worst: Callable[..., float]) -> Callable[[FluenceRecord], Figure]:
    """The worst of all beams' figures against the clinical fluences."""

    def found(record: FluenceRecord) -> Figure:
        values = [getattr(beam.reference, name) for beam in record.beams if beam.reference]
        known = [value for value in values if value is not None]
        return worst(known) if known else None

    return found


class Column(NamedTuple):
    """A figure: its name in tables, its title and form on the page, and how it is found in a run's record."""

    name: str
    title: str
    form: str
    of: Callable[[Any], Figure]


D95, HOMOGENEITY = "PTV D95, % of prescription", "homogeneity (D5 - D95) / prescription"

FIGURES: Mapping[Task, tuple[Column, ...]] = {
    Task.DOSE: (
        Column("gamma_2_percent_2_mm", "gamma 2 %/2 mm, %", "%.1f", _gamma("2 %/2 mm")),
        Column("gamma_1_percent_1_mm", "gamma 1 %/1 mm, %", "%.1f", _gamma("1 %/1 mm")),
        Column("input_maximum_gy", "input maximum, Gy", "%.2f", _maximum("Input")),
        Column("network_maximum_gy", "network maximum, Gy", "%.2f", _maximum("DDN")),
        Column("mean_change_percent", "mean dose, change, %", "%+.2f", _change_percent),
    ),
    Task.FLUENCE: (
        Column("d95_wanted_percent", "PTV D95 wanted, %", "%.1f", _delivered(D95, wanted=True)),
        Column("d95_delivered_percent", "delivered, %", "%.1f", _delivered(D95, wanted=False)),
        Column("homogeneity_wanted", "homogeneity wanted", "%.3f", _delivered(HOMOGENEITY, wanted=True)),
        Column("homogeneity_delivered", "delivered", "%.3f", _delivered(HOMOGENEITY, wanted=False)),
        Column("lowest_map_gamma_percent", "lowest gamma of a map, %", "%.1f", _of_maps("gamma_percent", min)),
        Column(
            "largest_sum_error_percent", "largest error of a sum, %", "%+.1f",
            _of_maps("sum_error_percent", lambda known: max(known, key=abs)),
        ),
    ),
}  # fmt: skip
"""Of dose: the network's against the input. Of fluence: delivered against wanted, maps against clinical ones."""


def rows(batch: Batch) -> list[Row]:
    """Make the table of a batch, the worst first."""
    return sorted((_row(batch, key) for key in batch.plans), key=_badness)


def _row(batch: Batch, key: str) -> Row:
    outcome = batch.outcomes.get(key, Outcome(End.WAITING))
    record, is_done = None, outcome.end is End.DONE
    if is_done:
        try:
            record = _record(batch, key)
        except (OSError, ValueError):
            outcome = Outcome(End.FAILED, "its run.json cannot be read: remove its folder, then run the batch again")
    results = () if record is None else record.checks
    warned = tuple(check.check for check in results if check.verdict == Verdict.WARN.value and check.check != CHECK)
    verdict = (Verdict.WARN if warned else Verdict.PASS).value if record else ""
    if outcome.end is End.REFUSED:
        verdict = Verdict.REFUSE.value
    figures = {column.name: column.of(record) if record else None for column in FIGURES[batch.options.task]}
    has_page = record is not None and any(file.name == REPORT_FILE for file in record.outputs)
    plan = batch.plans[key]
    structures = record.structures if isinstance(record, FluenceRecord) else {}
    return Row(
        key=key,
        plan=plan.label,
        patient=plan.patient,
        state=outcome.end,
        verdict=verdict,
        checks=warned or tuple(check.check for check in outcome.checks),
        structures="; ".join(f"{label}: {', '.join(names)}" for label, names in structures.items()),
        figures=figures,
        seconds=sum(record.seconds.values()) if record else outcome.seconds,
        reason=outcome.reason if is_done else _with_older(outcome.reason, batch.place.out / key),
        page=f"{key}/{REPORT_FILE}" if has_page else "",
        results=results,
        steps=record.seconds if record else {},
    )


def _with_older(reason: str, folder: Path) -> str:
    older = "its folder holds the result of earlier files or options" if folder.exists() else ""
    return "; ".join(part for part in (reason, older) if part)


def _record(batch: Batch, key: str) -> RunRecord:
    kind = DoseRecord if batch.options.task is Task.DOSE else FluenceRecord
    return read_run(batch.place.out / key / RUN_FILE, kind)


def _badness(row: Row) -> tuple[object, ...]:
    """Key of the order: failed, refused, waiting, then by warnings and the figure that says most."""
    figures = row.figures
    wanted, delivered = figures.get("d95_wanted_percent"), figures.get("d95_delivered_percent")
    if wanted is not None and delivered is not None:
        worst = -abs(delivered - wanted)
    else:
        known = figures.get("gamma_2_percent_2_mm") or figures.get("lowest_map_gamma_percent")
        worst = 0.0 if known is None else known - 100.0
    return list(End).index(row.state), -len(row.checks), worst, row.plan, row.key
