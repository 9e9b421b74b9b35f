"""The record of a commissioning: which network was measured, on what, against which limits, with what outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from esapi_bridge import INTENDED_USE
from esapi_bridge.errors import RefusedError, faults_of, os_reason
from esapi_bridge.folders.plain import read_plain

MOST_BYTES = 2**24

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class MeasuredModel(_Part):
    """The network: digests of weights and card, and of the data it was trained on where its card states it."""

    name: str
    version: str
    sha256: Sha256
    card_sha256: Sha256
    training_data_sha256: str | None = None


class MeasuredCases(_Part):
    """What it was measured on.

    Parameters
    ----------
    plans, fields
        Numbers that were compared with a reference dose.
    sites
        Numbers of cases by site.
    refused
        Cases that a check refused, each with its number and the reason.
    sha256
        Digest of everything that was read of all of them.
    """

    plans: int
    fields: int
    sites: dict[str, int]
    refused: tuple[str, ...] = ()
    sha256: Sha256


class LimitsUsed(_Part):
    """Which limits."""

    name: str
    sha256: Sha256


class QuantityResult(_Part):
    """One quantity over all cases.

    Parameters
    ----------
    quantity
        Its name in the file of limits.
    text, unit
        What it is, for readers.
    better
        Whether high or low values are good.
    limit, source
        What the worst must keep, and whose limit that is; None where the file of limits has none.
    measured
        How many times it was measured.
    worst, where
        Worst value, and of which case; None where it was not measured.
    mean
        Mean of all values.
    """

    quantity: str
    text: str
    unit: str
    better: Literal["high", "low"]
    limit: float | None
    source: str | None
    measured: Annotated[int, Field(ge=0)]
    worst: float | None = None
    where: str | None = None
    mean: float | None = None

    @model_validator(mode="after")
    def _whole(self) -> QuantityResult:
        if (self.measured > 0) != (self.worst is not None):
            raise ValueError("what was measured has a worst value, what was not has none")
        return self

    @property
    def outcome(self) -> Literal["met", "not met", "not in these cases", "no limit"]:
        """Whether the worst keeps the limit."""
        if self.worst is None:
            return "not in these cases"
        if self.limit is None:
            return "no limit"
        kept = self.worst >= self.limit if self.better == "high" else self.worst <= self.limit
        return "met" if kept else "not met"


class CommissioningRecord(_Part):
    """The whole record; holds no patient identity and no paths."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    intended_use: str = INTENDED_USE
    task: Literal["commissioning"] = "commissioning"
    made: str
    versions: dict[str, str]
    model: MeasuredModel
    cases: MeasuredCases
    limits: LimitsUsed
    results: tuple[QuantityResult, ...]

    @property
    def package_version(self) -> str:
        """Version of this package that measured."""
        return self.versions.get("esapi-bridge", "not stated")

    def of_outcome(self, outcome: str) -> list[str]:
        """Name the quantities of an outcome."""
        return [result.text for result in self.results if result.outcome == outcome]

    @property
    def passed(self) -> bool:
        """Whether some limits are met and none is not."""
        return bool(self.of_outcome("met")) and not self.of_outcome("not met")

    def to_json(self) -> bytes:
        """Write as JSON; outcomes are those that `outcome` tells of the numbers."""
        return self.model_dump_json(indent=2, by_alias=True).encode() + b"\n"


def read_record(path: Path) -> tuple[CommissioningRecord, bytes]:
    """Read a record; return it with the bytes of its file.

    Raises
    ------
    RefusedError
        If there is none, or the file is no whole record.
    """
    try:
        data = read_plain(path, MOST_BYTES, "a commissioning record")
    except OSError as error:
        raise RefusedError(
            f"a commissioning record that 'commission' wrote is needed, found: {os_reason(error)}"
        ) from error
    try:
        return CommissioningRecord.model_validate_json(data), data
    except ValidationError as error:
        raise RefusedError(
            f"a commissioning record that 'commission' wrote is needed, found another file: {faults_of(error)}"
        ) from error
