"""``run.json``: what was run, on what, with what outcome; holds no patient identity and no file names."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

import esapi_bridge
from esapi_bridge.case import Case
from esapi_bridge.case.encode import encode

LIBRARIES = ("numpy", "pydicom", "pymedphys", "scipy", "SimpleITK", "torch")
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ModelUsed(_Part):
    """The network and the hash of its weights."""

    name: str
    version: str
    sha256: Sha256


class InputFile(_Part):
    """One source file by its content; names are left out because exports put patient ids into them.

    Of a case folder (``CASE``) it is ``SHA256SUMS``, which stands for every file.
    """

    kind: Literal["CT", "RTSTRUCT", "RTPLAN", "RTDOSE PLAN", "RTDOSE BEAM", "REFERENCE", "CASE"]
    sha256: Sha256


class OutputFile(_Part):
    """One file of the output folder."""

    name: str
    sha256: Sha256


class CheckResult(_Part):
    """The verdict of one check."""

    check: str
    verdict: Literal["pass", "warn", "refuse"]
    expected: str
    found: str


class ErrorFigures(_Part):
    """Mean squared error against the reference in units of the input maximum squared; see `report.comparison.Error`."""

    of: str
    linear: float | None
    network: float | None
    voxels: int


class GammaFigures(_Part):
    """One gamma pass rate, per cent."""

    evaluated: str
    reference: str
    criterion: str
    pass_percent: float


class Metrics(_Part):
    """Figures of the run; doses in Gy by name (``Input``, ``DDN``, ``Reference``)."""

    maximum_gy: dict[str, float]
    mean_gy: dict[str, float]
    errors: tuple[ErrorFigures, ...]
    gamma: tuple[GammaFigures, ...]


class RunRecord(_Part):
    """The whole record."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    intended_use: str = esapi_bridge.INTENDED_USE
    task: Literal["dose"] = "dose"
    started: str
    versions: dict[str, str]
    model: ModelUsed
    plan: str
    source: Literal["field doses", "plan dose"]
    case_sha256: Sha256
    inputs: tuple[InputFile, ...]
    outputs: tuple[OutputFile, ...]
    checks: tuple[CheckResult, ...]
    seconds: dict[str, float]
    metrics: Metrics

    def write(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(self.model_dump_json(indent=2, by_alias=True) + "\n", encoding="utf-8")


def read_run(path: Path) -> RunRecord:
    """Read a ``run.json``."""
    return RunRecord.model_validate_json(path.read_text(encoding="utf-8"))


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
