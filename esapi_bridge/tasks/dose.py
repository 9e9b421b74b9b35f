"""The dose task: an exported plan in, a network dose as RT Dose with its record and report out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Case, Dose
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.checks import check_input, check_output, require
from esapi_bridge.dicom import Export, read_export, write_rtdose
from esapi_bridge.models import InstalledModel, find_model
from esapi_bridge.report.comparison import Comparison, DoseSet, evaluate, on_grid
from esapi_bridge.report.page import Facts, write_report
from esapi_bridge.tasks import run_record
from esapi_bridge.tasks.dose_record import check_results, input_files, metrics
from esapi_bridge.tasks.fields import Progress, along_patient_axes, doses_to_transform, transform
from esapi_bridge.tasks.output_folder import output_folder, require_free
from esapi_bridge.tasks.reference import read_reference

PLAN_FILE, RUN_FILE, REPORT_FILE = "RTDOSE_PLAN.dcm", "run.json", "report.html"
FIELDS: Literal["field doses"] = "field doses"
PLAN: Literal["plan dose"] = "plan dose"


@dataclass(frozen=True)
class DoseResult:
    """What a dose run left.

    Parameters
    ----------
    folder
        The output folder.
    plan_file
        RT Dose of the plan.
    beam_files
        RT Dose by beam number; empty when the plan dose was transformed.
    report
        The HTML page, or None.
    record
        What ``run.json`` holds.
    """

    folder: Path
    plan_file: Path
    beam_files: dict[int, Path]
    report: Path | None
    record: run_record.RunRecord


def run_dose(
    export_dir: Path,
    out: Path,
    *,
    plan: str | None = None,
    model: str = "ddn-lite",
    per_beam: bool | None = None,
    reference: Path | None = None,
    report: bool = True,
    progress: Progress | None = None,
) -> DoseResult:
    """Compute the fine dose of an exported plan.

    Parameters
    ----------
    export_dir
        Folder with CT, RT Structure Set, RT Plan and RT Dose; only read.
    out
        Output folder; must not exist or be empty. It appears complete or not at all.
    plan
        Name of the plan, where the export holds several.
    model
        Name of an installed network, or its folder.
    per_beam
        Transform beam by beam and sum (as the network was trained), or the plan dose in one. Default: beam by beam
        where every treatment beam has a dose.
    reference
        RT Dose file or folder to compare with.
    report
        Whether to write the HTML page.
    progress
        Told about every batch of slices.

    Raises
    ------
    RefusedError
        If a check refuses, naming it and both values.
    BridgeError
        If the input cannot be read or the output not written.
    """
    require_free(out)
    started, clock = datetime.now(UTC), _Clock()
    with clock.step("read"):
        installed = find_model(model, task="dose")
        model_sha256 = installed.verify()
        export = read_export(export_dir, plan)
        case = along_patient_axes(export.case)
        compared, reference_files = read_reference(reference, case.uids.frame_of_reference) if reference else (None, ())
    with clock.step("check"):
        if per_beam is None:
            per_beam = all(b.number in case.beam_doses for b in case.plan.treatment_beams)
        doses = doses_to_transform(case, per_beam=per_beam)
        verdicts = check_input(case, installed.card, doses, per_beam=per_beam, accessories=export.beam_accessories)
        require(verdicts)
    with clock.step("network"):
        given, network = transform(case, doses, installed, progress)
    with clock.step("check"):
        verdicts += check_output(given.plan, on_grid(given.plan, network.plan), network.plan, _body(case, network.plan))
        require(verdicts)
    comparison = Comparison(case, given, network, compared)
    with output_folder(out) as folder:
        with clock.step("write"):
            files = _write_doses(network, export, installed, folder)
        with clock.step("evaluate"):
            evaluation = evaluate(comparison)
        source = FIELDS if per_beam else PLAN
        if report:
            if progress:
                progress("report", 0, 1)
            with clock.step("report"):
                facts = Facts(_label(installed), model_sha256, source, verdicts, clock.seconds)
                write_report(comparison, evaluation, facts, folder / REPORT_FILE)
        names = [*(file.name for file in files), *([REPORT_FILE] if report else [])]
        record = run_record.RunRecord(
            started=started.isoformat(timespec="seconds"),
            versions=run_record.versions(),
            model=run_record.ModelUsed(name=installed.card.name, version=installed.card.version, sha256=model_sha256),
            plan=case.plan.name,
            source=source,
            case_sha256=run_record.case_sha256(export.case),
            inputs=input_files(export, reference_files),
            outputs=tuple(run_record.OutputFile(name=n, sha256=run_record.file_sha256(folder / n)) for n in names),
            checks=check_results(verdicts),
            seconds={step: round(seconds, 3) for step, seconds in clock.seconds.items()},
            metrics=metrics(evaluation),
        )
        record.write(folder / RUN_FILE)
    beams = {number: out / _beam_file(number) for number in network.beams}
    return DoseResult(out, out / PLAN_FILE, beams, out / REPORT_FILE if report else None, record)


class _Clock:
    """Adds up the time of named steps."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def _body(case: Case, dose: Dose) -> NDArray[np.bool_] | None:
    """Mask of the body on the grid of a dose, where exactly one EXTERNAL structure is there."""
    bodies = [s for s in case.structures if s.dicom_type.upper() == "EXTERNAL" and s.contours_mm]
    return rasterise(bodies[0], dose.grid) if len(bodies) == 1 else None


def _write_doses(network: DoseSet, export: Export, installed: InstalledModel, folder: Path) -> list[Path]:
    what = f"Deep DoseNet {_label(installed)}"
    files = [write_rtdose(network.plan, export.plan_file, folder / PLAN_FILE, description=f"{what}, plan")]
    for number, dose in network.beams.items():
        path = folder / _beam_file(number)
        files.append(write_rtdose(dose, export.plan_file, path, description=f"{what}, beam {number}"))
    return files


def _label(installed: InstalledModel) -> str:
    return f"{installed.card.name} {installed.card.version}"


def _beam_file(number: int) -> str:
    return f"RTDOSE_BEAM_{number}.dcm"
