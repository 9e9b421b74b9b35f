"""What is missing or wrong in the files of a plan, as far as headers tell, by the rules that reading it follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.index.catalogue import File
from esapi_bridge.dicom.index.header import restore
from esapi_bridge.dicom.read import consistency
from esapi_bridge.dicom.read.choice import choose_ct, choose_doses, choose_plan, choose_structures, frame_of
from esapi_bridge.dicom.read.elements import class_name, text
from esapi_bridge.dicom.read.rtdose import read_dose_reference
from esapi_bridge.dicom.read.rtplan import PlanOutline
from esapi_bridge.dicom.read.scan import Entry, FileSet, Part, Unread, collect
from esapi_bridge.errors import DamagedError, RefusedError


NO_STRUCTURES = "the plan must have a structure set (RT Structure Set), found none: export it with the plan"


def judge(outline: PlanOutline, files: Sequence[File], entries: dict[str, Entry], *, structures: bool) -> list[str]:
    """Say what keeps a plan from being read; empty where nothing is seen that does.

    Parameters
    ----------
    outline
        The plan.
    files
        The files that may belong to it.
    entries
        Headers given back already, by id of the file; added to, as plans share slices.
    structures
        Whether the plan needs a structure set.
    """
    faults: list[str] = []

    @contextmanager
    def noted() -> Iterator[None]:
        try:
            with bridge_errors_only("the plan"):
                yield
        except RefusedError as error:
            faults.append(str(error))

    found: FileSet | None = None
    with noted():
        found = collect((_part(file, entries) for file in files), lambda _first, _other: False)
    if found is None:
        return faults
    by_path = {file.seen.path: file for file in files}
    chosen: list[Entry] = []
    drawn_on = None
    ct_frame = ""
    with noted():
        chosen.append(choose_plan(found, outline.uid))
        consistency.require_patient_geometry(outline)
    is_known = False  # whether it is known what the structures are drawn on, if there are any
    with noted():
        structure_set = choose_structures(found, outline.structure_set_uid)
        if structure_set is not None:
            chosen.append(structure_set)
            kept = by_path[structure_set.path].row.drawn_on
            drawn_on = kept.restored() if kept else None
        elif structures:
            raise RefusedError(NO_STRUCTURES)
        is_known = True
    if is_known:
        with noted():
            slices, named_images = choose_ct(found, drawn_on, frame_of(outline, drawn_on))
            chosen += slices
            ct_frame = text(slices[0].header, "FrameOfReferenceUID")
            consistency.require_one_frame(ct_frame, outline)
            consistency.require_all_named_slices(named_images, slices)
    with noted():
        doses = choose_doses(found, outline)
        chosen += doses.all()
        consistency.require_dose(doses.plan is not None, set(doses.beams), outline, found.aside.told())
        for entry in doses.all() if ct_frame else ():
            consistency.require_frame_of_dose(read_dose_reference(entry.header), ct_frame)
        consistency.require_no_dose_of_setup(set(doses.beams), outline)
    with noted():
        consistency.require_distinct(chosen)
        consistency.require_one_patient([entry.header for entry in chosen])
    damaged = [by_path[entry.path].row for entry in chosen if by_path[entry.path].row.fault]
    faults += [f"{class_name(row.kind)}: {row.fault}" for row in damaged]
    return faults


def _part(file: File, entries: dict[str, Entry]) -> Part:
    row = file.row
    if row.header is None:
        error = DamagedError(row.fault)
        if not row.kind:
            raise error
        return Unread(row.kind, row.uid, error)
    if file.id not in entries:
        entries[file.id] = Entry(file.seen.path, restore(row.header))
    return entries[file.id]
