"""What every commissioning leaves: its record, the page beside it, and nothing half written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from esapi_bridge.commissioning.compared import Measured
from esapi_bridge.commissioning.judge import judge
from esapi_bridge.commissioning.limits import Limits
from esapi_bridge.commissioning.quantities import QUANTITIES, Quantity
from esapi_bridge.errors import BridgeError, RefusedError, os_reason
from esapi_bridge.folders.durable import write_whole_file
from esapi_bridge.models import InstalledModel, ModelCard
from esapi_bridge.models.approvals import measured_model
from esapi_bridge.models.commissioning_record import CommissioningRecord, LimitsUsed, MeasuredCases
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.run_record import versions

RECORD_SUFFIX = ".json"


@dataclass(frozen=True)
class Commissioned:
    """What a commissioning left: its page, its record and that record's content."""

    page: Path
    record_file: Path
    record: CommissioningRecord


@dataclass
class Findings:
    """What was measured so far.

    Parameters
    ----------
    rows
        Figures of every plan and field.
    digests
        Of what was read of every case.
    refused
        Cases that could not be measured, each with the reason.
    sites
        Numbers of cases by site.
    """

    rows: list[Measured] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    sites: Counter[str] = field(default_factory=Counter)

    def record(
        self,
        model: InstalledModel[ModelCard],
        limits: Limits,
        limits_sha256: str,
        quantities: Mapping[str, Quantity] = QUANTITIES,
    ) -> CommissioningRecord:
        """Judge all of it by limits, and make the record of a network.

        Raises
        ------
        RefusedError
            If nothing was measured.
        """
        if not self.rows:
            raise RefusedError(f"a case that the checks let pass is needed, found none: {'; '.join(self.refused)}")
        scopes = Counter(row.scope for row in self.rows)
        return CommissioningRecord(
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            versions=versions(),
            model=measured_model(model),
            cases=MeasuredCases(
                plans=scopes["plan"],
                fields=scopes["field"],
                sites={site: count for site, count in sorted(self.sites.items()) if count},
                refused=tuple(self.refused),
                sha256=hashlib.sha256("".join(sorted(self.digests)).encode()).hexdigest(),
            ),
            limits=LimitsUsed(name=limits.name, sha256=limits_sha256),
            results=judge(self.rows, limits, quantities),
        )


class CaseProgress:
    """Says of every step which case it is of."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.case = "start"

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tell a step, as `Progress`."""
        if self._progress:
            self._progress(f"{self.case}: {step}", done, total)


def require_free(page: Path) -> None:
    """Refuse a page whose name, or whose record's, is taken or cannot be one.

    Raises
    ------
    BridgeError
        Saying what is in the way.
    """
    for file in (page, page.with_suffix(RECORD_SUFFIX)):
        if file.suffix not in {".html", RECORD_SUFFIX}:
            raise BridgeError(f"the page must be named .html, found {file.suffix or 'no suffix'}")
        if file.exists() or file.is_symlink():
            raise BridgeError("page and record must not exist yet, found one in use; choose another name")
        if not file.parent.is_dir():
            raise BridgeError("the page must go into a folder that is there, found none")


def write_record(record: CommissioningRecord, page: Path, html: str) -> Commissioned:
    """Write record and page; neither without the other.

    Raises
    ------
    BridgeError
        If a file cannot be written.
    """
    record_file = page.with_suffix(RECORD_SUFFIX)
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
