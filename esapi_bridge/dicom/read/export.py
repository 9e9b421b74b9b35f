"""Read an exported plan set as a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.case import Approval, Case, Dose, Uids
from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.identity import installation_key, patient_key
from esapi_bridge.dicom.read import consistency
from esapi_bridge.dicom.read.ct import Scanner, read_ct_series, read_scanner
from esapi_bridge.dicom.read.elements import text
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.rtdose import dose_from_dataset, read_dose_reference
from esapi_bridge.dicom.read.rtplan import PlanRecord, read_plan
from esapi_bridge.dicom.read.rtstruct import StructureSet, read_structure_set
from esapi_bridge.dicom.read.scan import Entry, FileSet, scan
from esapi_bridge.errors import RefusedError


@dataclass(frozen=True)
class PlanSummary:
    """One plan of an export, for choosing.

    Parameters
    ----------
    name
        RT Plan Label.
    uid
        SOP Instance UID.
    approval
        Approval status; ``UNKNOWN`` where not stated.
    beams
        Number of beams, set-up fields included.
    """

    name: str
    uid: str
    approval: Approval
    beams: int


@dataclass(frozen=True)
class Export:
    """An exported plan set: the case and where it came from.

    Parameters
    ----------
    case
        CT, plan, doses and structures; no patient identity.
    plan_file, structure_file, plan_dose_file
        Source files; None where there is none.
    ct_files
        CT slices, in order of file name.
    beam_dose_files
        Dose files by beam number.
    scanner
        Origin of the CT, for checks on the HU calibration.
    imaging_position
        Patient position of the CT; may differ from that of the treatment, `case.plan.patient_position`.
    beam_accessories
        Wedges, blocks, boli, compensators by beam number; a case has no place for them, so a task that needs a plain
        beam must refuse when there are any.
    """

    case: Case
    plan_file: Path
    structure_file: Path | None
    plan_dose_file: Path | None
    ct_files: tuple[Path, ...]
    beam_dose_files: Mapping[int, Path]
    scanner: Scanner
    imaging_position: str
    beam_accessories: Mapping[int, tuple[str, ...]]


def list_plans(folder: Path) -> list[PlanSummary]:
    """List the photon plans below a folder.

    Raises
    ------
    BridgeError
        If the folder or one of its DICOM files cannot be read.
    """
    return [_summary(entry) for entry in scan(folder).plans]


def read_export(folder: Path, plan: str | None = None, *, key: bytes | None = None) -> Export:
    """Read the plan of an exported set with its CT, structures and doses.

    Sub-folders are searched, except those named ``reference``. PLAN and BEAM doses are those of all fractions.

    Parameters
    ----------
    folder
        Exported DICOM files.
    plan
        RT Plan Label of the plan to read; needed only when there are several.
    key
        Secret for the patient hash; that of this installation by default.

    Raises
    ------
    RefusedError
        If something is missing, ambiguous or contradicts itself; names the two values that disagree.
    BridgeError
        If a file cannot be read.
    """
    files = scan(folder)
    with bridge_errors_only("the export folder"):
        consistency.require_one_patient([entry.header for entry in files.all()])
        consistency.require_distinct(files)
        plan_entry = _choose_plan(files, plan)
        record = read_plan(plan_entry.header)
        consistency.require_patient_geometry(record)
        structures_entry, structures = _structures(files, record)
        ct_entries = _choose_ct(files, structures)
        ct = read_ct_series([read_dataset(entry.path) for entry in ct_entries])
        ct_frame = text(ct_entries[0].header, "FrameOfReferenceUID")
        consistency.require_one_frame(ct_frame, record, structures)
        if structures is not None:
            consistency.require_all_referenced_slices(structures, ct_entries)
        plan_dose_entry, beam_dose_entries = _choose_doses(files, record, ct_frame)
        plan_dose = None if plan_dose_entry is None else _dose(plan_dose_entry, record)
        beam_doses = {number: _dose(entry, record) for number, entry in beam_dose_entries.items()}
        for dose in [*([plan_dose] if plan_dose else []), *beam_doses.values()]:
            consistency.require_dose_within_ct(dose, ct)
        if plan_dose is not None:
            consistency.require_beams_sum_to_plan(plan_dose, beam_doses, record.plan)
        case = Case(
            ct=ct,
            plan=record.plan,
            plan_dose=plan_dose,
            beam_doses=beam_doses,
            structures=structures.structures if structures else (),
            uids=Uids(
                frame_of_reference=ct_frame,
                plan=record.uid,
                structure_set=structures.uid if structures else None,
                ct_series=text(ct_entries[0].header, "SeriesInstanceUID"),
            ),
            patient_key=patient_key(plan_entry.header, installation_key() if key is None else key),
        )
        return Export(
            case=case,
            plan_file=plan_entry.path,
            structure_file=structures_entry.path if structures_entry else None,
            plan_dose_file=plan_dose_entry.path if plan_dose_entry else None,
            ct_files=tuple(entry.path for entry in ct_entries),
            beam_dose_files={number: entry.path for number, entry in beam_dose_entries.items()},
            scanner=read_scanner(ct_entries[0].header),
            imaging_position=text(ct_entries[0].header, "PatientPosition"),
            beam_accessories=record.accessories,
        )


def _summary(entry: Entry) -> PlanSummary:
    with bridge_errors_only("an RT Plan"):
        header = entry.header
        beams = header.get("BeamSequence")
        return PlanSummary(
            name=text(header, "RTPlanLabel"),
            uid=entry.uid,
            approval=Approval(text(header, "ApprovalStatus")),
            beams=len(beams) if beams is not None else 0,
        )


def _choose_plan(files: FileSet, name: str | None) -> Entry:
    """Find the plan by label, or the only one."""
    if not files.plans:
        found = f"{len(files.ion_plans)} ion plan (RT Ion Plan)" if files.ion_plans else "none"
        raise RefusedError(f"the export must hold a photon plan (RT Plan), found {found}")
    labels = ", ".join(repr(text(entry.header, "RTPlanLabel")) for entry in files.plans)
    chosen = [entry for entry in files.plans if name is None or text(entry.header, "RTPlanLabel") == name]
    if not chosen:
        raise RefusedError(f"the export must hold the plan {name!r}, found {labels}")
    if len(chosen) > 1:
        raise RefusedError(f"one plan must be chosen by its name, found {len(chosen)} to choose from: {labels}")
    return chosen[0]


def _structures(files: FileSet, record: PlanRecord) -> tuple[Entry | None, StructureSet | None]:
    """Find the structure set that the plan refers to; none where the export holds none at all."""
    if not files.structure_sets:
        return None, None
    wanted = record.structure_set_uid
    chosen = [entry for entry in files.structure_sets if wanted is None or entry.uid == wanted]
    if len(chosen) != 1:
        found = ", ".join(entry.uid for entry in files.structure_sets)
        raise RefusedError(f"the plan refers to structure set {wanted or 'none'}, found {found}")
    return chosen[0], read_structure_set(chosen[0].header)


def _choose_ct(files: FileSet, structures: StructureSet | None) -> list[Entry]:
    """Find the slices of the series that the structure set is drawn on, or of the only series."""
    if not files.ct:
        raise RefusedError("the export must hold the CT series of the plan, found no CT image")
    series = {text(entry.header, "SeriesInstanceUID") for entry in files.ct}
    wanted = series if structures is None or not structures.ct_series else series & structures.ct_series
    if len(wanted) != 1:
        stated = "no series" if structures is None else f"series {', '.join(sorted(structures.ct_series)) or 'none'}"
        raise RefusedError(
            f"the export must hold the one CT series that the structure set refers to ({stated}), "
            f"found {len(series)}: {', '.join(sorted(series))}"
        )
    return [entry for entry in files.ct if text(entry.header, "SeriesInstanceUID") in wanted]


def _choose_doses(files: FileSet, record: PlanRecord, ct_frame: str) -> tuple[Entry | None, dict[int, Entry]]:
    """Find the dose of the plan and the doses of its beams."""
    known = {entry.uid for entry in [*files.plans, *files.ion_plans]}
    plan_doses: list[Entry] = []
    beam_doses: dict[int, Entry] = {}
    for entry in files.doses:
        if text(entry.header, "DoseSummationType") == "MULTI_PLAN":
            continue  # the sum of several plans says nothing of this one
        reference = read_dose_reference(entry.header) if record.uid in consistency.plans_of(entry.header) else None
        if reference is None:
            consistency.require_known_plan(entry.header, known, record.uid)
            continue
        consistency.require_frame_of_dose(reference, ct_frame)
        if reference.beam_number is None:
            plan_doses.append(entry)
        elif reference.beam_number in beam_doses:
            raise RefusedError(f"each beam must have one dose, found two for beam {reference.beam_number}")
        else:
            beam_doses[reference.beam_number] = entry
    if len(plan_doses) > 1:
        raise RefusedError(f"a plan must have one dose, found {len(plan_doses)}")
    consistency.require_dose(bool(plan_doses), set(beam_doses), record.plan)
    return (plan_doses[0] if plan_doses else None), beam_doses


def _dose(entry: Entry, record: PlanRecord) -> Dose:
    return dose_from_dataset(
        read_dataset(entry.path), reference_gy=record.plan.prescription_gy, fractions=record.plan.fractions
    )
