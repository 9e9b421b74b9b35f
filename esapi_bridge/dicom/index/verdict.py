"""What is missing or wrong in the files of a plan, as far as headers tell, by the rules that reading it follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.index.catalogue import File
from esapi_bridge.dicom.index.header import restore
from esapi_bridge.dicom.index.row import Row
from esapi_bridge.dicom.read import consistency
from esapi_bridge.dicom.read.choice import DrawnOn, choose_ct, choose_doses, choose_plan, choose_structures, frame_of
from esapi_bridge.dicom.read.elements import class_name, text
from esapi_bridge.dicom.read.rtdose import read_dose_reference
from esapi_bridge.dicom.read.rtplan import PlanOutline
from esapi_bridge.dicom.read.scan import Entry, FileSet, Part, Unread, collect
from esapi_bridge.errors import DamagedError, RefusedError

Result = TypeVar("Result")

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

    def noted(step: Callable[[], Result]) -> Result | None:
        """Take a step, and note why it was refused."""
        try:
            with bridge_errors_only("the plan"):
                return step()
        except RefusedError as error:
            faults.append(str(error))
            return None

    found = noted(lambda: collect((_part(file, entries) for file in files), lambda _first, _other: False))
    if found is None:
        return faults
    rows = {file.seen.path: file.row for file in files}
    plan = noted(lambda: _plan(found, outline))
    drawn = noted(lambda: _structures(found, outline, rows, structures))
    slices = noted(lambda: _slices(found, outline, drawn.on)) if drawn else None
    doses = noted(lambda: _doses(found, outline, slices or []))
    parts = ([plan] if plan else [], [drawn.entry] if drawn and drawn.entry else [], slices or [], doses or [])
    chosen = [entry for part in parts for entry in part]
    noted(lambda: consistency.require_distinct(chosen))
    noted(lambda: consistency.require_one_patient([entry.header for entry in chosen]))
    damaged = [rows[entry.path] for entry in chosen if rows[entry.path].fault]
    return faults + [f"{class_name(row.kind)}: {row.fault}" for row in damaged]


class _Drawn(NamedTuple):
    """The structure set, and what it is drawn on; nothing where there is none."""

    entry: Entry | None = None
    on: DrawnOn | None = None


def _plan(found: FileSet, outline: PlanOutline) -> Entry:
    plan = choose_plan(found, outline.uid)
    consistency.require_patient_geometry(outline)
    return plan


def _structures(found: FileSet, outline: PlanOutline, rows: Mapping[Path, Row], needed: bool) -> _Drawn:
    entry = choose_structures(found, outline.structure_set_uid)
    if entry is None:
        if needed:
            raise RefusedError(NO_STRUCTURES)
        return _Drawn()
    kept = rows[entry.path].drawn_on
    return _Drawn(entry, kept.restored() if kept else None)


def _slices(found: FileSet, outline: PlanOutline, drawn_on: DrawnOn | None) -> list[Entry]:
    slices, named_images = choose_ct(found, drawn_on, frame_of(outline, drawn_on))
    consistency.require_one_frame(_frame(slices), outline)
    consistency.require_all_named_slices(named_images, slices)
    return slices


def _doses(found: FileSet, outline: PlanOutline, slices: Sequence[Entry]) -> list[Entry]:
    doses = choose_doses(found, outline)
    consistency.require_dose(doses.plan is not None, set(doses.beams), outline, found.aside.told())
    for entry in doses.all() if slices else ():
        consistency.require_frame_of_dose(read_dose_reference(entry.header), _frame(slices))
    consistency.require_no_dose_of_setup(set(doses.beams), outline)
    return doses.all()


def _frame(slices: Sequence[Entry]) -> str:
    return text(slices[0].header, "FrameOfReferenceUID")


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
