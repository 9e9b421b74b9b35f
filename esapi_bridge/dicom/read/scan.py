"""Find and sort the DICOM files of an exported set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
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
    require_size,
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
    """A file that could not be read: its SOP class, its SOP Instance UID, and why."""

    kind: str
    uid: str
    error: RefusedError


@dataclass(frozen=True)
class Other:
    """A file that cannot be part of a plan: the name of its kind, and why."""

    kind: str
    reason: str


Part = Entry | Unread | Other
"""What a file is to a plan."""


@dataclass(frozen=True)
class ExportFiles:
    """An exported set as a list of files: those of one plan, say, in a folder that holds many.

    Parameters
    ----------
    files
        The files, in order of path.
    """

    files: tuple[Path, ...]


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


def scan(source: Path | ExportFiles) -> FileSet:
    """Read the headers of all DICOM files below a folder, or of a list of files.

    Left aside and counted: files that are not DICOM, objects of other kinds (images of other modalities,
    registrations), CT scouts, identical copies. In a folder, hidden files and sub-folders named ``reference`` are not
    looked at. Where a folder has a list of SHA-256 sums, every listed file must fit its sum; for a list of files, its
    own must, and all that are listed beside them must be there.

    Raises
    ------
    RefusedError
        If the folder is absent, a file does not fit its sum, or one that does not say what it is cannot be read.
    """
    if not isinstance(source, ExportFiles) and not source.is_dir():
        raise RefusedError("the export must be a folder, found none of that name")
    with bridge_errors_only("the export folder"):
        files = source.files if isinstance(source, ExportFiles) else files_below(source)
        found = collect((sort_file(path, _whole_header) for path in files if path.name != SUMS_FILE), _same_bytes)
        if isinstance(source, ExportFiles):
            for folder in sorted({path.parent for path in files}):
                if os.path.lexists(folder / SUMS_FILE):
                    check_sums(folder, {path.name for path in files if path.parent == folder})
            return found
        for sums in sorted(source.rglob(SUMS_FILE)):
            if not is_reference(sums.relative_to(source).parts[:-1]):
                check_sums(sums.parent)
    return found


def collect(parts: Iterable[Part], same: Callable[[Path, Path], bool]) -> FileSet:
    """Sort files by kind, and leave aside scouts, identical copies and what cannot be part of a plan.

    Parameters
    ----------
    parts
        Files in order of path.
    same
        Whether two different files of one SOP Instance UID hold the same bytes.
    """
    found = FileSet()
    first: dict[str, Path] = {}
    for part in parts:
        if isinstance(part, Other):
            found.aside.add(part.kind, part.reason)
        elif isinstance(part, Unread):
            found.unread[part.uid] = part
        elif "LOCALIZER" in (part.header.get("ImageType") or ()):
            found.scouts.add(part.uid)
            found.aside.add(part.header, "scout")
        elif first.setdefault(part.uid, part.path) != part.path and same(first[part.uid], part.path):
            found.aside.add(part.header, "identical copy")
        else:
            getattr(found, PARTS[part.header.SOPClassUID]).append(part)
    return found


def sort_file(path: Path, header_of: Callable[[Path, str | None], Entry]) -> Part:
    """Tell what a file is to a plan.

    Parameters
    ----------
    path
        The file.
    header_of
        Reads the header of a file, given the SOP class that its file meta information states.

    Raises
    ------
    RefusedError
        If a file that does not say what it is cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(META_BYTES)
    if not looks_like_dicom(head[:HEAD_BYTES]):
        return Other("file", "not DICOM")
    kind = storage_class(head)
    if kind is not None and kind not in PARTS:
        return Other(class_name(kind), _why_not_used(kind))
    require_size(path)
    try:
        entry = header_of(path, kind)
        if kind is not None and entry.header.SOPClassUID != kind:
            raise DamagedError(
                f"a file must hold what its meta information names ({class_name(kind)}), "
                f"found {kind_name(entry.header)}"
            )
    except RefusedError as error:
        uid = instance_uid(head)
        if kind is None or uid is None:
            raise
        return Unread(kind, uid, error)
    if entry.header.SOPClassUID not in PARTS:
        return Other(kind_name(entry.header), _why_not_used(entry.header.SOPClassUID))
    return entry


def is_reference(folders: Iterable[str]) -> bool:
    """Whether one of the folders that a file lies in, below an export, holds doses to compare against."""
    return REFERENCE_FOLDER in map(str.lower, folders)


def files_below(folder: Path) -> Iterator[Path]:
    """Files of an export: not hidden, and not in a folder of doses to compare against."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not inside[-1].startswith(".") and not is_reference(inside[:-1]):
            yield path


def _whole_header(path: Path, _kind: str | None) -> Entry:
    content = read_content(path)
    return Entry(path, parse_dataset(content, pixels=False), stated_syntax(content) is not None)


def _why_not_used(sop_class: str) -> str:
    return "several frames: export single images" if sop_class in MULTI_FRAME_CT else "not used"


def _same_bytes(first: Path, other: Path) -> bool:
    return first.stat().st_size == other.stat().st_size and read_content(first) == read_content(other)
