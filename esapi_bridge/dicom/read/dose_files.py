"""Which RT Dose files there are at a path, and what each belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.dicom.read.choice import why_no_dose
from esapi_bridge.dicom.read.dose_identity import DoseIdentity, identity_of
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.scan import scan
from esapi_bridge.errors import RefusedError


@dataclass(frozen=True)
class DoseFile:
    """An RT Dose file, and what it belongs to."""

    path: Path
    identity: DoseIdentity


def find_doses(path: Path) -> tuple[DoseFile, ...]:
    """Find the RT Dose files of a folder in order of path; a path that is a file stands for itself.

    In a folder, what is no physical dose of a plan or beam on a grid is left aside.

    Raises
    ------
    RefusedError
        As `scan`, if a file cannot be read, or if the folder holds no such dose.
    """
    if not path.is_dir():
        return (DoseFile(path, identity_of(read_dataset(path))),)
    files = scan(path)
    found = []
    for entry in files.doses:
        reason = why_no_dose(entry.header)
        if reason:
            files.aside.add(entry.header, reason)
        else:
            found.append(DoseFile(entry.path, identity_of(entry.header)))
    if not found:
        raise RefusedError(f"the folder must hold an RT Dose of a plan, found none{files.aside.told()}")
    return tuple(found)
