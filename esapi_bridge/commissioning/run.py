"""A commissioning: every case through the network, measured, judged, and written as a page and its record."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from esapi_bridge.commissioning.cases import AnyCase, Source, find_cases
from esapi_bridge.commissioning.compared import Compared, Measured
from esapi_bridge.commissioning.judge import judge
from esapi_bridge.commissioning.limits import Limits, read_limits
from esapi_bridge.commissioning.measure import measure_case
from esapi_bridge.commissioning.page import Story, render_page
from esapi_bridge.commissioning.quantities import CRITERIA, gamma_name
from esapi_bridge.commissioning.reference_case import ReferenceCase
from esapi_bridge.errors import BridgeError, RefusedError, os_reason
from esapi_bridge.folders.durable import write_whole_file
from esapi_bridge.models.approvals import measured_model
from esapi_bridge.models.commissioning_record import CommissioningRecord, LimitsUsed, MeasuredCases
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.dose.network import DoseNetwork
from esapi_bridge.tasks.dose.run import DoseRun
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.run_record import versions

RECORD_SUFFIX = ".json"

SHOWN_BY = gamma_name(CRITERIA[2], "plan", local=False), gamma_name(CRITERIA[2], "field", local=False)
"""The worst plan and the worst field by these are shown in pictures."""


@dataclass(frozen=True)
class Commissioned:
    """What a commissioning left: its page, its record and that record's content."""

    page: Path
    record_file: Path
    record: CommissioningRecord


@dataclass
class _Found:
    """What was measured so far; of the doses only those of the worst are kept."""

    rows: list[Measured] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    sites: Counter[str] = field(default_factory=Counter)
    worst: dict[str, tuple[float, Compared]] = field(default_factory=dict)

    def add(self, measured: Measured, compared: Compared) -> None:
        self.rows.append(measured)
        for name in SHOWN_BY:
            figure = measured.figures.get(name)
            if figure is not None and (name not in self.worst or figure < self.worst[name][0]):
                self.worst[name] = figure, compared


def commission(
    sources: Sequence[Source],
    page: Path,
    *,
    model: str,
    limits_file: Path | None = None,
    progress: Progress | None = None,
) -> Commissioned:
    """Measure a dose network on a clinic's own cases.

    Parameters
    ----------
    sources
        Folders with cases.
    page
        The HTML file to make; the record is written beside it under the same name with `RECORD_SUFFIX`.
    model
        Name of an installed network, or its folder.
    limits_file
        A clinic's own limits; None for those of this package.
    progress
        Called for every step of every case.

    Raises
    ------
    RefusedError
        If there is no case, every case is refused by a check, or limits or network cannot be used.
    BridgeError
        If a file is in the way, or cannot be written.
    """
    record_file = page.with_suffix(RECORD_SUFFIX)
    _require_free(page, record_file)
    limits, limits_sha256 = read_limits(limits_file)
    networks = Networks()
    told = _Told(progress)
    run = DoseRun(model, networks, told)
    cases = find_cases(sources)
    found = _Found()
    for number, case in enumerate(cases, 1):
        told.case = f"case {number} of {len(cases)}"
        _measure(number, case, run, networks, found, told)
    if not found.rows:
        raise RefusedError(f"a case that the checks let pass is needed, found none: {'; '.join(found.refused)}")
    record = _record(run, found, limits, limits_sha256)
    told.case = "page"
    worst = [found.worst[name][1] for name in SHOWN_BY if name in found.worst]
    html = render_page(Story(record, tuple(found.rows), tuple(worst), run.seconds))
    try:
        write_whole_file(record_file, record.to_json())
        write_whole_file(page, html.encode())
    except (OSError, KeyboardInterrupt) as error:
        with suppress(OSError):
            record_file.unlink(missing_ok=True)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise BridgeError(f"the page could not be written: {os_reason(error)}; choose another place") from error
    return Commissioned(page, record_file, record)


class _Told:
    """Says of every step which case it is of."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.case = "start"

    def __call__(self, step: str, done: int, total: int) -> None:
        if self._progress:
            self._progress(f"{self.case}: {step}", done, total)


def _measure(number: int, case: AnyCase, run: DoseRun, networks: Networks, found: _Found, told: _Told) -> None:
    """Measure what is in a folder; what cannot be read, or a check refuses, is kept with the reason."""
    try:
        parts, measured = case.parts(), 0
    except RefusedError as error:
        found.refused.append(f"case {number}: {error}")
        return
    whole = told.case
    for part in parts:
        told.case = f"{whole}, {part.name}" if part.name else whole
        try:
            with run.step("read"):
                reference = part.read()
            rows = _rows(number, case.site, reference, run, networks, told, again=measured == 0)
        except RefusedError as error:
            found.refused.append(f"case {number}{f', {part.name}' if part.name else ''}: {error}")
            continue
        measured += 1
        found.digests.append(reference.sha256)
        for row, compared in rows:
            found.add(row, compared)
    found.sites[case.site or "not stated"] += measured > 0


def _rows(
    number: int, site: str, case: ReferenceCase, run: DoseRun, networks: Networks, progress: Progress, *, again: bool
) -> tuple[tuple[Measured, Compared], ...]:
    dose = run.calculate(
        case.case,
        per_beam=None,
        accessories=case.accessories,
        reference=case.reference,
        stated=case.stated,
        to_commission=True,
    )
    network = networks.get(run.model, DoseNetwork) if again else None
    with run.step("measure"):
        return measure_case(number, site, dose.comparison, network, is_plan=case.is_plan, progress=progress)


def _record(run: DoseRun, found: _Found, limits: Limits, limits_sha256: str) -> CommissioningRecord:
    scopes = Counter(row.scope for row in found.rows)
    return CommissioningRecord(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=versions(),
        model=measured_model(run.model),
        cases=MeasuredCases(
            plans=scopes["plan"],
            fields=scopes["field"],
            sites={site: count for site, count in sorted(found.sites.items()) if count},
            refused=tuple(found.refused),
            sha256=hashlib.sha256("".join(sorted(found.digests)).encode()).hexdigest(),
        ),
        limits=LimitsUsed(name=limits.name, sha256=limits_sha256),
        results=judge(found.rows, limits),
    )


def _require_free(*files: Path) -> None:
    for file in files:
        if file.suffix not in {".html", RECORD_SUFFIX}:
            raise BridgeError(f"the page must be named .html, found {file.suffix or 'no suffix'}")
        if file.exists() or file.is_symlink():
            raise BridgeError("page and record must not exist yet, found one in use; choose another name")
        if not file.parent.is_dir():
            raise BridgeError("the page must go into a folder that is there, found none")
