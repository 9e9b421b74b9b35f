"""Plan a patient and export it as a planning system does, with a reference dose beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from esapi_bridge.case import Beam, Case, Dose, Plan, Uids
from esapi_bridge.case.dose_set import sum_doses
from esapi_bridge.dicom import REFERENCE_FOLDER, write_export, write_further_plan, write_rtdose
from esapi_bridge.dicom.optimal_fluence import SUFFIX, write_optimal_fluence
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.folders.whole import output_folder, require_free
from esapi_bridge.planning.engines import Engines, physics_engines
from esapi_bridge.planning.plan_doses import PlanDoses
from esapi_bridge.planning.subject import Subject, ct_subject, phantom_subject
from esapi_bridge.planning.techniques.boost import plan_boost
from esapi_bridge.planning.techniques.plan import (
    PlannedFields,
    PlanOptions,
    beam_energy,
    is_prostate_plan,
    plan_fields,
)
from esapi_bridge.planning.vocabulary import PlanTechnique
from esapi_bridge.progress import Progress

SHORT_NAMES = {
    PlanTechnique.OPEN: "",
    PlanTechnique.CONFORMAL: "3D",
    PlanTechnique.SEGMENTS: "SEG",
    PlanTechnique.IMRT: "IMRT",
    PlanTechnique.VMAT: "VMAT",
}
"""In the name of a plan, which may have 13 characters in Eclipse."""


@dataclass(frozen=True, kw_only=True)
class ExportOptions(PlanOptions):
    """What to plan and export.

    Parameters
    ----------
    reference
        Also write the doses of the accurate engine.
    grid_mm
        Spacing of the doses, mm. When None those that planning ended with, at 2.5 mm, are exported, or 5 mm.
    boost
        Also plan the inner part of the target, on the same structures; without reference.
    """

    reference: bool = True
    grid_mm: float | None = None
    boost: bool = False


@dataclass(frozen=True)
class Exported:
    """What was written, and where.

    Parameters
    ----------
    folder
        CT, structures, plan and doses.
    reference
        Its folder of accurate doses and optimal fluences; None where there are none.
    planned
        Fields and doses.
    boost
        Those of the second plan; None without one.
    """

    folder: Path
    reference: Path | None
    planned: PlannedFields
    boost: PlannedFields | None = None


def export_phantom(
    site: str,
    folder: Path,
    options: ExportOptions | None = None,
    *,
    engines: Engines | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Make the phantom of a site and seed, plan on it and export; see `export_subject`.

    An imrt plan of the pelvis has the patients that the fluence network learns from.
    """
    options = options or ExportOptions()
    require_free(folder)
    _step(progress, "phantom", 0, 1)
    if is_prostate_plan(site, options):
        from esapi_bridge.planning.imrt.anatomy import prostate_patient

        subject = prostate_patient(options.seed, patient_position=options.patient_position)
    else:
        subject = phantom_subject(site, options.seed, options.patient_position)
    return export_subject(subject, folder, options, engines=engines, progress=progress)


