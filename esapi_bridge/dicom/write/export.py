"""Write a whole case as the set of files a planning system exports."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydicom import Dataset

from esapi_bridge.case import Case
from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.uids import derived_uid
from esapi_bridge.dicom.write.ct import write_ct_series
from esapi_bridge.dicom.write.rtdose import write_rtdose
from esapi_bridge.dicom.write.rtplan import write_rtplan
from esapi_bridge.dicom.write.rtstruct import write_rtstruct
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.sealed import write_sums


def write_export(
    case: Case, folder: Path, *, patient_id: str, patient_name: str, eclipse_scaling: bool = False
) -> dict[str, Path | list[Path]]:
    """Write CT, RT Structure Set, RT Plan and RT Dose (plan and each beam) of a case, as Eclipse exports them.

    Images and doses are stored with the orientation of the plan's patient position; the plan is unapproved. One case
    always gets the same identifiers. ``SHA256SUMS`` lists every file.

    Parameters
    ----------
    case
        What to write.
    folder
        Made where absent; must hold no DICOM files.
    patient_id, patient_name
        Identity to be written, as a case holds none.
    eclipse_scaling
        Store doses in millionths of the dose of 100 %, as Eclipse does: the prescription, or the maximum of the plan
        dose where there is none. By default the largest dose takes the whole range of 32 bits.

    Returns
    -------
    dict
        ``ct`` (list of files, along the slice normal), ``structures``, ``plan``, ``dose`` (absent without a plan
        dose), ``beam_doses`` (list, in plan order), ``checksums``.

    Raises
    ------
    BridgeError
        If the folder holds DICOM files already, or the case cannot be written.
    """
    with bridge_errors_only("the export", "written"):
        return _write_export(
            case, folder, patient_id, patient_name, _hundred_percent_gy(case) if eclipse_scaling else None
        )


def write_further_plan(case: Case, folder: Path, first: Path, *, eclipse_scaling: bool = False) -> None:
    """Write RT Plan and RT Doses of another plan into an export, on the same CT and structures.

    Parameters
    ----------
    case
        What to write; all its identifiers but that of the plan are those of the first case.
    folder
        What `write_export` wrote.
    first
        The plan in it, whose patient and study this one's are.
    eclipse_scaling
        As for `write_export`.

    Raises
    ------
    BridgeError
        If the case cannot be written, or names no structure set.
    """
    with bridge_errors_only("the further plan", "written"):
        if case.uids.structure_set is None:
            raise BridgeError("a further plan must name the structure set that is there, found none")
        scale = _hundred_percent_gy(case) if eclipse_scaling else None
        _write_plan(case, folder, read_dataset(first), case.uids.structure_set, scale)


def _write_export(
    case: Case, folder: Path, patient_id: str, patient_name: str, hundred_percent_gy: float | None
) -> dict[str, Path | list[Path]]:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob("*.dcm")):
        raise BridgeError("the export folder must hold no DICOM files yet, found some: empty it or choose another")
    uids, position = case.uids, case.plan.patient_position
    patient = _patient(uids.plan, patient_id, patient_name)
    series = {kind: derived_uid(uids.plan, "series", kind) for kind in ("CT", "RTSTRUCT")}
    structure_uid = uids.structure_set or derived_uid(uids.plan, "structure set")

    slices = write_ct_series(
        case.ct,
        patient,
        folder,
        patient_position=position,
        series_uid=uids.ct_series or series["CT"],
        frame_of_reference=uids.frame_of_reference,
    )
    files: dict[str, Path | list[Path]] = {"ct": [folder / f"CT.{item.SOPInstanceUID}.dcm" for item in slices]}
    structure_file = folder / f"RS.{structure_uid}.dcm"
    files |= {"structures": structure_file}
    write_rtstruct(case.structures, slices, structure_file, series_uid=series["RTSTRUCT"], instance_uid=structure_uid)
    return files | _write_plan(case, folder, patient, structure_uid, hundred_percent_gy)


def _write_plan(
    case: Case, folder: Path, patient: Dataset, structure_uid: str, hundred_percent_gy: float | None
) -> dict[str, Path | list[Path]]:
    """Write RT Plan and RT Doses beside CT and structures, and list all files anew."""
    uids = case.uids
    dose_series = derived_uid(uids.plan, "series", "RTDOSE")
    plan_file = folder / f"RP.{uids.plan}.dcm"
    files: dict[str, Path | list[Path]] = {"plan": plan_file}
    plan = write_rtplan(
        case.plan,
        patient,
        plan_file,
        frame_of_reference=uids.frame_of_reference,
        series_uid=derived_uid(uids.plan, "series", "RTPLAN"),
        instance_uid=uids.plan,
        structure_set_uid=structure_uid,
    )
    if case.plan_dose is not None:
        uid = derived_uid(uids.plan, "dose")
        files["dose"] = write_rtdose(
            case.plan_dose,
            plan,
            folder / f"RD.{uid}.dcm",
            description="plan dose",
            hundred_percent_gy=hundred_percent_gy,
            series_uid=dose_series,
            instance_uid=uid,
        )
    beam_files = []
    for beam in case.plan.treatment_beams:
        if beam.number in case.beam_doses:
            uid = derived_uid(uids.plan, "dose", str(beam.number))
            beam_files.append(
                write_rtdose(
                    case.beam_doses[beam.number],
                    plan,
                    folder / f"RD.{uid}.dcm",
                    description=f"dose of beam {beam.number}",
                    hundred_percent_gy=hundred_percent_gy,
                    series_uid=dose_series,
                    instance_uid=uid,
                )
            )
    files["beam_doses"] = beam_files
    files["checksums"] = write_sums(folder, folder.glob("*.dcm"))
    return files


def _hundred_percent_gy(case: Case) -> float | None:
    if case.plan.prescription_gy:
        return case.plan.prescription_gy
    return None if case.plan_dose is None else float(case.plan_dose.gy.max())


def _patient(plan_uid: str, patient_id: str, patient_name: str) -> Dataset:
    now = datetime.now().astimezone()
    patient = Dataset()
    patient.SpecificCharacterSet = "ISO_IR 192"
    patient.PatientName = patient_name
    patient.PatientID = patient_id
    patient.PatientBirthDate = None
    patient.PatientSex = None
    patient.StudyInstanceUID = derived_uid(plan_uid, "study")
    patient.StudyDate, patient.StudyTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    patient.StudyID = "1"
    patient.AccessionNumber = None
    patient.ReferringPhysicianName = None
    return patient
