"""One run of the dose task: case in, checked and evaluated dose out.

It does not know where the case came from nor in which form the dose is written; `run_dose` (exported DICOM) and
`run_dose_job` (case folder) do, and share everything here. So one plan has one dose, whichever way it came.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Case, Dose
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.checks import Verdict, check_input, check_output, require
from esapi_bridge.models import find_model
from esapi_bridge.report.comparison import Comparison, DoseSet, evaluate, on_grid
from esapi_bridge.report.page import Facts, write_report
from esapi_bridge.tasks import run_record
from esapi_bridge.tasks.dose_record import check_results, metrics
from esapi_bridge.tasks.fields import Progress, along_patient_axes, doses_to_transform, transform
from esapi_bridge.tasks.network import Networks

RUN_FILE, REPORT_FILE = "run.json", "report.html"
FIELDS: Literal["field doses"] = "field doses"
PLAN: Literal["plan dose"] = "plan dose"


@dataclass(frozen=True)
class CheckedDose:
    """What the network made of a case, checked.

    Parameters
    ----------
    comparison
        Case, input dose, network dose and, where given, reference dose.
    verdicts
        All checks, none of them a refusal.
    source
        What went through the network.
    case_sha256
        Hash of the case as it was given.
    """

    comparison: Comparison
    verdicts: tuple[Verdict, ...]
    source: Literal["field doses", "plan dose"]
    case_sha256: str

    @property
    def doses(self) -> DoseSet:
        """The network's doses."""
        return self.comparison.network


class DoseRun:
    """A run with one network.

    Parameters
    ----------
    model
        Name of an installed network, or its folder.
    networks
        The networks already loaded; the one needed is added.
    progress
        Told about every step and every batch of slices. What it raises ends the run.

    Raises
    ------
    RefusedError
        If the network's weights are not those of its card.
    BridgeError
        If there is no such network.
    """

    def __init__(self, model: str, networks: Networks, progress: Progress | None = None) -> None:
        self._started = datetime.now(UTC)
        self._seconds: dict[str, float] = {}
        self._networks, self._progress = networks, progress
        with self.step("read"):
            self._model = find_model(model, task="dose")
            self._model_sha256 = self._model.verify()
        self.label = f"{self._model.card.name} {self._model.card.version}"

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step and add up its time."""
        if self._progress:
            self._progress(name, 0, 1)
        start = time.perf_counter()
        yield
        self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start

    def calculate(
        self,
        given_case: Case,
        *,
        per_beam: bool | None,
        accessories: Mapping[int, Sequence[str]],
        reference: DoseSet | None = None,
    ) -> CheckedDose:
        """Check a case, compute its dose and check that.

        Parameters
        ----------
        given_case
            The case.
        per_beam
            Transform beam by beam and sum, or the plan dose in one; None: beam by beam where every treatment beam has a
            dose.
        accessories
            Wedges, blocks and the like by beam number.
        reference
            Dose to compare with.

        Raises
        ------
        RefusedError
            If a check refuses, naming it and both values.
        """
        with self.step("check"):
            case = along_patient_axes(given_case)
            if per_beam is None:
                per_beam = all(b.number in case.beam_doses for b in case.plan.treatment_beams)
            doses = doses_to_transform(case, per_beam=per_beam)
            verdicts = check_input(case, self._model.card, doses, per_beam=per_beam, accessories=accessories)
            require(verdicts)
        with self.step("network"):
            given, network = transform(case, doses, self._networks.get(self._model), self._progress)
        with self.step("check"):
            body = _body(case, network.plan)
            verdicts += check_output(given.plan, on_grid(given.plan, network.plan), network.plan, body)
            require(verdicts)
        comparison = Comparison(case, given, network, reference)
        return CheckedDose(comparison, verdicts, FIELDS if per_beam else PLAN, run_record.case_sha256(given_case))

    def conclude(
        self,
        dose: CheckedDose,
        folder: Path,
        written: Sequence[Path],
        inputs: tuple[run_record.InputFile, ...],
        *,
        report: bool,
    ) -> run_record.RunRecord:
        """Evaluate the dose, and write report and record beside it.

        Parameters
        ----------
        dose
            What was computed.
        folder
            Output folder.
        written
            Files already in it.
        inputs
            Hashes of the source files.
        report
            Whether to write the HTML page.
        """
        with self.step("evaluate"):
            evaluation = evaluate(dose.comparison)
        files = [*written]
        if report:
            with self.step("report"):
                facts = Facts(self.label, self._model_sha256, dose.source, dose.verdicts, self._seconds)
                files.append(write_report(dose.comparison, evaluation, facts, folder / REPORT_FILE))
        card = self._model.card
        record = run_record.RunRecord(
            started=self._started.isoformat(timespec="seconds"),
            versions=run_record.versions(),
            model=run_record.ModelUsed(name=card.name, version=card.version, sha256=self._model_sha256),
            plan=dose.comparison.case.plan.name,
            source=dose.source,
            case_sha256=dose.case_sha256,
            inputs=inputs,
            outputs=tuple(run_record.OutputFile(name=f.name, sha256=run_record.file_sha256(f)) for f in files),
            checks=check_results(dose.verdicts),
            seconds={step: round(seconds, 3) for step, seconds in self._seconds.items()},
            metrics=metrics(evaluation),
        )
        record.write(folder / RUN_FILE)
        return record


def _body(case: Case, dose: Dose) -> NDArray[np.bool_] | None:
    """Mask of the body on the grid of a dose, where exactly one EXTERNAL structure is there."""
    bodies = [s for s in case.structures if s.dicom_type.upper() == "EXTERNAL" and s.contours_mm]
    return rasterise(bodies[0], dose.grid) if len(bodies) == 1 else None
