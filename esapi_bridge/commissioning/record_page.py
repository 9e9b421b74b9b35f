"""What the pages of all commissionings show of their record: limits and results, facts, warnings, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from esapi_bridge.checks import Outcome, Verdict
from esapi_bridge.models.commissioning_record import CommissioningRecord
from esapi_bridge.report.page import rendered

CHIPS = {"met": "pass", "not met": "refuse", "not in these cases": "warn", "no limit": "warn"}


def rendered_record(
    template: str,
    record: CommissioningRecord,
    seconds: Mapping[str, float],
    *,
    against: str,
    what_figures_are: str,
    **values: Any,
) -> str:
    """Fill a template that extends ``record.html.j2``.

    Parameters
    ----------
    template
        Its name, in the folder of this module.
    record
        Limits and results.
    seconds
        Time of every step, s.
    against, what_figures_are
        What the network was compared with, and a sentence on the figures.
    values
        What the template asks for besides.
    """
    return rendered(
        template,
        folder=Path(__file__).parent,
        title="commissioning",
        plan=f"{record.model.name} {record.model.version}",
        verdicts=_verdicts(record),
        seconds=seconds,
        record=record,
        results=[(result, CHIPS[result.outcome]) for result in record.results if result.limit is not None],
        reported=[result for result in record.results if result.limit is None],
        facts=_facts(record),
        against=against,
        what_figures_are=what_figures_are,
        **values,
    )


def _verdicts(record: CommissioningRecord) -> list[Verdict]:
    """What a reader must mind before all else."""
    told = (
        ("limits", "all of them met", record.of_outcome("not met"), "not met: "),
        ("cases", "every quantity with a limit measured", record.of_outcome("not in these cases"), "not in these: "),
        ("checks", "cases that the checks let pass", list(record.cases.refused), ""),
    )
    return [
        Verdict(name, Outcome.WARN if found else Outcome.PASS, expected, before + "; ".join(found) if found else "so")
        for name, expected, found, before in told
    ]


def _facts(record: CommissioningRecord) -> list[tuple[str, str]]:
    model, cases = record.model, record.cases
    sites = ", ".join(f"{site} {count}" for site, count in cases.sites.items())
    return [
        ("Model", f"{model.name} {model.version}"),
        ("Weights SHA-256", model.sha256),
        ("Card SHA-256", model.card_sha256),
        ("Training data SHA-256", model.training_data_sha256 or "not stated on the card"),
        ("Measured", f"{record.made}, esapi-bridge {record.package_version}"),
        ("Cases", f"plans: {cases.plans}, fields: {cases.fields}; by site: {sites or 'none'}"),
        ("Cases SHA-256", cases.sha256),
        ("Limits", f"{record.limits.name}, SHA-256 {record.limits.sha256}"),
    ]
