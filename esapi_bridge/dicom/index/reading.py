"""Reads one file, or case folder, as far as the index needs."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from pydicom import Dataset
from pydicom.tag import Tag
from pydicom.uid import RTIonPlanStorage, RTPlanStorage, RTStructureSetStorage

from esapi_bridge.case import Plan
from esapi_bridge.case.beam import energy_label
from esapi_bridge.case.folder import describe_case
from esapi_bridge.case.schema import PlanPart
from esapi_bridge.dicom.guard import bridge_errors_only, named
from esapi_bridge.dicom.identity import patient_key
from esapi_bridge.dicom.index.beginning import read_beginning
from esapi_bridge.dicom.index.header import WANTED, keep
from esapi_bridge.dicom.index.row import CASE, KeptDrawnOn, PlanFacts, Row
from esapi_bridge.dicom.index.walk import Seen
from esapi_bridge.dicom.read.choice import OWN_RESULT, read_drawn_on
from esapi_bridge.dicom.read.consistency import require_dose
from esapi_bridge.dicom.read.elements import class_name, text
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.rtplan import PlanOutline, read_plan
from esapi_bridge.dicom.read.scan import Entry, Other, Unread, sort_file
from esapi_bridge.dicom.results import is_result
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.sealed import MOST_SUMS_BYTES, SUMS_FILE

PLANS = (RTPlanStorage, RTIonPlanStorage)

NOT_KEPT = (
    "SpecificCharacterSet", "StructureSetROISequence", "ReferencedFrameOfReferenceSequence",
    "ContributingEquipmentSequence", "PlanIntent",
)  # fmt: skip
"""Read to understand the others, not kept as they stand."""

TAGS = tuple(sorted({int(Tag(keyword)) for wanted in WANTED.values() for keyword in (*wanted, *NOT_KEPT)}))
"""Every element that is read of what is not a plan."""

CUT_SHORT = "the file is cut short, export it again"


def read_row(seen: Seen, key: bytes) -> Row:
    """Read what the index keeps of a file.

    Parameters
    ----------
    seen
        The file, or case folder.
    key
        Secret for the patient hash.

    Raises
    ------
    BridgeError
        If the disk does not give it, which says nothing of its content. What is wrong with that is in the row.
    """
    if seen.is_case:
        return _case_row(seen.path)
    cut_short: list[bool] = []

    def header_of(path: Path, kind: str | None) -> Entry:
        beginning = read_beginning(path, kind, TAGS)
        cut_short.append(beginning.is_cut_short)
        return Entry(path, beginning.dataset)

    try:
        with bridge_errors_only("a DICOM file"):
            part = sort_file(seen.path, header_of)
            if isinstance(part, Other):
                return Row(part.kind, aside=part.reason)
            if isinstance(part, Unread):
                return Row(part.kind, part.uid, fault=str(part.error))
    except RefusedError as error:
        return Row("", fault=str(error))
    try:
        with bridge_errors_only("a DICOM file"):
            return _row(part, key, CUT_SHORT if any(cut_short) else "")
    except RefusedError as error:  # what it is and its UID are known: what refers to it must not pass it over
        return Row(str(part.header.SOPClassUID), part.uid, fault=str(error))


def digest_of(path: Path) -> str:
    """Hash the content of a file."""
    with bridge_errors_only("a DICOM file"), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _row(entry: Entry, key: bytes, fault: str) -> Row:
    header = entry.header
    if is_result(header):
        return Row(class_name(header.SOPClassUID), aside=OWN_RESULT)
    facts, outline, drawn_on = None, None, None
    if header.SOPClassUID in PLANS:
        facts = PlanFacts(text(header, "RTPlanLabel"))
        try:
            facts, outline = _plan(read_dataset(entry.path, pixels=False))
        except RefusedError as error:
            fault = str(error)
    elif header.SOPClassUID == RTStructureSetStorage:
        drawn_on = _drawn_on(entry)
    return Row(
        kind=str(header.SOPClassUID),
        uid=entry.uid,
        fault=fault,
        patient=patient_key(header, key),
        header=keep(header, key),
        facts=facts,
        outline=outline,
        drawn_on=drawn_on,
    )


def _plan(dataset: Dataset) -> tuple[PlanFacts, PlanOutline]:
    with named("RT Plan"):
        record = read_plan(dataset)
    return _facts(record.plan), record.outline


def _facts(plan: Plan | PlanPart) -> PlanFacts:
    treated = [beam for beam in plan.beams if not beam.is_setup]
    energies = {energy_label(beam.energy_mv, beam.fluence_mode) for beam in treated}
    techniques = {beam.technique.value for beam in treated}
    return PlanFacts(plan.name, plan.approval.value, tuple(sorted(energies)), tuple(sorted(techniques)))


def _drawn_on(entry: Entry) -> KeptDrawnOn:
    """Read what a structure set is drawn on; its contours are looked at only where that tells two series apart."""
    with named("RT Structure Set"):
        found = read_drawn_on(entry.header)
        contoured: frozenset[str] = frozenset()
        if len(found.series) != 1:
            with suppress(BridgeError):
                contoured = read_drawn_on(read_dataset(entry.path, pixels=False)).contoured()
        series = {uid: tuple(sorted(images)) for uid, images in found.series.items()}
        return KeptDrawnOn(series, tuple(sorted(found.frames)), tuple(sorted(contoured)))


def _case_row(folder: Path) -> Row:
    try:
        described = describe_case(folder)
        sums = read_plain(folder / SUMS_FILE, MOST_SUMS_BYTES, SUMS_FILE)
    except OSError:
        return Row(CASE, fault=f"a case folder must hold {SUMS_FILE}, found none; write the case again")
    except RefusedError as error:
        return Row(CASE, fault=str(error))
    plan = described.plan
    outline = PlanOutline(
        uid=described.uids.plan,
        geometry="PATIENT",
        frame_of_reference=described.uids.frame_of_reference,
        structure_set_uid=described.uids.structure_set,
        fractions=plan.fractions,
        beams=tuple(beam.number for beam in plan.beams),
        treated=tuple(beam.number for beam in plan.beams if not beam.is_setup),
    )
    fault = ""
    try:
        require_dose(described.plan_dose is not None, set(described.beam_doses), outline, "")
    except RefusedError as error:
        fault = str(error)
    return Row(
        kind=CASE,
        uid=described.uids.plan,
        fault=fault,
        patient=described.patient_key,
        facts=_facts(plan),
        outline=outline,
        has_structures=bool(described.structures),
        digest=hashlib.sha256(sums).hexdigest(),
    )
