"""A commissioning of a fluence network: every plan through it and to a dose, measured, judged, page and record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.commissioning.cases import Source
from esapi_bridge.commissioning.fluence.cases import FluenceCase, find_fluence_cases
from esapi_bridge.commissioning.fluence.measure import ComparedPlans, measure_plan, with_clinical
from esapi_bridge.commissioning.fluence.page import render_fluence_page
from esapi_bridge.commissioning.fluence.quantities import D95, FLUENCE_QUANTITIES
from esapi_bridge.commissioning.limits import read_limits
from esapi_bridge.commissioning.record import CaseProgress, Commissioned, Findings, require_free, write_record
from esapi_bridge.errors import RefusedError
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.fluence.plan import Deliver
from esapi_bridge.tasks.fluence.run import FluenceRun
from esapi_bridge.tasks.fluence.structure_names import StructureTable, read_table
from esapi_bridge.tasks.networks import Networks

LIMITS_FILE = Path(__file__).with_name("limits.yaml")


@dataclass
class _Found(Findings):
    """What was measured so far; of the plans only that with the worst D95 is kept."""

    worst: tuple[float, ComparedPlans] | None = None


def commission_fluence(
    sources: Sequence[Source],
    page: Path,
    *,
    model: str,
    deliver: Deliver,
    limits_file: Path | None = None,
    structures: Path | None = None,
    progress: Progress | None = None,
) -> Commissioned:
    """Measure a fluence network on a clinic's own plans.

    Parameters
    ----------
    sources
        Folders with exported plans that hold their fluences, or with case folders.
    page
        The HTML file to make; the record is written beside it.
    model
        Name of an installed network, or its folder.
    deliver
        Leaf motions and dose of fluences; both the clinical and the predicted ones go through it.
    limits_file
        A clinic's own limits; None for those of this package.
    structures
        A site's own table of structure names.
    progress
        Called for every step of every case.

    Raises
    ------
    RefusedError
        If there is no plan, every one is refused, or limits or network cannot be used.
    BridgeError
        If a file is in the way, or cannot be written.
    """
    require_free(page)
    limits, limits_sha256 = read_limits(limits_file, FLUENCE_QUANTITIES, LIMITS_FILE)
    table = read_table(structures)
    told = CaseProgress(progress)
    run = FluenceRun(model, Networks(), told)
    cases = find_fluence_cases(sources)
    found = _Found()
    for number, case in enumerate(cases, 1):
        told.case = f"case {number} of {len(cases)}"
        try:
            _measure(number, case, run, table, deliver, found)
        except RefusedError as error:
            found.refused.append(f"case {number}: {error}")
    record = found.record(run.model, limits, limits_sha256, FLUENCE_QUANTITIES)
    told.case = "page"
    worst = None if found.worst is None else found.worst[1]
    return write_record(record, page, render_fluence_page(record, found.rows, worst, run.seconds))


def _measure(
    number: int, case: FluenceCase, run: FluenceRun, table: StructureTable, deliver: Deliver, found: _Found
) -> None:
    with run.step("read"):
        given = case.read()
    plan = run.calculate(given.case, table, accessories=given.accessories, to_commission=True)
    with run.step("deliver"):
        delivered = deliver(with_clinical(plan, given.fluences)), deliver(plan)
    with run.step("measure"):
        rows, compared = measure_plan(number, case.site, plan, given.fluences, delivered)
    found.rows += rows
    found.digests.append(plan.case_sha256)
    found.sites[case.site or "not stated"] += 1
    missed = rows[0].figures[D95]
    if found.worst is None or missed > found.worst[0]:
        found.worst = missed, compared
