"""A commissioning: every case through the network, measured, judged, and written as a page and its record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from esapi_bridge.commissioning.cases import AnyCase, Source, find_cases
from esapi_bridge.commissioning.compared import Compared, Measured
from esapi_bridge.commissioning.limits import read_limits
from esapi_bridge.commissioning.measure import measure_case
from esapi_bridge.commissioning.page import Story, render_page
from esapi_bridge.commissioning.quantities import CRITERIA, gamma_name
from esapi_bridge.commissioning.record import CaseProgress, Commissioned, Findings, require_free, write_record
from esapi_bridge.commissioning.reference_case import ReferenceCase
from esapi_bridge.errors import RefusedError
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.dose.network import DoseNetwork
from esapi_bridge.tasks.dose.run import DoseRun
from esapi_bridge.tasks.networks import Networks

SHOWN_BY = gamma_name(CRITERIA[2], "plan", local=False), gamma_name(CRITERIA[2], "field", local=False)
"""The worst plan and the worst field by these are shown in pictures."""


@dataclass
class _Found(Findings):
    """What was measured so far; of the doses only those of the worst are kept."""

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
        The HTML file to make; the record is written beside it, see `record.write_record`.
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
    require_free(page)
    limits, limits_sha256 = read_limits(limits_file)
    networks = Networks()
    told = CaseProgress(progress)
    run = DoseRun(model, networks, told)
    cases = find_cases(sources)
    found = _Found()
    for number, case in enumerate(cases, 1):
        told.case = f"case {number} of {len(cases)}"
        _measure(number, case, run, networks, found, told)
    record = found.record(run.model, limits, limits_sha256)
    told.case = "page"
    worst = [found.worst[name][1] for name in SHOWN_BY if name in found.worst]
    return write_record(record, page, render_page(Story(record, tuple(found.rows), tuple(worst), run.seconds)))


def _measure(number: int, case: AnyCase, run: DoseRun, networks: Networks, found: _Found, told: CaseProgress) -> None:
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
