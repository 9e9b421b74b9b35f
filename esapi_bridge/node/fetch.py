"""Fetches a plan from a peer with structure set, CT and doses: an export folder that is there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset

from esapi_bridge.dicom import find_plans
from esapi_bridge.dicom.read.choice import plans_of, read_drawn_on
from esapi_bridge.dicom.read.elements import items, text
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.results import is_result
from esapi_bridge.errors import BridgeError, RefusedError, listed
from esapi_bridge.folders.whole import output_folder
from esapi_bridge.node.archive import Archive, Level
from esapi_bridge.node.choices import By
from esapi_bridge.node.inbox import Inbox
from esapi_bridge.node.listener import LOOPBACK
from esapi_bridge.node.settings import NodeSettings
from esapi_bridge.progress import Progress


@dataclass(frozen=True)
class Wanted:
    """Which plan.

    Parameters
    ----------
    plan
        SOP Instance UID or RT Plan Label; None for the only one of the patient.
    patient
        Patient ID; None where the UID of the plan is to do, which not every peer can answer.
    """

    plan: str | None = None
    patient: str | None = None


@dataclass(frozen=True)
class Fetched:
    """What was fetched: the folder, the plan's SOP Instance UID, and how many objects there are."""

    folder: Path
    plan: str
    objects: int


def fetch(
    settings: NodeSettings,
    name: str,
    out: Path,
    wanted: Wanted,
    *,
    bind: str = LOOPBACK,
    by: By | None = None,
    progress: Progress | None = None,
) -> Fetched:
    """Fetch a plan and everything it refers to.

    Parameters
    ----------
    settings
        Who this node is, and the peers.
    name
        The peer.
    out
        Folder to make, as an export; must not exist or be empty.
    wanted
        Which plan.
    bind
        Address to listen on while objects come by C-MOVE.
    by
        See `Archive`.
    progress
        Called for every step.

    Raises
    ------
    RefusedError
        If the plan is not there, is one of several, or lacks something.
    BridgeError
        If the peer does not answer, or the folder cannot be written.
    """
    for value in (wanted.plan, wanted.patient):
        if value is not None and (not value or set(value) & set("*?\\")):
            raise RefusedError("a plan or patient must be named in full, found nothing or a wildcard (* ? \\)")
    with output_folder(out) as folder:
        inbox = Inbox(folder, settings.limits)
        with Archive(settings, name, inbox.receive, bind=bind, by=by) as archive:
            plan = _Search(archive, inbox, progress).fetch(wanted)
        lacking = [text for found in find_plans(folder, None).plans if found.uid == plan for text in found.missing]
        if lacking:
            raise RefusedError(f"the peer must have all of the plan: {'; '.join(lacking)}")
    return Fetched(out, plan, len(inbox))


@dataclass(frozen=True)
class _Series:
    """Where a series is, and of which modality."""

    study: str
    uid: str
    modality: str

    @property
    def keys(self) -> dict[str, str]:
        """Keys that name it."""
        return {"StudyInstanceUID": self.study, "SeriesInstanceUID": self.uid}


@dataclass(frozen=True)
class _Search:
    """Follows the references from the plan to everything else."""

    archive: Archive
    inbox: Inbox
    progress: Progress | None

    def fetch(self, wanted: Wanted) -> str:
        """Fetch everything; return the plan's UID."""
        self._tell("plan", 0)
        uid = self._plan(wanted)
        plan = self._header(uid)
        patient = text(plan, "PatientID")
        if not patient:
            raise RefusedError("the plan must state its patient for the rest to be found, found none")
        series = list(self._series(patient))
        self._tell("structures", 1)
        drawn_on = read_drawn_on(self._structures(plan, series)).series
        self._tell("CT", 2)
        for one in series:
            if one.uid in drawn_on:
                self.archive.retrieve(Level.SERIES, **one.keys)
        self._tell("doses", 3)
        self._doses(uid, series)
        return uid

    def _plan(self, wanted: Wanted) -> str:
        """Find the plan and fetch it; return its UID."""
        returned = ("SOPInstanceUID", "RTPlanLabel")
        if wanted.patient is None:
            returned = ("StudyInstanceUID", "SeriesInstanceUID")
            found = self.archive.find(Level.IMAGE, returned, SOPInstanceUID=wanted.plan or "")
            if len(found) != 1 or not all(text(found[0], keyword) for keyword in returned):
                raise RefusedError(
                    "the peer must find the plan by its UID alone, it did not: there is no such plan, or this peer "
                    "wants the patient too (--patient)"
                )
            return self._one(wanted.plan or "", **{keyword: text(found[0], keyword) for keyword in returned})
        plans = [
            (text(found, "SOPInstanceUID"), text(found, "RTPlanLabel"), series)
            for series in self._series(wanted.patient)
            if series.modality == "RTPLAN"
            for found in self.archive.find(Level.IMAGE, returned, **series.keys)
        ]
        chosen = [plan for plan in plans if wanted.plan in {None, plan[0], plan[1]}]
        if len(chosen) != 1:
            there = listed(f"{label!r} ({uid})" for uid, label, _ in plans) or "none"
            raise RefusedError(f"the peer must have one such plan of the patient (--plan), found {there}")
        return self._one(chosen[0][0], **chosen[0][2].keys)

    def _one(self, uid: str, **keys: str) -> str:
        """Fetch one object."""
        self.archive.retrieve(Level.IMAGE, SOPInstanceUID=uid, **keys)
        if not self.inbox.has(uid):
            raise BridgeError("the peer must send the object that it found, it sent none")
        return uid

    def _header(self, uid: str) -> Dataset:
        return read_dataset(self.inbox.path(uid), pixels=False)

    def _series(self, patient: str) -> Iterator[_Series]:
        for study in self.archive.find(Level.STUDY, ("StudyInstanceUID",), PatientID=patient):
            uid = text(study, "StudyInstanceUID")
            for found in self.archive.find(Level.SERIES, ("SeriesInstanceUID", "Modality"), StudyInstanceUID=uid):
                yield _Series(uid, text(found, "SeriesInstanceUID"), text(found, "Modality"))

    def _structures(self, plan: Dataset, series: list[_Series]) -> Dataset:
        """Find the structure set of the plan and fetch it."""
        wanted = {text(item, "ReferencedSOPInstanceUID") for item in items(plan, "ReferencedStructureSetSequence")}
        for one in series:
            if one.modality == "RTSTRUCT":
                for found in self.archive.find(Level.IMAGE, ("SOPInstanceUID",), **one.keys):
                    uid = text(found, "SOPInstanceUID")
                    if uid in wanted:
                        return self._header(self._one(uid, **one.keys))
        raise RefusedError("the plan must refer to a structure set that the peer has, found none")

    def _doses(self, plan: str, series: list[_Series]) -> None:
        """Fetch the doses of the plan; of doses whose plan the peer does not tell, all, to keep those of the plan."""
        for one in series:
            if one.modality == "RTDOSE":
                for found in self.archive.find(Level.IMAGE, ("SOPInstanceUID", "ReferencedRTPlanSequence"), **one.keys):
                    if plan in plans_of(found) or not any(plans_of(found)):
                        uid = self._one(text(found, "SOPInstanceUID"), **one.keys)
                        dose = self._header(uid)
                        if plan not in plans_of(dose) or is_result(dose):
                            self.inbox.remove(self.inbox.path(uid))

    def _tell(self, step: str, done: int) -> None:
        if self.progress:
            self.progress(step, done, 4)
