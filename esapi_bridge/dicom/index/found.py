"""What is found below a folder: plans, and what belongs to none."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from esapi_bridge.dicom.index.sizes import Sizes
from esapi_bridge.dicom.read.aside import LeftAside
from esapi_bridge.dicom.read.scan import ExportFiles


@dataclass(frozen=True)
class FoundPlan:
    """A plan below a folder.

    Parameters
    ----------
    key
        Its name, plain enough for a folder's: unique, and the same on every run.
    kind
        Whether it is an exported set or a case folder.
    label, uid
        RT Plan Label and SOP Instance UID.
    patient
        Keyed hash of the patient.
    source
        What reads it: the files that may belong to it, for `read_export` with its `uid`, or the case folder.
    missing
        What keeps it from being read, as far as headers tell; empty where nothing is seen that does.
    approval
        Approval status.
    energies, techniques
        Of its treatment beams.
    beams
        Number of treatment beams.
    sizes
        How large its volumes are; of a case folder ``case.json`` tells.
    """

    key: str
    kind: Literal["dicom", "case"]
    label: str
    uid: str
    patient: str
    source: Path | ExportFiles
    missing: tuple[str, ...]
    approval: str = ""
    energies: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    beams: int = 0
    sizes: Sizes = field(default_factory=Sizes)


@dataclass(frozen=True)
class Found:
    """What is below a folder.

    Parameters
    ----------
    plans
        In order of patient, label and key.
    aside
        What belongs to no plan, by kind and reason.
    files
        Number of files looked at.
    read
        How many of them had to be read, as they are new or have changed.
    """

    plans: tuple[FoundPlan, ...]
    aside: tuple[LeftAside, ...]
    files: int
    read: int
