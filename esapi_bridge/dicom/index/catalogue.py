"""Which of the files of many patients belong, or may belong, to one plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pydicom.uid import CTImageStorage, RTDoseStorage, RTStructureSetStorage

from esapi_bridge.dicom.index.row import Row
from esapi_bridge.dicom.index.walk import Seen


@dataclass(frozen=True, eq=False)
class File:
    """A file of the index.

    Parameters
    ----------
    seen
        Where it is.
    id
        Keyed hash of its path.
    row
        What was read of it.
    """

    seen: Seen
    id: str
    row: Row

    @property
    def patient(self) -> str:
        """Keyed hash of the Patient ID alone: some objects of a patient state its issuer, others do not."""
        return str((self.row.header or {}).get("PatientID", ""))

    @property
    def folder(self) -> str:
        """The folder it lies in."""
        return self.seen.inside.rpartition("/")[0]


class Catalogue:
    """Files by what they belong to.

    Parameters
    ----------
    files
        Everything that can be part of a plan, in order of path.
    """

    def __init__(self, files: Iterable[File]) -> None:
        self._by_uid: dict[str, list[File]] = defaultdict(list)
        self._structure_sets: dict[str, list[File]] = defaultdict(list)
        self._doses: dict[str, list[File]] = defaultdict(list)
        self._doses_of_patient: dict[str, list[File]] = defaultdict(list)
        self._series: dict[str, list[File]] = defaultdict(list)
        self._ct: dict[str, list[File]] = defaultdict(list)
        self._nobodys: dict[str, list[File]] = defaultdict(list)
        self._patients: dict[str, set[str]] = defaultdict(set)
        for file in files:
            self._add(file)

    def _add(self, file: File) -> None:
        row, header = file.row, file.row.header
        if row.uid:
            self._by_uid[row.uid].append(file)
        if header is None:
            self._nobodys[file.folder].append(file)
            return
        if file.patient:
            self._patients[file.folder].add(file.patient)
        if row.kind == RTStructureSetStorage:
            self._structure_sets[file.patient].append(file)
        elif row.kind == CTImageStorage:
            series = header.get("SeriesInstanceUID", "")
            (self._series[series] if series else self._nobodys[file.folder]).append(file)
            self._ct[file.patient].append(file)
        elif row.kind == RTDoseStorage:
            self._doses_of_patient[file.patient].append(file)
            for plan in _plans_of(file):
                self._doses[plan].append(file)
            if not _plans_of(file):
                self._nobodys[file.folder].append(file)

    def of_plan(self, plan: File) -> tuple[File, ...]:
        """Find the files that belong to a plan or, where it names none, may belong to it as they are of its patient.

        Which of them are used is decided by `read.choice`. A file that cannot be read is among them if the plan or its
        structure set names it; one that does not say what it belongs to, if it lies with the plan in a folder of one
        patient only.
        """
        uid = plan.row.uid
        found = [plan, *self._by_uid.get(uid, ()), *self._structures_of(plan)]
        images: set[str] = set()
        for file in found:
            for named in file.row.drawn_on.series.values() if file.row.drawn_on else ():
                images.update(named)
        found += self._ct_of(plan, found)
        found += self._doses_of(plan)
        if self._patients[plan.folder] <= {plan.patient}:
            found += self._nobodys.get(plan.folder, ())
        found += (file for uid in images for file in self._by_uid.get(uid, ()) if file.row.header is None)
        return tuple(sorted(set(found), key=lambda file: file.seen.inside.split("/")))

    def _structures_of(self, plan: File) -> list[File]:
        wanted = plan.row.outline.structure_set_uid if plan.row.outline else None
        return (self._by_uid.get(wanted, []) if wanted else []) or self._structure_sets[plan.patient]

    def _doses_of(self, plan: File) -> list[File]:
        """The doses that refer to the plan, else those of its patient that refer to none that is there."""
        return self._doses.get(plan.row.uid, []) or [
            file for file in self._doses_of_patient[plan.patient] if _plans_of(file).isdisjoint(self._by_uid)
        ]

    def _ct_of(self, plan: File, structure_sets: Iterable[File]) -> list[File]:
        """The series that the structure sets are drawn on, else those of the patient in the plan's frame, else all."""
        drawn_on = [file.row.drawn_on for file in structure_sets if file.row.drawn_on]
        series = sorted({uid for found in drawn_on for uid in found.series})
        named = [file for uid in series for file in self._series.get(uid, ())]
        if named:
            return named
        frame = plan.row.outline.frame_of_reference if plan.row.outline else None
        ct = self._ct[plan.patient]
        return [file for file in ct if frame and (file.row.header or {}).get("FrameOfReferenceUID") == frame] or ct


def _plans_of(dose: File) -> set[str]:
    """UIDs of the plans that a dose refers to."""
    referred = (dose.row.header or {}).get("ReferencedRTPlanSequence", ())
    return {plan.get("ReferencedSOPInstanceUID", "") for plan in referred} - {""}
