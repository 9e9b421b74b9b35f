"""Choose the objects that belong to one plan: plan, structure set, CT images, doses; the rest is counted.

Only what is chosen is read strictly, so that nothing else in a folder can stop a run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydicom import Dataset
from pydicom.uid import (
    CTImageStorage,
    RTDoseStorage,
    RTIonPlanStorage,
    RTPlanStorage,
    RTStructureSetStorage,
)

from esapi_bridge.dicom.guard import named
from esapi_bridge.dicom.read import consistency
from esapi_bridge.dicom.read.aside import Aside
from esapi_bridge.dicom.read.elements import class_name, items, text
from esapi_bridge.dicom.read.rtdose import DoseForm, dose_form, read_dose_reference
from esapi_bridge.dicom.read.rtplan import PlanOutline
from esapi_bridge.dicom.read.scan import Entry, FileSet
from esapi_bridge.dicom.read.slices import slices_of, without_scouts
from esapi_bridge.dicom.results import is_result
from esapi_bridge.errors import DamagedError, RefusedError, listed

OWN_RESULT = "result of an earlier run"

UNREAD = "not needed, and damaged or in a transfer syntax that is not read"

USED_SUMMATIONS = ("PLAN", "BEAM", "FRACTION")
"""Dose Summation Types that are, or can be, doses of a whole plan or of a beam."""


@dataclass(frozen=True)
class ChosenDoses:
    """Doses of a plan: of the whole, and of beams by number."""

    plan: Entry | None
    beams: dict[int, Entry] = field(default_factory=dict)

    def all(self) -> list[Entry]:
        """Every entry."""
        return [*([self.plan] if self.plan else []), *self.beams.values()]


def choose_plan(files: FileSet, name: str | None) -> Entry:
    """Find the plan by SOP Instance UID or label, or the only one; copies that a run wrote count only when named.

    Raises
    ------
    RefusedError
        If there is none or several; lists what there is.
    """
    is_uid = any(entry.uid == name for entry in files.plans)
    _leave_unread(files, RTPlanStorage, frozenset([name]) if name and is_uid else None)
    _leave_unread(files, RTIonPlanStorage, frozenset())
    if not files.plans:
        found = f"{len(files.ion_plans)} ion plan (RT Ion Plan)" if files.ion_plans else "none"
        raise RefusedError(f"the export must hold a photon plan (RT Plan), found {found}{files.aside.told()}")
    exported = [entry for entry in files.plans if not is_result(entry.header)] or files.plans
    if name is None:
        chosen = exported
    else:
        chosen = [entry for entry in files.plans if entry.uid == name] or [
            entry for entry in files.plans if text(entry.header, "RTPlanLabel") == name
        ]
    there = listed(f"{text(entry.header, 'RTPlanLabel')!r} ({entry.uid})" for entry in files.plans)
    if not chosen:
        raise RefusedError(f"the export must hold the plan {name!r}, found {there}")
    if len(chosen) > 1:
        consistency.require_distinct(chosen)
        raise RefusedError(f"one plan must be chosen by its label or UID, found {len(chosen)} to choose from: {there}")
    files.aside.patient_id = text(chosen[0].header, "PatientID")
    for entry in files.plans:
        if entry is not chosen[0]:
            files.aside.add(entry.header, OWN_RESULT if is_result(entry.header) else "another plan")
    for entry in files.ion_plans:
        files.aside.add(entry.header, "another plan")
    return chosen[0]


def choose_structures(files: FileSet, wanted: str | None) -> Entry | None:
    """Find the structure set with a UID, or the only one; None where the export holds none at all.

    Raises
    ------
    RefusedError
        If it is not there, or could not be read.
    """
    _leave_unread(files, RTStructureSetStorage, frozenset([wanted]) if wanted else None)
    if not files.structure_sets:
        return None
    chosen = [entry for entry in files.structure_sets if wanted is None or entry.uid == wanted]
    if len(chosen) != 1:
        consistency.require_distinct(chosen)
        found = listed(entry.uid or "one without UID" for entry in files.structure_sets)
        raise RefusedError(f"the plan refers to structure set {wanted or 'none'}, found {found}{files.aside.told()}")
    for entry in files.structure_sets:
        if entry is not chosen[0]:
            files.aside.add(entry.header, "not that of the plan")
    return chosen[0]


@dataclass(frozen=True)
class DrawnOn:
    """Which images a structure set is drawn on.

    Parameters
    ----------
    series
        CT images by series that it refers to; a series may be named without images.
    frames
        Frames of reference of its regions.
    contoured
        Returns the CT images that single contours refer to; called only where several series fit.
    """

    series: Mapping[str, frozenset[str]]
    frames: frozenset[str]
    contoured: Callable[[], frozenset[str]]


def read_drawn_on(structures: Dataset) -> DrawnOn:
    """Read which images a structure set is drawn on, from its header."""
    frames = {text(roi, "ReferencedFrameOfReferenceUID") for roi in items(structures, "StructureSetROISequence")}
    return DrawnOn(_images_of_series(structures), frozenset(frames - {""}), lambda: _contoured(structures))


def frame_of(plan: PlanOutline, drawn_on: DrawnOn | None) -> str | None:
    """Frame of reference that tells CT series apart: the plan's, else the only one that structures are drawn in."""
    drawn_in = set(drawn_on.frames) if drawn_on else set()
    return plan.frame_of_reference or (drawn_in.pop() if len(drawn_in) == 1 else None)


