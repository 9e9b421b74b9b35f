"""Read an exported plan set as a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from esapi_bridge.case import Approval, Case, Dose, Uids, Volume
from esapi_bridge.case.stated import Stated
from esapi_bridge.dicom.guard import bridge_errors_only, named
from esapi_bridge.dicom.identity import installation_key, patient_key
from esapi_bridge.dicom.read import consistency
from esapi_bridge.dicom.read.aside import LeftAside
from esapi_bridge.dicom.read.choice import (
    DrawnOn,
    choose_ct,
    choose_doses,
    choose_plan,
    choose_structures,
    frame_of,
    read_drawn_on,
)
from esapi_bridge.dicom.read.ct import Scanner, assumptions, read_ct_series, read_scanner
from esapi_bridge.dicom.read.elements import text
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.lattice import on_one_lattice
from esapi_bridge.dicom.read.rtdose import dose_from_dataset, read_dose_reference
from esapi_bridge.dicom.read.rtplan import PlanRecord, read_plan
from esapi_bridge.dicom.read.rtstruct import StructureSet, read_structure_set
from esapi_bridge.dicom.read.scan import Entry, ExportFiles, scan
from esapi_bridge.dicom.read.stated import read_stated
from esapi_bridge.errors import listed


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
    left_aside
        Objects of the folder that were not used, and why.
    assumed
        What the files do not state and was taken as usual, a sentence each.
    stated
        What plan and dose state of the doses besides, for checks.
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
    left_aside: tuple[LeftAside, ...] = ()
    assumed: tuple[str, ...] = ()
    stated: Stated = field(default_factory=Stated)


def list_plans(folder: Path) -> list[PlanSummary]:
    """List the photon plans below a folder.

    Raises
    ------
    BridgeError
        If the folder or one of its DICOM files cannot be read.
    """
    return [_summary(entry) for entry in scan(folder).plans]


def read_export(
    source: Path | ExportFiles, plan: str | None = None, *, key: bytes | None = None, need_dose: bool = True
) -> Export:
    """Read the plan of an exported set with its CT, structures and doses.

    What belongs to the plan is chosen first and read strictly: its structure set, the CT images that this names, the
    physical doses of the plan and its beams. Everything else is left aside and counted. Sub-folders are searched,
    except those named ``reference``. PLAN and BEAM doses are those of all fractions.

    Parameters
    ----------
    source
        Folder with the exported DICOM files, or a list of them.
    plan
        RT Plan Label or SOP Instance UID of the plan to read; needed only when there are several.
    key
        Secret for the patient hash; that of this installation by default.
    need_dose
        Whether an export without any dose is refused.

    Raises
    ------
    RefusedError
        If something is missing, ambiguous, damaged or contradicts itself; names the two values that disagree.
    BridgeError
        If a file cannot be read.
    """
    files = scan(source)
    with bridge_errors_only("the export folder"):
        plan_entry = choose_plan(files, plan)
        with named("RT Plan"):
            record = read_plan(plan_entry.header)
        outline = record.outline
        consistency.require_patient_geometry(outline)
        structures_entry = choose_structures(files, outline.structure_set_uid)
        structures = None if structures_entry is None else _structures(structures_entry)
        drawn_on = None if structures_entry is None else _drawn_on(structures_entry)
        ct_entries, named_images = choose_ct(files, drawn_on, frame_of(outline, drawn_on))
        for part in structures.left_out if structures else ():
            files.aside.add("part of the structure set", part)
        doses = choose_doses(files, outline)
        chosen = [*ct_entries, *([structures_entry] if structures_entry else []), plan_entry, *doses.all()]
        consistency.require_distinct(chosen)
        consistency.require_one_patient([entry.header for entry in chosen])
        if need_dose or doses.plan is not None or doses.beams:
            consistency.require_dose(doses.plan is not None, set(doses.beams), outline, files.aside.told())
        ct_frame = text(ct_entries[0].header, "FrameOfReferenceUID")
        consistency.require_one_frame(ct_frame, outline)
        for entry in doses.all():
            consistency.require_frame_of_dose(read_dose_reference(entry.header), ct_frame)
        consistency.require_no_dose_of_setup(set(doses.beams), outline)
        ct = _ct(ct_entries)
        consistency.require_all_named_slices(named_images, ct_entries)
        plan_dose = None if doses.plan is None else _dose(doses.plan, record)
        beam_doses = on_one_lattice(plan_dose, {number: _dose(entry, record) for number, entry in doses.beams.items()})
        if plan_dose is not None:
            consistency.require_beams_sum_to_plan(plan_dose, beam_doses, record.plan)
        case = Case(
            ct=ct,
            plan=record.plan,
            plan_dose=plan_dose,
            beam_doses=beam_doses,
            structures=structures.in_frame(ct_frame) if structures else (),
            uids=Uids(
                frame_of_reference=ct_frame,
                plan=outline.uid,
                structure_set=structures.uid if structures else None,
                ct_series=text(ct_entries[0].header, "SeriesInstanceUID"),
            ),
            patient_key=patient_key(plan_entry.header, installation_key() if key is None else key),
        )
        return Export(
            case=case,
            plan_file=plan_entry.path,
            structure_file=structures_entry.path if structures_entry else None,
            plan_dose_file=doses.plan.path if doses.plan else None,
            ct_files=tuple(entry.path for entry in ct_entries),
            beam_dose_files={number: entry.path for number, entry in doses.beams.items()},
            scanner=read_scanner(ct_entries[0].header),
            imaging_position=text(ct_entries[0].header, "PatientPosition"),
            beam_accessories=record.accessories,
            left_aside=files.aside.found,
            stated=read_stated(
                plan_entry.header, doses.plan.header if doses.plan else None, structures.uid if structures else None
            ),
            assumed=_assumed(record, ct_entries, chosen, set(doses.beams)),
        )


def read_ct_folder(folder: Path) -> Volume:
    """Read the CT of a folder, HU: that of its structure set where there is one, else the only series.

    Raises
    ------
    RefusedError
        If there is none, several fit, or slices are missing, tilted or cannot be read.
    """
    files = scan(folder)
    with bridge_errors_only("the CT folder"):
        drawn = _drawn_on(files.structure_sets[0]) if len(files.structure_sets) == 1 else None
        entries, named_images = choose_ct(files, drawn, None)
        consistency.require_distinct(entries)
        ct = _ct(entries)
        consistency.require_all_named_slices(named_images, entries)
        return ct


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


def _structures(entry: Entry) -> StructureSet:
    with named("RT Structure Set"):
        return read_structure_set(entry.header)


def _drawn_on(entry: Entry) -> DrawnOn:
    with named("RT Structure Set"):
        return read_drawn_on(entry.header)


def _ct(entries: list[Entry]) -> Volume:
    with named("CT Image"):
        return read_ct_series([read_dataset(entry.path) for entry in entries])


def _dose(entry: Entry, record: PlanRecord) -> Dose:
    with named("RT Dose"):
        consistency.require_one_reference_dose(entry.header, record.plan)
        return dose_from_dataset(
            read_dataset(entry.path), reference_gy=record.plan.prescription_gy, fractions=record.plan.fractions
        )


def _assumed(
    record: PlanRecord, ct_entries: list[Entry], chosen: list[Entry], beams_with_dose: set[int]
) -> tuple[str, ...]:
    found = [*record.remarks, *assumptions([entry.header for entry in ct_entries])]
    if record.outline.frame_of_reference is None:
        found.append("the plan, which states no frame of reference, lies in that of the CT")
    lacking = sorted({beam.number for beam in record.plan.treatment_beams} - beams_with_dose)
    if lacking and beams_with_dose:
        found.append(f"the plan dose holds what beams {listed(lacking)} give, which have no dose of their own")
    silent = sum(not entry.states_syntax for entry in chosen)
    if silent:
        found.append(f"the transfer syntax of {silent} files, which state none, is the one their first element shows")
    return tuple(found)
