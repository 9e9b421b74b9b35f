"""Where a clinic's cases lie: exported plans with a reference dose beside, and collected pairs, each with its site."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from esapi_bridge.case import Case, Dose
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.stated import Stated
from esapi_bridge.dicom import REFERENCE_FOLDER, key_of_run, read_export
from esapi_bridge.errors import RefusedError, os_reason
from esapi_bridge.tasks.reference import read_reference
from esapi_bridge.tasks.run_record import case_sha256

LONGEST_SITE = 40


@dataclass(frozen=True)
class Source:
    """A folder with cases, and where in the body they are; empty where nobody said."""

    folder: Path
    site: str = ""


@dataclass(frozen=True)
class ReferenceCase:
    """A plan with its reference dose.

    Parameters
    ----------
    case, reference
        The case as its source has it, and the reference along the patient axes.
    is_plan
        Whether its fields make a plan; fields made at random do not.
    accessories, stated
        What only an export says, see `DoseRun.calculate`.
    """

    case: Case
    reference: DoseSet
    is_plan: bool = True
    accessories: Mapping[int, Sequence[str]] = field(default_factory=dict)
    stated: Stated | None = None

    @property
    def sha256(self) -> str:
        """Digest of everything that is measured of it."""
        digest = hashlib.sha256(case_sha256(self.case).encode())
        for dose in (self.reference.plan, *(self.reference.beams[n] for n in sorted(self.reference.beams))):
            digest.update(_lattice_and_values(dose))
        return digest.hexdigest()


@dataclass(frozen=True)
class CaseFolder:
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

    def read(self) -> Iterator[ReferenceCase]:
        """Read what is in it.

        Raises
        ------
        RefusedError
            If a file contradicts itself or the others.
        BridgeError
            If one cannot be read.
        """
        export = read_export(self.folder, key=key_of_run())
        frame = export.case.uids.frame_of_reference
        reference, _ = read_reference(self.folder / REFERENCE_FOLDER, frame, plan_file=export.plan_file)
        yield ReferenceCase(
            export.case, reference, accessories=export.beam_accessories, stated=export.stated,
        )  # fmt: skip


def find_cases(sources: Sequence[Source]) -> list[CaseFolder]:
    """Find every case below some folders, in order of their names.

    Raises
    ------
    RefusedError
        If a folder is none, or holds no case.
    """
    found: list[CaseFolder] = []
    for source in sources:
        here = [CaseFolder(folder, source.site) for folder in _exports(source.folder)]
        if not here:
            raise RefusedError(
                f"cases are exported plans with a sub-folder '{REFERENCE_FOLDER}' that holds the reference dose; found "
                f"none in the folder given{f' for {source.site}' if source.site else ''}"
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


def _lattice_and_values(dose: Dose) -> bytes:
    return repr((dose.grid, dose.beam_number)).encode() + dose.gy.tobytes()