def export_ct(
    path: Path,
    folder: Path,
    options: ExportOptions | None = None,
    *,
    is_pelvis: bool = False,
    engines: Engines | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Plan on a CT from outside and export; see `export_subject`.

    Contours are placed in the CT of a pelvis; of others the target is a ball.
    """
    options = options or ExportOptions()
    require_free(folder)
    _step(progress, "CT", 0, 1)
    if is_pelvis:
        from esapi_bridge.planning.imrt.placed_contours import placed_subject

        subject = placed_subject(path)
    else:
        subject = ct_subject(path)
    return export_subject(subject, folder, options, engines=engines, progress=progress)


def export_subject(
    subject: Subject,
    folder: Path,
    options: ExportOptions,
    *,
    engines: Engines | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Plan a patient and write CT, RT Structure Set, RT Plan and RT Doses (plan and each beam).

    Parameters
    ----------
    subject
        The patient to plan on.
    folder
        Made here; must be absent or empty. ``folder/reference`` gets the doses of the accurate engine at 1.25 mm, and
        the optimal fluences of beams that have one. Nothing is left behind when the export fails.
    options
        What to plan and export.
    engines
        Dose engines; pencil beam and collapsed cone when None.
    progress
        Called at every step.

    Raises
    ------
    RefusedError
        If the technique cannot do what is asked.
    BridgeError
        If the folder holds files already, or the plan cannot be delivered.
    """
    require_free(folder)
    _step(progress, "plan", 0, 1)
    planned = plan_fields(subject, options)
    if options.unplanned:
        return _export_unplanned(subject, planned, folder, options)
    doses = _doses(subject, planned, options, engines, progress)
    boost = None
    if options.boost:
        _step(progress, "boost", 0, 1)
        boost = _doses(*plan_boost(subject, options), replace(options, reference=False), engines, progress).planned
    doses.tell("DICOM files")
    case = _case(subject, doses.planned, options)
    with output_folder(folder) as made:
        written = _write(case, made, subject, options)
        plan_file = written["plan"]
        assert isinstance(plan_file, Path)
        if boost is not None:
            further = _case(subject, boost, options)
            plan = replace(further.plan, name=f"{case.plan.name[:15]}B")
            uids = replace(case.uids, plan=further.uids.plan)
            write_further_plan(replace(further, plan=plan, uids=uids), made, plan_file, eclipse_scaling=True)
        reference = made / REFERENCE_FOLDER
        if options.reference:
            _write_reference(reference, plan_file, doses.planned.beams, doses.accurate)
        _write_fluences(reference, doses.planned.beams)
        has_reference = reference.is_dir()
    doses.tell("done", end=True)
    return Exported(folder, folder / REFERENCE_FOLDER if has_reference else None, doses.planned, boost)


def _export_unplanned(subject: Subject, planned: PlannedFields, folder: Path, options: ExportOptions) -> Exported:
    """Write CT, structures and a plan of fields that have neither fluence nor dose."""
    with output_folder(folder) as made:
        _write(_case(subject, planned, options), made, subject, options)
    return Exported(folder, None, planned)


def _write(case: Case, made: Path, subject: Subject, options: ExportOptions) -> Mapping[str, Path | list[Path]]:
    return write_export(
        case, made, patient_id=f"PLANNING-{_name(subject, options, '-').upper()}",
        patient_name=f"Planning^{subject.site.title()}", eclipse_scaling=True,
    )  # fmt: skip


def _doses(
    subject: Subject,
    planned: PlannedFields,
    options: ExportOptions,
    engines: Engines | None,
    progress: Progress | None,
) -> PlanDoses:
    return PlanDoses(
        subject, planned, options.patient_position, engines or physics_engines(beam_energy(subject.site, options)),
        grid_mm=options.grid_mm, reference=options.reference, progress=progress,
    )  # fmt: skip


def _name(subject: Subject, options: ExportOptions, joint: str = "") -> str:
    """Site, technique and seed."""
    words = (subject.site[:8], SHORT_NAMES[options.technique], str(options.seed))
    return joint.join(word for word in words if word)


def _case(subject: Subject, planned: PlannedFields, options: ExportOptions) -> Case:
    by = None if planned.plan_dose is None else planned.plan_dose.algorithm or "unknown"
    plan = Plan(
        name=_name(subject, options)[:16],
        beams=planned.beams,
        patient_position=options.patient_position,
        prescription_gy=planned.prescription_gy,
        fractions=planned.fractions,
        calculation_models={} if by is None else {"PHOTON_DOSE": by},
    )
    return Case(
        ct=subject.ct,
        plan=plan,
        plan_dose=planned.plan_dose,
        beam_doses=planned.beam_doses,
        structures=subject.structures,
        uids=Uids(frame_of_reference=new_uid(), plan=new_uid(), structure_set=new_uid(), ct_series=new_uid()),
        patient_key="planning",
    )


def _write_reference(folder: Path, plan_file: Path, beams: tuple[Beam, ...], engine: Callable[[Beam], Dose]) -> None:
    """Write the accurate doses, beam by beam; only the sum is kept in memory."""
    folder.mkdir()
    total = None
    for beam in beams:
        dose = engine(beam)
        write_rtdose(
            dose, plan_file, folder / f"RD.beam{beam.number}.dcm", description=f"reference, beam {beam.number}"
        )
        total = dose if total is None else sum_doses([total, dose])
    assert total is not None
    write_rtdose(sum_doses([total]), plan_file, folder / "RD.plan.dcm", description="reference, plan")


def _write_fluences(folder: Path, beams: tuple[Beam, ...]) -> None:
    for beam in beams:
        if beam.fluence is not None:
            folder.mkdir(exist_ok=True)
            write_optimal_fluence(beam.fluence, folder / f"{beam.name}{SUFFIX}", beam.name)


def _step(progress: Progress | None, what: str, done: int, total: int) -> None:
    if progress is not None:
        progress(what, done, total)
