"""Find and sort the DICOM files of an exported set."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    RTDoseStorage,
    RTIonPlanStorage,
    RTPlanStorage,
    RTStructureSetStorage,
)

from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.aside import Aside
from esapi_bridge.dicom.read.elements import class_name, kind_name, text
from esapi_bridge.dicom.read.files import (
    HEAD_BYTES,
    instance_uid,
    looks_like_dicom,
    parse_dataset,
    read_content,
    stated_syntax,
    storage_class,
)
from esapi_bridge.errors import DamagedError, RefusedError
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


META_BYTES = 4096
"""The file meta information is shorter, and says what a file is before all of it is read."""

MULTI_FRAME_CT = (EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage)


@dataclass(frozen=True, eq=False)
class Entry:
    """One file of a set: its path and its data set without pixels.

    Parameters
    ----------
    path
        The file.
    header
        What it holds before the pixels.
    states_syntax
        Whether it states its transfer syntax.
    """

    path: Path
    header: Dataset
    states_syntax: bool = True

    @property
    def uid(self) -> str:
        """SOP Instance UID."""
        return text(self.header, "SOPInstanceUID")


@dataclass(frozen=True)
class Unread:
    """A file that could not be read: its SOP class, and why."""

    kind: str
    error: RefusedError


@dataclass(frozen=True)
class FileSet:
    """The files of an exported set by kind.

    Parameters
    ----------
    ct, structure_sets, plans, ion_plans, doses
        Entries in order of path.
    unread
        Objects that could not be read, by SOP Instance UID: a fault only where they are, or may be, needed.
    scouts
        SOP Instance UIDs of CT scouts.
    aside
        What else there was.
    """

    ct: list[Entry] = field(default_factory=list)
    structure_sets: list[Entry] = field(default_factory=list)
    plans: list[Entry] = field(default_factory=list)
    ion_plans: list[Entry] = field(default_factory=list)
    doses: list[Entry] = field(default_factory=list)
    unread: dict[str, Unread] = field(default_factory=dict)
    scouts: set[str] = field(default_factory=set)
    aside: Aside = field(default_factory=Aside)


def scan(folder: Path) -> FileSet:
    """Read the headers of all DICOM files below a folder.

    Left aside and counted: files that are not DICOM, objects of other kinds (images of other modalities,
    registrations), CT scouts, identical copies. Hidden files and sub-folders named ``reference`` are not looked at.
    Where a folder has a list of SHA-256 sums, every listed file must fit its sum.

    Raises
    ------
    RefusedError
        If the folder is absent, a file does not fit its sum, or one that does not say what it is cannot be read.
    """
    if not folder.is_dir():
        raise RefusedError("the export must be a folder, found none of that name")
    found = FileSet()
    seen: dict[str, Path] = {}
    with bridge_errors_only("the export folder"):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).parts
            if not path.is_file() or inside[-1].startswith(".") or REFERENCE_FOLDER in map(str.lower, inside[:-1]):
                continue
            entry = _entry(path, found)
            if entry is None:
                continue
            if "LOCALIZER" in (entry.header.get("ImageType") or ()):
                found.scouts.add(entry.uid)
                found.aside.add(entry.header, "scout")
            elif _same_bytes(seen.setdefault(entry.uid, path), path):
                found.aside.add(entry.header, "identical copy")
            else:
                getattr(found, PARTS[entry.header.SOPClassUID]).append(entry)
        for sums in sorted(folder.rglob(SUMS_FILE)):
            if REFERENCE_FOLDER not in map(str.lower, sums.relative_to(folder).parts[:-1]):
                check_sums(sums.parent)
    return found


def _entry(path: Path, found: FileSet) -> Entry | None:
    """Read a header; None, and counted, for what cannot be part of a plan."""
    with path.open("rb") as stream:
        head = stream.read(META_BYTES)
    if not looks_like_dicom(head[:HEAD_BYTES]):
        if path.name != SUMS_FILE:
            found.aside.add("file", "not DICOM")
        return None
    kind = storage_class(head)
    if kind is not None and kind not in PARTS:
        found.aside.add(class_name(kind), _why_not_used(kind))
        return None
    content = read_content(path)
    try:
        header = parse_dataset(content, pixels=False)
        if kind is not None and header.SOPClassUID != kind:
            raise DamagedError(
                f"a file must hold what its meta information names ({class_name(kind)}), found {kind_name(header)}"
            )
    except RefusedError as error:
        uid = instance_uid(head)
        if kind is None or uid is None:
            raise
        found.unread[uid] = Unread(kind, error)
        return None
    if header.SOPClassUID not in PARTS:
        found.aside.add(header, _why_not_used(header.SOPClassUID))
        return None
    return Entry(path, header, stated_syntax(content) is not None)


def _why_not_used(sop_class: str) -> str:
    return "several frames: export single images" if sop_class in MULTI_FRAME_CT else "not used"


def _same_bytes(first: Path, other: Path) -> bool:
    """Whether another file than the first holds the same bytes."""
    return (
        first != other and first.stat().st_size == other.stat().st_size and read_content(first) == read_content(other)
    )
