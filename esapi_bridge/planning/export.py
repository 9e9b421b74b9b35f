"""Export a planned subject as a planning system does, with a reference dose beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from esapi_bridge.case import Beam, Case, Dose, PatientPosition, Plan, Uids
from esapi_bridge.case.dose_set import sum_doses
from esapi_bridge.dicom import REFERENCE_FOLDER, write_export, write_rtdose
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.folders.whole import output_folder, require_free
from esapi_bridge.planning.engines import Engines, dose_grids, dose_in_body, physics_engines
from esapi_bridge.planning.fields import DEFAULT_ENERGY, beams_around_target, heights_mm, random_field
from esapi_bridge.planning.subject import Subject, ct_subject, phantom_subject
from esapi_bridge.progress import Progress

SCATTER_MARGIN_MM = 40.0
"""How far above and below the fields doses are calculated."""


@dataclass(frozen=True)
class ExportOptions:
    """What to export.

    Parameters
    ----------
    beams
        Number of beams.
    open_fields
        Random open fields instead of beams around the target.
    seed
        Chooses the fields (and the phantom).
    patient_position
        DICOM patient position; the anatomy is the same in LPS, the couch is under the patient.
    reference
        Also write the doses of the accurate engine.
    energy
        One of `fields.ENERGIES`.
    """

    beams: int = 5
    open_fields: bool = False
    seed: int = 1
    patient_position: PatientPosition = PatientPosition.HFS
    reference: bool = True
    energy: str = DEFAULT_ENERGY


def export_phantom(
    site: str,
    folder: Path,
    options: ExportOptions | None = None,
    *,
    engines: Engines | None = None,
    progress: Progress | None = None,
) -> Path:
    """Make the phantom of a site and seed, plan on it and export; see `export_subject`."""
    options = options or ExportOptions()
    require_free(folder)
    _step(progress, "phantom", 0, 1)
    return export_subject(
        phantom_subject(site, options.seed, options.patient_position),
        folder,
        options,
        engines=engines,
        progress=progress,
    )


def export_ct(
    path: Path,
    folder: Path,
    options: ExportOptions | None = None,
    *,
    engines: Engines | None = None,
    progress: Progress | None = None,
) -> Path:
    """Plan on a CT from outside and export; see `export_subject`."""
    require_free(folder)
    _step(progress, "CT", 0, 1)
    return export_subject(ct_subject(path), folder, options or ExportOptions(), engines=engines, progress=progress)


def export_subject(
    subject: Subject,
    folder: Path,
    options: ExportOptions,
    *,
    engines: Engines | None = None,
    progress: Progress | None = None,
) -> Path:
    """Plan on a subject and write CT, RT Structure Set, RT Plan and RT Doses (plan and each beam, 5 mm).

    Parameters
    ----------
    subject
        The patient to plan on.
    folder
        Made here; must be absent or empty. ``folder/reference`` gets the doses of the accurate engine at 1.25 mm.
        Nothing is left behind when the export fails.
    options
        What to export.
    engines
        Dose engines; pencil beam and collapsed cone when None.
    progress
        Called at every step.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    BridgeError
        If the folder holds files already.
    """
    require_free(folder)
    engines = engines or physics_engines(options.energy)
    beams = _beams(subject, options)
    low, high = heights_mm(beams, options.patient_position)
    grids = dose_grids(subject.ct, subject.body, z_range_mm=(low - SCATTER_MARGIN_MM, high + SCATTER_MARGIN_MM))
    steps = 1 + len(beams) * (2 if options.reference else 1)
    doses: dict[int, Dose] = {}
    for done, beam in enumerate(beams):
        _step(progress, f"dose of beam {beam.number} at 5 mm", done, steps)
        doses[beam.number] = dose_in_body(
            engines.coarse, subject.ct, subject.body, beam, grids.coarse, options.patient_position
        )
    case = _case(subject, beams, doses, options)
    with output_folder(folder) as made:
        _step(progress, "DICOM files", len(beams), steps)
        code = f"PLANNING-{subject.site.upper()}-{options.seed}"
        written = write_export(
            case, made, patient_id=code, patient_name=f"Planning^{subject.site.title()}", eclipse_scaling=True
        )
        if options.reference:
            plan_file = written["plan"]
            assert isinstance(plan_file, Path)
            _write_reference(
                made / REFERENCE_FOLDER, plan_file, beams,
                lambda beam: dose_in_body(
                    engines.fine, subject.ct, subject.body, beam, grids.fine, options.patient_position
                ),
                lambda number: _step(progress, f"reference of beam {number} at 1.25 mm", len(beams) + number, steps),
            )  # fmt: skip
    _step(progress, "done", steps, steps)
    return folder


def _beams(subject: Subject, options: ExportOptions) -> tuple[Beam, ...]:
    if options.open_fields:
        rng = np.random.default_rng([options.seed, 1])
        return tuple(
            random_field(subject.ct, subject.body, rng, n, options.energy) for n in range(1, options.beams + 1)
        )
    return beams_around_target(
        subject.target, subject.ct.grid, options.beams, options.patient_position, energy=options.energy
    )


def _case(subject: Subject, beams: tuple[Beam, ...], doses: dict[int, Dose], options: ExportOptions) -> Case:
    plan = Plan(
        name=f"{subject.site[:8]}{options.seed}"[:16],
        beams=beams,
        patient_position=options.patient_position,
        fractions=1,
        calculation_models={"PHOTON_DOSE": next(iter(doses.values())).algorithm or "unknown"},
    )
    return Case(
        ct=subject.ct,
        plan=plan,
        plan_dose=sum_doses(list(doses.values())),
        beam_doses=doses,
        structures=subject.structures,
        uids=Uids(frame_of_reference=new_uid(), plan=new_uid(), structure_set=new_uid(), ct_series=new_uid()),
        patient_key="planning",
    )


def _write_reference(
    folder: Path, plan_file: Path, beams: tuple[Beam, ...], engine: Callable[[Beam], Dose], tell: Callable[[int], None]
) -> None:
    """Write the accurate doses, beam by beam; only the sum is kept in memory."""
    folder.mkdir()
    total = None
    for position, beam in enumerate(beams):
        tell(position)
        dose = engine(beam)
        write_rtdose(
            dose, plan_file, folder / f"RD.beam{beam.number}.dcm", description=f"reference, beam {beam.number}"
        )
        total = dose if total is None else sum_doses([total, dose])
    assert total is not None
    write_rtdose(sum_doses([total]), plan_file, folder / "RD.plan.dcm", description="reference, plan")


def _step(progress: Progress | None, what: str, done: int, total: int) -> None:
    if progress is not None:
        progress(what, done, total)
