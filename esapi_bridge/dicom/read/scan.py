"""Find and sort the DICOM files of an exported set."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import (
    CTImageStorage,
    RTDoseStorage,
    RTIonPlanStorage,
    RTPlanStorage,
    RTStructureSetStorage,
)

from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.elements import text
from esapi_bridge.dicom.read.files import (
    looks_like_dicom,
    parse_dataset,
    read_content,
    storage_class,
)
from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.sealed import SUMS_FILE, check_sums

REFERENCE_FOLDER = "reference"
"""Sub-folder with doses to compare against; never part of the input."""

PARTS = {
    CTImageStorage: "ct",
    RTStructureSetStorage: "structure_sets",
    RTPlanStorage: "plans",
    RTIonPlanStorage: "ion_plans",
    RTDoseStorage: "doses",
}
"""Where each SOP class goes; other classes are left aside."""


@dataclass(frozen=True)
class Entry:
    """One file of a set: its path and its data set without pixels."""

    path: Path
    header: Dataset

    @property
    def uid(self) -> str:
        """SOP Instance UID."""
        return text(self.header, "SOPInstanceUID")


@dataclass(frozen=True)
class FileSet:
    """The files of an exported set by kind.

    Parameters
    ----------
    ct, structure_sets, plans, ion_plans, doses
        Entries in order of path.
    """

    ct: list[Entry] = field(default_factory=list)
    structure_sets: list[Entry] = field(default_factory=list)
    plans: list[Entry] = field(default_factory=list)
    ion_plans: list[Entry] = field(default_factory=list)
    doses: list[Entry] = field(default_factory=list)

    def all(self) -> list[Entry]:
        """Every entry."""
        return [*self.ct, *self.structure_sets, *self.plans, *self.ion_plans, *self.doses]


def scan(folder: Path) -> FileSet:
    """Read the headers of all DICOM files below a folder.

    Left aside: files that are not DICOM, objects of other kinds (images of other modalities, registrations, CT scouts),
    hidden files and sub-folders named ``reference``. Where a folder has a list of SHA-256 sums, every listed file must
    fit its sum.

    Raises
    ------
    RefusedError
        If the folder is absent, a file does not fit its sum, or is in a refused transfer syntax.
    BridgeError
        If a DICOM file is damaged.
    """
    if not folder.is_dir():
        raise RefusedError("the export must be a folder, found none of that name")
    found = FileSet()
    with bridge_errors_only("the export folder"):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).parts
            if not path.is_file() or inside[-1].startswith(".") or REFERENCE_FOLDER in map(str.lower, inside[:-1]):
                continue
            entry = _entry(path)
            if entry is not None and "LOCALIZER" not in (entry.header.get("ImageType") or ()):
                getattr(found, PARTS[entry.header.SOPClassUID]).append(entry)
        for sums in sorted(folder.rglob(SUMS_FILE)):
            if REFERENCE_FOLDER not in map(str.lower, sums.relative_to(folder).parts[:-1]):
                check_sums(sums.parent)
    return found


def _entry(path: Path) -> Entry | None:
    with path.open("rb") as stream:
        if not looks_like_dicom(stream.read(132)):
            return None
    content = read_content(path)
    if storage_class(content) not in (*PARTS, None):
        return None
    header = parse_dataset(content, pixels=False)
    return Entry(path, header) if header.SOPClassUID in PARTS else None
