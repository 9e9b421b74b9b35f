"""Export a prostate IMRT plan as a planning system does, with its optimal fluence beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from esapi_bridge.case import Case, Plan, Uids
from esapi_bridge.dicom import REFERENCE_FOLDER, write_export
from esapi_bridge.dicom.optimal_fluence import SUFFIX, write_optimal_fluence
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.folders.whole import output_folder, require_free
from esapi_bridge.planning.imrt.beams import Arrangement
from esapi_bridge.planning.imrt.optimiser import ITERATIONS
from esapi_bridge.planning.imrt.plan import ImrtPlan, plan_patient
from esapi_bridge.planning.subject import Subject
from esapi_bridge.progress import Progress

STEPS = 3


@dataclass(frozen=True)
class ImrtExportOptions:
    """What to export: the seed of the phantom, how patient and fields are set up, and steps of the optimisation."""

    seed: int = 1
    arrangement: Arrangement = field(default_factory=Arrangement)
    iterations: int = ITERATIONS


def export_imrt_phantom(
    folder: Path, options: ImrtExportOptions | None = None, *, progress: Progress | None = None
) -> ImrtPlan:
    """Make the pelvis phantom of a seed, plan it and export; see `export_imrt`."""
    from esapi_bridge.planning.imrt.anatomy import prostate_patient

    options = options or ImrtExportOptions()
    require_free(folder)
    _step(progress, "phantom", 0)
    patient = prostate_patient(options.seed, patient_position=options.arrangement.patient_position)
    return export_imrt(patient, folder, options, progress=progress)


def export_imrt_ct(
    path: Path, folder: Path, options: ImrtExportOptions | None = None, *, progress: Progress | None = None
) -> ImrtPlan:
    """Place contours in a pelvis CT from outside, plan it and export; see `export_imrt`."""
    from esapi_bridge.planning.imrt.placed_contours import placed_subject

    require_free(folder)
    _step(progress, "contours", 0)
    return export_imrt(placed_subject(path), folder, options or ImrtExportOptions(), progress=progress)


def export_imrt(
    patient: Subject, folder: Path, options: ImrtExportOptions, *, progress: Progress | None = None
) -> ImrtPlan:
    """Plan a patient and write CT, RT Structure Set, RT Plan and RT Doses (plan and each beam, 2.5 mm).

    Parameters
    ----------
    patient
        CT and structures.
    folder
        Made here; must be absent or empty. ``folder/reference`` gets the optimal fluence of each beam, as the plan
        holds it too. Nothing is left behind when the export fails.
    options
        How patient and fields are set up.
    progress
        Told about every step.

    Returns
    -------
    ImrtPlan
        What was exported.

    Raises
    ------
    BridgeError
        If the folder holds files already, or the plan cannot be delivered.
    """
    require_free(folder)
    _step(progress, "plan", 1)
    plan = plan_patient(patient, options.arrangement, iterations=options.iterations)
    _step(progress, "DICOM files", 2)
    case = _case(patient, plan, options)
    code = f"PLANNING-{patient.site.upper()}-IMRT-{options.seed}"
    with output_folder(folder) as made:
        write_export(
            case, made, patient_id=code, patient_name=f"Planning^{patient.site.title()}^IMRT", eclipse_scaling=True
        )
        reference = made / REFERENCE_FOLDER
        reference.mkdir()
        for beam in plan.beams:
            assert beam.fluence is not None
            write_optimal_fluence(beam.fluence, reference / f"{beam.name}{SUFFIX}", beam.name)
    _step(progress, "done", STEPS)
    return plan


def _case(patient: Subject, plan: ImrtPlan, options: ImrtExportOptions) -> Case:
    return Case(
        ct=patient.ct,
        plan=Plan(
            name=f"{patient.site[:8]}IMRT{options.seed}"[:16],
            beams=plan.beams,
            patient_position=plan.arrangement.patient_position,
            prescription_gy=plan.prescription_gy,
            fractions=plan.fractions,
            normalisation_percent=100.0,
            calculation_models={"PHOTON_DOSE": plan.dose.algorithm or "unknown"},
        ),
        plan_dose=plan.dose,
        beam_doses=plan.beam_doses,
        structures=patient.structures,
        uids=Uids(frame_of_reference=new_uid(), plan=new_uid(), structure_set=new_uid(), ct_series=new_uid()),
        patient_key="planning",
    )


def _step(progress: Progress | None, what: str, done: int) -> None:
    if progress is not None:
        progress(what, done, STEPS)
