"""What a process of a batch is told to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esapi_bridge.dicom import ExportFiles


@dataclass(frozen=True)
class Job:
    """One plan to be done.

    Parameters
    ----------
    key
        Name of the plan within the batch.
    source
        The files of an exported plan, or the case folder.
    uid
        SOP Instance UID of the plan.
    out
        Folder to make; it appears whole or not at all.
    """

    key: str
    source: Path | ExportFiles
    uid: str
    out: Path


def files_of(source: Path | ExportFiles) -> Sequence[Path]:
    """The files that a plan is read from, in order: those of an export, or of a case folder."""
    return sorted(source.iterdir()) if isinstance(source, Path) else source.files
