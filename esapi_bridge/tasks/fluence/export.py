"""The fluence task on an exported plan: DICOM in; optimal fluences, an RT Plan copy, record and report out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import Beam, Case, FluenceMap
from esapi_bridge.case.fluence_rules import SPACING_MM
from esapi_bridge.dicom import (
    Export,
    ExportFiles,
    key_of_run,
    read_export,
    read_optimal_fluence,
    write_optimal_fluence,
    write_rtplan_copy,
)
from esapi_bridge.dicom.fluence_form import FluenceForm
from esapi_bridge.dicom.optimal_fluence import SUFFIX
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.names import plain_name
from esapi_bridge.folders.room import trial_folder
from esapi_bridge.folders.whole import output_folder, require_free
from esapi_bridge.goals import read_goals
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.fluence.plan import Deliver
from esapi_bridge.tasks.fluence.record import FluenceRecord
from esapi_bridge.tasks.fluence.run import DEFAULT_MODEL, FluenceRun
from esapi_bridge.tasks.fluence.structure_names import Names, read_table
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.reference import read_wanted_dose
from esapi_bridge.tasks.run import PDF_FILE, REPORT_FILE, Output, RunResult, browser_for
from esapi_bridge.tasks.run_record import InputKind, input_files

PLAN_FILE = "RTPLAN.dcm"


@dataclass(frozen=True)
class FluenceResult(RunResult[FluenceRecord]):
    """What a fluence run left; the file of the plan is a copy of the RT Plan with the fluences.

    Parameters
    ----------
    fluence_files
        Optimal fluence by beam number.
    """

    fluence_files: dict[int, Path]


def run_fluence(
    source: Path | ExportFiles,
    out: Path,
    *,
    plan: str | None = None,
    model: str = DEFAULT_MODEL,
    wanted_dose: Path | None = None,
    reference_dose: Path | None = None,
    dose_model: str | None = None,
    from_contours: bool = False,
    spare: Mapping[str, float] | None = None,
    structures: Path | None = None,
    names: Names | None = None,
    goals: Path | None = None,
    clinical: Path | None = None,
    form: FluenceForm = FluenceForm.OPTIMAL,
    report: bool = True,
    pdf: bool = False,
    deliver: Deliver | None = None,
    networks: Networks | None = None,
    progress: Progress | None = None,
) -> FluenceResult:
    """Compute the optimal fluences of an exported plan; arguments and errors that are not here are those of `run_dose`.

    Parameters
    ----------
    wanted_dose
        RT Dose that the fluences shall give instead of the plan's own.
    dose_model, from_contours, spare
        See `FluenceRun.calculate`, `spare` as its `spare_factors`.
    reference_dose
        RT Dose of a reference plan, to whose mean dose in the PTV the plan is normalised (Lee et al. 2019); default:
        the wanted dose.
    structures
        A site's own table of structure names.
    names
        Structures named outright, by label.
    goals
        A site's own table of plan goals.
    clinical
        Folder with clinical ``*.optimal_fluence`` files named as the beams; default: fluences in the plan itself.
    form
        How the copy of the RT Plan holds the fluences.
    deliver
        Plans leaf motions and dose, where something other than Eclipse is to.
    """
    require_free(out)
    browser = browser_for(pdf=pdf, report=report)
    table = read_table(structures).named(names or {})
    run = FluenceRun(model, networks or Networks(), progress)
    asked = read_goals(goals)
    others: list[tuple[InputKind, Path]] = [("STRUCTURE NAMES", structures)] if structures else []
    others += [("PLAN GOALS", goals)] if goals else []
    with run.step("read"):
        export = read_export(source, plan, key=key_of_run(), need_dose=False)
        wanted = reference = None
        if wanted_dose:
            wanted, files = read_wanted_dose(wanted_dose, export.case, plan_file=export.plan_file)
            others += [("RTDOSE WANTED", file) for file in files]
        if reference_dose:
            reference, files = read_wanted_dose(reference_dose, export.case, "reference dose", export.plan_file)
            others += [("REFERENCE", file) for file in files]
        compared, clinical_files = clinical_fluences(clinical, export.case)
        others += [("REFERENCE", file) for file in clinical_files]
    with run.step("check"):
        _try_to_write(export, run.label, out, form)
    found = run.calculate(
        export.case,
        table,
        wanted_dose=wanted,
        reference_dose=reference,
        dose_model=dose_model,
        from_contours=from_contours,
        spare_factors=spare,
        accessories=export.beam_accessories,
        goals=asked,
    )
    with output_folder(out) as folder:
        with run.step("write"):
            written = _write(found.beams, export, run.label, folder, form)
        record = run.conclude(
            found,
            Output(folder, written, input_files(export, others), report, export, browser),
            clinical=compared,
            deliver=deliver,
        )
    files_of = {b.number: out / name for b, name in zip(found.beams, _file_names(found.beams), strict=True)}
    report_file, pdf_file = (out / REPORT_FILE if report else None), (out / PDF_FILE if pdf else None)
    return FluenceResult(out, out / PLAN_FILE, report_file, record, files_of, pdf=pdf_file)


def _write(beams: tuple[Beam, ...], export: Export, label: str, folder: Path, form: FluenceForm) -> list[Path]:
    """Write the fluence of every beam, and the copy of the plan with all of them."""
    written = [
        write_optimal_fluence(b.fluence, folder / name, b.name)
        for b, name in zip(beams, _file_names(beams), strict=True)
        if b.fluence is not None
    ]
    what = f"Optimal fluence by {label}"
    copy = folder / PLAN_FILE
    return [*written, write_rtplan_copy(export.plan_file, beams, copy, model=label, description=what, form=form)]


def _try_to_write(export: Export, label: str, out: Path, form: FluenceForm) -> None:
    """Write small flat fluences, so that what keeps the real ones from being written is found before they are made."""
    flat = FluenceMap(np.ones((2, 2), dtype=np.float32), -SPACING_MM / 2, SPACING_MM / 2, SPACING_MM)
    with trial_folder(out) as folder:
        _write(tuple(replace(b, fluence=flat) for b in export.case.plan.treatment_beams), export, label, folder, form)


def clinical_fluences(folder: Path | None, case: Case) -> tuple[Mapping[int, FluenceMap], list[Path]]:
    """Fluences to compare with by beam number, and their files: of a folder, or those that the plan holds.

    Raises
    ------
    BridgeError
        If the folder is none, or lacks a beam's.
    """
    beams = case.plan.treatment_beams
    if folder is None:
        return {b.number: b.fluence for b in beams if b.fluence is not None}, []
    if not folder.is_dir():
        raise BridgeError(f"the reference must be a folder with *{SUFFIX} files, found none")
    files = {file.stem.casefold(): file for file in sorted(folder.glob(f"*{SUFFIX}"))}
    names = {b.number: name.removesuffix(SUFFIX).casefold() for b, name in zip(beams, _file_names(beams), strict=True)}
    missing = [b.name for b in beams if names[b.number] not in files]
    if missing:
        raise BridgeError(f"the reference folder must hold a *{SUFFIX} file for every beam, none for {missing}")
    chosen = {number: files[name] for number, name in names.items()}
    return {number: read_optimal_fluence(file) for number, file in chosen.items()}, list(chosen.values())


def _file_names(beams: tuple[Beam, ...]) -> list[str]:
    """File names after the beams' names, as plain as any file system takes them; with the number where two agree."""
    plain = [plain_name(b.name) or "_" for b in beams]
    folded = [name.casefold() for name in plain]
    numbered = (f"{n}_{b.number}" if folded.count(n.casefold()) > 1 else n for n, b in zip(plain, beams, strict=True))
    return [f"{name}{SUFFIX}" for name in numbered]
