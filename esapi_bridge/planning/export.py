"""Plan a patient and export it as a planning system does, with a reference dose beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import Beam, Case, Dose, Grid, Plan, Uids
from esapi_bridge.case.dose_set import sum_doses
from esapi_bridge.dicom import REFERENCE_FOLDER, write_export, write_rtdose
from esapi_bridge.dicom.optimal_fluence import SUFFIX, write_optimal_fluence
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.whole import output_folder, require_free
from esapi_bridge.planning.arcs import still_parts
from esapi_bridge.planning.engines import (
    COARSE_MM,
    Engine,
    Engines,
    dose_grids,
    dose_in_body,
    physics_engines,
    respaced,
)
from esapi_bridge.planning.fields import heights_mm
from esapi_bridge.planning.imrt.delivery import on_grid
from esapi_bridge.planning.subject import Subject, ct_subject, phantom_subject
from esapi_bridge.planning.techniques.plan import (
    PlannedFields,
    PlanOptions,
    beam_energy,
    is_prostate_plan,
    plan_fields,
)
from esapi_bridge.planning.vocabulary import PlanTechnique
from esapi_bridge.progress import Progress

SCATTER_MARGIN_MM = 40.0
"""How far above and below the fields doses are calculated."""

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
    """

    reference: bool = True
    grid_mm: float | None = None


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
    """

    folder: Path
    reference: Path | None
    planned: PlannedFields


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
    engines = engines or physics_engines(beam_energy(subject.site, options))
    _step(progress, "plan", 0, 1)
    planned = plan_fields(subject, options)
    low, high = heights_mm(planned.beams, options.patient_position)
    grids = dose_grids(subject.ct, subject.body, z_range_mm=(low - SCATTER_MARGIN_MM, high + SCATTER_MARGIN_MM))
    doses = _Doses(subject, planned, options, progress)
    if planned.plan_dose is None or options.grid_mm is not None:
        grid = grids.coarse if options.grid_mm in (None, COARSE_MM) else respaced(grids.coarse, options.grid_mm)
        found = {beam.number: doses.of(beam, engines.coarse, grid) for beam in planned.beams}
        planned = _normalised(subject, replace(planned, plan_dose=sum_doses(list(found.values())), beam_doses=found))
    doses.tell("DICOM files")
    case = _case(subject, planned, options)
    with output_folder(folder) as made:
        written = write_export(
            case, made, patient_id=f"PLANNING-{_name(subject, options, '-').upper()}",
            patient_name=f"Planning^{subject.site.title()}", eclipse_scaling=True,
        )  # fmt: skip
        plan_file = written["plan"]
        assert isinstance(plan_file, Path)
        reference = made / REFERENCE_FOLDER
        if options.reference:
            _write_reference(reference, plan_file, planned.beams, lambda beam: doses.of(beam, engines.fine, grids.fine))
        _write_fluences(reference, planned.beams)
        has_reference = reference.is_dir()
    _step(progress, "done", doses.total, doses.total)
    return Exported(folder, folder / REFERENCE_FOLDER if has_reference else None, planned)


def _normalised(subject: Subject, planned: PlannedFields) -> PlannedFields:
    """Scale a plan with a prescription so that this is the mean dose of the target; its quality is left as it is."""
    dose = planned.plan_dose
    if planned.prescription_gy is None or dose is None:
        return planned
    target = on_grid(subject.target, subject.ct.grid, dose.grid)
    mean_gy = float(dose.gy[target].mean(dtype=np.float64)) if target.any() else 0.0
    if not mean_gy > 0:
        raise RefusedError("a plan is normalised to the mean dose of its target, found a target without dose")
    scale = planned.prescription_gy / mean_gy
    return replace(
        planned,
        beams=tuple(_scaled_beam(beam, scale) for beam in planned.beams),
        plan_dose=_scaled(dose, scale),
        beam_doses={number: _scaled(one, scale) for number, one in planned.beam_doses.items()},
    )


def _scaled_beam(beam: Beam, scale: float) -> Beam:
    fluence = beam.fluence and replace(beam.fluence, values=beam.fluence.values * np.float32(scale))
    return replace(beam, meterset_mu=beam.meterset_mu * scale, fluence=fluence)


def _scaled(dose: Dose, scale: float) -> Dose:
    return replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(scale)))


class _Doses:
    """Doses of all fractions, beam by beam; counts the parts that are done."""

    def __init__(
        self, subject: Subject, planned: PlannedFields, options: ExportOptions, progress: Progress | None
    ) -> None:
        self._subject, self._fractions, self._position = subject, planned.fractions, options.patient_position
        self._progress = progress
        passes = int(planned.plan_dose is None or options.grid_mm is not None) + int(options.reference)
        self._done, self.total = 0, max(1, passes * sum(len(still_parts(beam)) for beam in planned.beams))

    def of(self, beam: Beam, engine: Engine, grid: Grid) -> Dose:
        what = f"dose of beam {beam.number} at {grid.spacing_mm[0]:g} mm"
        self.tell(what)
        dose = dose_in_body(
            engine, self._subject.ct, self._subject.body, beam, grid, self._position,
            lambda done, _: _step(self._progress, what, self._done + done, self.total),
        )  # fmt: skip
        self._done += len(still_parts(beam))
        return _scaled(dose, self._fractions)

    def tell(self, what: str) -> None:
        _step(self._progress, what, self._done, self.total)


def _name(subject: Subject, options: ExportOptions, joint: str = "") -> str:
    """Site, technique and seed."""
    words = (subject.site[:8], SHORT_NAMES[options.technique], str(options.seed))
    return joint.join(word for word in words if word)


def _case(subject: Subject, planned: PlannedFields, options: ExportOptions) -> Case:
    assert planned.plan_dose is not None
    plan = Plan(
        name=_name(subject, options)[:16],
        beams=planned.beams,
        patient_position=options.patient_position,
        prescription_gy=planned.prescription_gy,
        fractions=planned.fractions,
        calculation_models={"PHOTON_DOSE": planned.plan_dose.algorithm or "unknown"},
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