def choose_ct(files: FileSet, drawn_on: DrawnOn | None, frame: str | None) -> tuple[list[Entry], frozenset[str]]:
    """Find the slices that a structure set is drawn on, or those of the only series.

    Parameters
    ----------
    files
        What there is.
    drawn_on
        What the structure set is drawn on; None without one.
    frame
        Frame of Reference UID of the plan, which tells series apart where the structure set does not.

    Returns
    -------
    list of Entry, frozenset of str
        The slices, and the SOP Instance UIDs that the structure set names in their series.

    Raises
    ------
    RefusedError
        If there is no series or several fit.
    """
    if not files.ct:
        raise RefusedError(f"the export must hold the CT series of the plan, found no CT image{files.aside.told()}")
    refers_to = drawn_on.series if drawn_on else {}
    by_series: dict[str, list[Entry]] = {}
    for entry in files.ct:
        by_series.setdefault(text(entry.header, "SeriesInstanceUID"), []).append(entry)
    everything = frozenset().union(*refers_to.values()) if refers_to else frozenset()
    fitting = [series for series in by_series if series in refers_to or not refers_to]
    fitting = [s for s in fitting if any(entry.uid in everything for entry in by_series[s])] or fitting
    if len(fitting) > 1 and frame:
        fitting = [s for s in fitting if any(text(e.header, "FrameOfReferenceUID") == frame for e in by_series[s])]
    if len(fitting) > 1 and drawn_on:
        contoured = drawn_on.contoured()
        fitting = [s for s in fitting if any(entry.uid in contoured for entry in by_series[s])] or fitting
    if len(fitting) != 1:
        stated = f"series {listed(sorted(refers_to))}" if refers_to else "no series"
        raise RefusedError(
            f"the export must hold the one CT series that the structure set refers to ({stated}), "
            f"found {len(by_series)}: {listed(sorted(by_series))}{files.aside.told()}"
        )
    series = fitting[0]
    for other, entries in by_series.items():
        for entry in entries if other != series else ():
            files.aside.add(entry.header, "another series")
    named_images = refers_to.get(series, frozenset())
    _leave_unread(files, CTImageStorage, named_images or None)
    slices = without_scouts(by_series[series], files.aside)
    named_images -= {entry.uid for entry in set(by_series[series]) - set(slices)} | files.scouts
    return slices_of(slices, named_images, files.aside), named_images


def choose_doses(files: FileSet, plan: PlanOutline) -> ChosenDoses:
    """Find the physical dose of a plan and those of its beams, on a grid.

    Raises
    ------
    RefusedError
        If there are two for the plan or for a beam; lists both.
    """
    _leave_unread(files, RTDoseStorage, None)
    of_plan: list[Entry] = []
    beams: dict[int, Entry] = {}
    for entry in files.doses:
        reason = _why_not_used(entry.header, plan)
        if reason:
            files.aside.add(entry.header, reason)
            continue
        with named("RT Dose"):
            number = read_dose_reference(entry.header).beam_number
        if number in plan.untreated:
            files.aside.add(entry.header, "of a set-up or imaging field")
        elif number is None:
            of_plan.append(entry)
        elif number in beams:
            consistency.require_distinct([beams[number], entry])
            raise RefusedError(
                f"each beam must have one dose, found two for beam {number}: {beams[number].uid} and {entry.uid}"
            )
        else:
            beams[number] = entry
    for keyword, better in (("DoseSummationType", "PLAN"), ("DoseUnits", "GY")):
        of_plan = _preferred(of_plan, keyword, better, files.aside)
    if len(of_plan) > 1:
        consistency.require_distinct(of_plan)
        raise RefusedError(
            f"a plan must have one dose, found {len(of_plan)}: {listed(entry.uid for entry in of_plan)}; "
            "keep the one that is meant"
        )
    return ChosenDoses(of_plan[0] if of_plan else None, beams)


