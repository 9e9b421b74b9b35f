"""Where a clinic's cases lie: exported plans with a reference dose beside, and collected pairs, each with its site."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.case.pair_folder import find_images
from esapi_bridge.commissioning.collected import CollectedCase
from esapi_bridge.commissioning.reference_case import CasePart, ReferenceCase
from esapi_bridge.dicom import REFERENCE_FOLDER, key_of_run, read_export
from esapi_bridge.errors import RefusedError, os_reason
from esapi_bridge.tasks.reference import read_reference

LONGEST_SITE = 40


@dataclass(frozen=True)
class Source:
    """A folder with cases, and where in the body they are; empty where nobody said."""

    folder: Path
    site: str = ""


@dataclass(frozen=True)
class ExportedCase:
    """A folder with one exported plan and its reference.

    Parameters
    ----------
    folder
        Where; never shown, as it may hold a name.
    site
        Where in the body.
    """

    folder: Path
    site: str

    def parts(self) -> list[CasePart]:
        """What is in it: the plan."""
        return [CasePart("", self._read)]

    def _read(self) -> ReferenceCase:
        export = read_export(self.folder, key=key_of_run())
        frame = export.case.uids.frame_of_reference
        reference, _ = read_reference(self.folder / REFERENCE_FOLDER, frame, plan_file=export.plan_file)
        return ReferenceCase(
            export.case, reference, accessories=export.beam_accessories, stated=export.stated,
        )  # fmt: skip


AnyCase = ExportedCase | CollectedCase


def find_cases(sources: Sequence[Source]) -> list[AnyCase]:
    """Find every case below some folders, in order of their names.

    Raises
    ------
    RefusedError
        If a folder is none, or holds no case.
    """
    found: list[AnyCase] = []
    for source in sources:
        exports = [ExportedCase(folder, source.site) for folder in _exports(source.folder)]
        here: list[AnyCase] = [*exports, *(CollectedCase(image, source.site) for image in find_images(source.folder))]
        if not here:
            raise RefusedError(
                f"cases are exported plans with a sub-folder '{REFERENCE_FOLDER}' that holds the reference dose, or "
                "folders that CollectDoseNetData wrote; found neither in the folder given"
                f"{f' for {source.site}' if source.site else ''}"
            )
        found += here
    return found


def _exports(root: Path) -> list[Path]:
    """Folders with a reference beside their plan; what lies in them is theirs."""
    if not root.is_dir():
        raise RefusedError("--cases must name a folder, found none of that name")
    found = []
    try:
        for folder, inner, _ in os.walk(root):
            if REFERENCE_FOLDER in inner:
                found.append(Path(folder))
                inner.clear()
            inner.sort()
    except OSError as error:
        raise RefusedError(f"the folder of cases must be readable, found: {os_reason(error)}") from error
    return found
