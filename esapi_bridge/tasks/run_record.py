"""``run.json``: what was run, on what, with what outcome; holds no patient identity and no file names."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

import esapi_bridge
from esapi_bridge.case import Case
from esapi_bridge.case.encode import encode
from esapi_bridge.checks import Verdict
from esapi_bridge.dicom import Export
from esapi_bridge.models import AnyCard, InstalledModel

LIBRARIES = ("numba", "numpy", "pydicom", "scipy", "SimpleITK", "torch")
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


InputKind = Literal[
    "CT",
    "RTSTRUCT",
    "RTPLAN",
    "RTDOSE PLAN",
    "RTDOSE BEAM",
    "RTDOSE WANTED",
    "REFERENCE",
    "STRUCTURE NAMES",
    "PLAN GOALS",
    "CASE",
]


class RecordPart(BaseModel):
    """Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ModelUsed(RecordPart):
    """The network, the hash of its weights and that of its card."""

    name: str
    version: str
    sha256: Sha256
    card_sha256: Sha256


def used(model: InstalledModel[AnyCard]) -> ModelUsed:
    """State which network was used.

    Raises
    ------
    RefusedError
        If its weights are not those of its card.
    """
    card = model.card
    return ModelUsed(name=card.name, version=card.version, sha256=model.verify(), card_sha256=model.card_sha256)


class InputFile(RecordPart):
    """One source file by its content; names are left out because exports put patient ids into them.

    Of a case folder (``CASE``) it is ``SHA256SUMS``, which stands for every file.
    """

    kind: InputKind
    sha256: Sha256


class LeftAsideObjects(RecordPart):
    """Objects beside the plan that were not used; see `dicom.LeftAside`."""

    kind: str
    reason: str
    count: int


class OutputFile(RecordPart):
    """One file of the output folder."""

    name: str
    sha256: Sha256


class CheckResult(RecordPart):
    """The verdict of one check."""

    check: str
    verdict: Literal["pass", "warn", "refuse"]
    expected: str
    found: str


class RunRecord(RecordPart):
    """What the record of every task says."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    intended_use: str = esapi_bridge.INTENDED_USE
    task: Literal["dose", "fluence"]
    started: str
    versions: dict[str, str]
    model: ModelUsed
    plan: str
    case_sha256: Sha256
    inputs: tuple[InputFile, ...]
    left_aside: tuple[LeftAsideObjects, ...] = ()
    assumed: tuple[str, ...] = ()
    outputs: tuple[OutputFile, ...]
    checks: tuple[CheckResult, ...]
    seconds: dict[str, float]

    def write(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(self.model_dump_json(indent=2, by_alias=True) + "\n", encoding="utf-8")


AnyRecord = TypeVar("AnyRecord", bound=RunRecord)


def read_run(path: Path, kind: type[AnyRecord]) -> AnyRecord:
    """Read a ``run.json`` of a kind of task."""
    return kind.model_validate_json(path.read_text(encoding="utf-8"))


def check_results(verdicts: Sequence[Verdict]) -> tuple[CheckResult, ...]:
    """Turn verdicts into their record."""
    return tuple(
        CheckResult(check=v.check, verdict=v.outcome.value, expected=v.expected, found=v.found) for v in verdicts
    )


def input_files(export: Export, others: Sequence[tuple[InputKind, Path]] = ()) -> tuple[InputFile, ...]:
    """Hash every source file of an export, and others that were read with it."""
    files: list[tuple[InputKind, Path | None]] = [("RTPLAN", export.plan_file), ("RTSTRUCT", export.structure_file)]
    files.append(("RTDOSE PLAN", export.plan_dose_file))
    files += [("RTDOSE BEAM", file) for _, file in sorted(export.beam_dose_files.items())]
    files += [("CT", file) for file in export.ct_files]
    files += others
    return tuple(InputFile(kind=kind, sha256=file_sha256(file)) for kind, file in files if file is not None)


def reading(export: Export | None) -> dict[str, Any]:
    """Return the fields of a record that say what was left aside and assumed when an exported set was read."""
    if export is None:
        return {}
    aside = tuple(LeftAsideObjects(**vars(item)) for item in export.left_aside)
    return {"left_aside": aside, "assumed": export.assumed}


def versions() -> dict[str, str]:
    """State the versions of this package, Python and the libraries that decide a result."""
    found = {"esapi-bridge": esapi_bridge.__version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def file_sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def case_sha256(case: Case) -> str:
    """Hash a case: its description and every array, as a case folder would hold them."""
    description, arrays = encode(case)
    digest = hashlib.sha256(description.model_dump_json(by_alias=True).encode())
    for name, array in sorted(arrays.items()):
        digest.update(name.encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
