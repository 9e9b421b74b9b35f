"""The dose task on an exported plan: DICOM in, a network dose as RT Dose with its record and report out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from esapi_bridge.case import Case, Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.dicom import NETWORK_DOSE, Export, ExportFiles, key_of_run, read_export, write_rtdose
from esapi_bridge.folders.room import require_room, trial_folder
from esapi_bridge.folders.whole import output_folder, require_free
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.dose.record import DoseRecord
from esapi_bridge.tasks.dose.run import DEFAULT_MODEL, DoseRun
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.reference import read_reference
from esapi_bridge.tasks.run import PDF_FILE, REPORT_FILE, Output, RunResult, browser_for
from esapi_bridge.tasks.run_record import input_files

PLAN_FILE = "RTDOSE_PLAN.dcm"


@dataclass(frozen=True)
class DoseResult(RunResult[DoseRecord]):
    """What a dose run left; the file of the plan is an RT Dose.

    Parameters
    ----------
    beam_files
        RT Dose by beam number; empty where they were not wanted, or the plan dose was transformed.
    """

    beam_files: dict[int, Path]


def run_dose(
    source: Path | ExportFiles,
    out: Path,
    *,
    plan: str | None = None,
    model: str = DEFAULT_MODEL,
    per_beam: bool | None = None,
    reference: Path | None = None,
    beam_doses: bool = False,
    report: bool = True,
    pdf: bool = False,
    networks: Networks | None = None,
    progress: Progress | None = None,
) -> DoseResult:
    """Compute the fine dose of an exported plan.

    Parameters
    ----------
    source
        Folder with CT, RT Structure Set, RT Plan and RT Dose, or a list of these files; only read.
    out
        Output folder; must not exist or be empty. It appears complete or not at all.
    plan
        Label or UID of the plan, where the export holds several.
    model
        Name of an installed network, or its folder.
    per_beam
        Transform beam by beam and sum, or the plan dose in one. Default: beam by beam where every treatment beam has
        a dose and the network was trained on single fields.
    reference
        RT Dose file or folder to compare with.
    beam_doses
        Whether to write the dose of each beam beside that of the plan; of a large plan each is tens of megabytes.
    report
        Whether to write the HTML page.
    pdf
        Whether to print the page to a PDF, too; takes a browser.
    networks
        Networks already loaded, where several plans are done; the one needed is added.
    progress
        Called for every step and every batch of slices.

    Raises
    ------
    RefusedError
        If a check refuses, naming it and both values, or a PDF is wanted where no browser is.
    BridgeError
        If the input cannot be read or the output not written.
    """
    require_free(out)
    browser = browser_for(pdf=pdf, report=report)
    run = DoseRun(model, networks or Networks(), progress)
    with run.step("read"):
        export = read_export(source, plan, key=key_of_run())
        frame = export.case.uids.frame_of_reference
        compared, reference_files = (
            read_reference(reference, frame, plan_file=export.plan_file) if reference else (None, ())
        )
    with run.step("check"):
        wanted = [beam.number for beam in export.case.plan.treatment_beams if beam.number in export.case.beam_doses]
        wanted = wanted if beam_doses else []
        require_room(out, _bytes_of(export.case, wanted, run.model.card.output.spacing_mm))
        _try_to_write(export, wanted, run.label, out)
    dose = run.calculate(
        export.case,
        per_beam=per_beam,
        accessories=export.beam_accessories,
        reference=compared,
        stated=export.stated,
        keep_beams=beam_doses or compared is not None,
    )
    written = DoseSet(dose.doses.name, dose.doses.plan, dose.doses.beams if beam_doses else {})
    with output_folder(out) as folder:
        with run.step("write"):
            files = _write_doses(written, export, run.label, folder)
        inputs = input_files(export, [("REFERENCE", file) for file in reference_files])
        record = run.conclude(dose, Output(folder, files, inputs, report, export, browser))
    beams = {number: out / _beam_file(number) for number in written.beams}
    report_file, pdf_file = (out / REPORT_FILE if report else None), (out / PDF_FILE if pdf else None)
    return DoseResult(out, out / PLAN_FILE, report_file, record, beams, pdf=pdf_file)


def _bytes_of(case: Case, beams: Sequence[int], spacing_mm: tuple[float, float, float]) -> float:
    """Size of the fine doses of a plan and of some of its beams at 32 bits."""
    plan = case.plan_dose or next(iter(case.beam_doses.values()), None)
    doses = [*([plan] if plan else []), *(case.beam_doses[number] for number in beams)]
    return sum(4 * dose.gy.size * dose.grid.voxel_volume_mm3 / float(np.prod(spacing_mm)) for dose in doses)


def _try_to_write(export: Export, beams: Sequence[int], label: str, out: Path) -> None:
    """Write doses of a few voxels: what keeps the real ones from being written is found before they are made."""
    volume = Volume(np.ones((2, 2, 2), dtype=np.float32), Grid((2, 2, 2), (1.25,) * 3, (0.0, 0.0, 0.0)), Unit.GY)
    doses = {number: Dose(volume, DoseKind.BEAM, number) for number in beams}
    with trial_folder(out) as folder:
        _write_doses(DoseSet("DDN", Dose(volume, DoseKind.PLAN), doses), export, label, folder)


def _write_doses(network: DoseSet, export: Export, label: str, folder: Path) -> list[Path]:
    what = f"{NETWORK_DOSE} {label}"
    files = [_write(network.plan, export, folder / PLAN_FILE, f"{what}, plan")]
    for number, dose in network.beams.items():
        files.append(_write(dose, export, folder / _beam_file(number), f"{what}, beam {number}"))
    return files


def _write(dose: Dose, export: Export, path: Path, description: str) -> Path:
    frame = export.case.uids.frame_of_reference
    return write_rtdose(dose, export.plan_file, path, description=description, frame_of_reference=frame)


def _beam_file(number: int) -> str:
    return f"RTDOSE_BEAM_{number}.dcm"
