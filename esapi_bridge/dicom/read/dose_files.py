"""Which RT Dose files there are at a path, and in which frame of reference each lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.dicom.read.elements import text
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.scan import scan


@dataclass(frozen=True)
class DoseFile:
    """An RT Dose file, and its Frame of Reference UID; empty where not stated."""

    path: Path
    frame_of_reference: str


def find_doses(path: Path) -> tuple[DoseFile, ...]:
    """Find the RT Dose files of a folder in order of path; a path that is a file stands for itself.

    Raises
    ------
    RefusedError
        As `scan`.
    BridgeError
        If a file cannot be read.
    """
    headers = [(e.path, e.header) for e in scan(path).doses] if path.is_dir() else [(path, read_dataset(path))]
    return tuple(DoseFile(file, text(header, "FrameOfReferenceUID")) for file, header in headers)
