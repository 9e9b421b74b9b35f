"""What every run of a task shares: its start, the duration of each step, its network, and what it leaves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from esapi_bridge.checks import Verdict
from esapi_bridge.dicom import Export
from esapi_bridge.models import AnyCard, InstalledModel
from esapi_bridge.progress import Progress, StepProgress
from esapi_bridge.report.browser import find_browser, print_pdf
from esapi_bridge.tasks import run_record
from esapi_bridge.tasks.networks import Networks

RUN_FILE = "run.json"
REPORT_FILE = "report.html"
PDF_FILE = "report.pdf"


AnyRecord = TypeVar("AnyRecord", bound=run_record.RunRecord)


@dataclass(frozen=True)
class Output:
    """An output folder under way.

    Parameters
    ----------
    folder
        The folder.
    files
        Files already in it.
    inputs
        Hashes of the source files.
    report
        Whether the HTML page is to be written.
    export
        The exported set that was read; None where the input was a case folder.
    browser
        What prints the page to a PDF beside it; None where that is not wanted.
    """

    folder: Path
    files: Sequence[Path]
    inputs: tuple[run_record.InputFile, ...]
    report: bool
    export: Export | None = None
    browser: Path | None = None

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What was left aside and what was assumed when the input was read, for the page."""
        if self.export is None:
            return []
        aside, assumed = "; ".join(map(str, self.export.left_aside)), "; ".join(self.export.assumed)
        return [(name, text) for name, text in (("Left aside", aside), ("Assumed", assumed)) if text]


@dataclass(frozen=True)
class RunResult(Generic[AnyRecord]):
    """What a run on an exported plan left.

    Parameters
    ----------
    folder
        The output folder.
    plan_file
        The object of the whole plan.
    report
        The HTML page, or None.
    record
        What ``run.json`` holds.
    pdf
        The same page as a PDF, or None.
    """

    folder: Path
    plan_file: Path
    report: Path | None
    record: AnyRecord
    pdf: Path | None = field(default=None, kw_only=True)


def browser_for(*, pdf: bool, report: bool) -> Path | None:
    """Find what prints the page, before anything is computed; None where no PDF is wanted.

    Raises
    ------
    RefusedError
        If there is no browser on this machine.
    ValueError
        If there will be no page to print.
    """
    if pdf and not report:
        raise ValueError("a PDF is the print of a page, which is not wanted")
    return find_browser() if pdf else None


class Run(Generic[AnyCard]):
    """A run with one network.

    Parameters
    ----------
    find
        Finds the network.
    networks
        The networks already loaded; the one needed is added.
    progress
        Called for every step. Raising from it ends the run.

    Raises
    ------
    RefusedError
        If the network's weights are not those of its card.
    BridgeError
        If there is no such network.
    """

    def __init__(
        self, find: Callable[[], InstalledModel[AnyCard]], networks: Networks, progress: Progress | None = None
    ) -> None:
        self._started = datetime.now(UTC)
        self._networks = networks
        self._progress = progress
        self.seconds: dict[str, float] = {}
        with self.step("read"):
            self.model = find()
            self.used = run_record.used(self.model)
            self.model_sha256 = self.used.sha256
        self.label = f"{self.model.card.name} {self.model.card.version}"

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Report a step and accumulate its duration."""
        if self._progress:
            self._progress(name, 0, 1)
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def progress_of(self, step: str) -> StepProgress | None:
        """Return what to call with (done, in all) within a step; None without a progress callback."""
        progress = self._progress
        return None if progress is None else lambda done, total: progress(step, done, total)

    def written_page(self, output: Output, write: Callable[[Path], Path]) -> list[Path]:
        """Write the page of a run, where one is wanted, and print it, where that is; return the files."""
        if not output.report:
            return []
        with self.step("report"):
            files = [write(output.folder / REPORT_FILE)]
        if output.browser is not None:
            with self.step("pdf"):
                files.append(print_pdf(files[0], output.folder / PDF_FILE, output.browser))
        return files

    def recorded(
        self, output: Output, files: Sequence[Path], *, plan: str, case_sha256: str, verdicts: Sequence[Verdict]
    ) -> dict[str, Any]:
        """Return the fields that every `RunRecord` has; `files` are all those in the output folder."""
        return {
            "started": self._started.isoformat(timespec="seconds"),
            "versions": run_record.versions(),
            "model": self.used,
            "plan": plan,
            "case_sha256": case_sha256,
            "inputs": output.inputs,
            **run_record.reading(output.export),
            "outputs": tuple(
                run_record.OutputFile(name=f.relative_to(output.folder).as_posix(), sha256=run_record.file_sha256(f))
                for f in files
            ),
            "checks": run_record.check_results(verdicts),
            "seconds": {step: round(seconds, 3) for step, seconds in self.seconds.items()},
        }