def _preferred(entries: list[Entry], keyword: str, better: str, aside: Aside) -> list[Entry]:
    """Leave aside the doses that say the same in a way that needs more to be assumed, where there is a better one."""
    best = [entry for entry in entries if text(entry.header, keyword).upper() == better]
    for entry in entries if best else ():
        if entry not in best:
            aside.add(entry.header, f"{keyword} other than {better} beside one that has it")
    return best or entries


def _leave_unread(files: FileSet, kind: str, needed: frozenset[str] | None) -> None:
    """Raise the error of what could not be read and is needed, or may be where nobody knows (None); count the rest."""
    for uid, unread in files.unread.items():
        if unread.kind == kind and (needed is None or uid in needed):
            raise unread.error
        if unread.kind == kind:
            files.aside.add(class_name(kind), UNREAD)


def plans_of(dose: Dataset) -> tuple[str, ...]:
    """SOP Instance UIDs of the plans a dose refers to."""
    return tuple(text(item, "ReferencedSOPInstanceUID") for item in items(dose, "ReferencedRTPlanSequence"))


def why_no_dose(dose: Dataset) -> str | None:
    """Why an RT Dose is no physical dose on a grid, of a plan or a beam; None where it is."""
    summation, kind = _code(dose, "DoseSummationType"), _code(dose, "DoseType")
    if summation not in USED_SUMMATIONS:
        return f"Dose Summation Type {summation}"
    if kind != "PHYSICAL":
        return f"Dose Type {kind}"
    form = dose_form(dose)
    return None if form is DoseForm.VOLUME else form


def _code(dose: Dataset, keyword: str) -> str:
    """A code string as it stands; what is none is not quoted."""
    code = text(dose, keyword, "none")
    return code if re.fullmatch(r"[A-Za-z0-9_ ]{1,16}", code) else "unknown"


def _why_not_used(dose: Dataset, plan: PlanOutline) -> str | None:
    """Why a dose is not one of the plan or its beams; None where it is."""
    if is_result(dose):
        return OWN_RESULT
    plans = set(plans_of(dose))
    if plans and plan.uid not in plans:
        return "of another plan"
    if dose_form(dose) is DoseForm.EMPTY:
        raise DamagedError(f"an RT Dose must hold a dose, found {DoseForm.EMPTY}: it is cut short")
    if not plans:
        return "refers to no plan"
    if len(plans) > 1:
        return "of several plans"
    reason = why_no_dose(dose)
    if reason is None and text(dose, "DoseSummationType") == "FRACTION" and plan.fractions != 1:
        return f"FRACTION dose of {plan.fractions or 'an unknown number of'} fractions"
    return reason


def _images_of_series(structures: Dataset) -> dict[str, frozenset[str]]:
    """CT images by series that a structure set refers to; a series may be named without images.

    References to images of other modalities, fused for contouring, are left out.
    """
    series = [
        item
        for frame in items(structures, "ReferencedFrameOfReferenceSequence")
        for study in items(frame, "RTReferencedStudySequence")
        for item in items(study, "RTReferencedSeriesSequence")
    ]
    found: dict[str, frozenset[str]] = {}
    for item in series:
        images = items(item, "ContourImageSequence")
        if images and not any(_is_ct(image) for image in images):
            continue
        uid = text(item, "SeriesInstanceUID")
        found[uid] = found.get(uid, frozenset()) | _uids(images)
    return found


def _contoured(structures: Dataset) -> frozenset[str]:
    """CT images that single contours refer to."""
    return _uids(
        image
        for region in items(structures, "ROIContourSequence")
        for contour in items(region, "ContourSequence")
        for image in items(contour, "ContourImageSequence")
    )


def _uids(images: Iterable[Dataset]) -> frozenset[str]:
    return frozenset(text(image, "ReferencedSOPInstanceUID") for image in images if _is_ct(image))


def _is_ct(image: Dataset) -> bool:
    return text(image, "ReferencedSOPClassUID", CTImageStorage) == CTImageStorage
