"""Limits of a commissioning: those of this package, or a clinic's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from esapi_bridge.commissioning.quantities import QUANTITIES, Quantity
from esapi_bridge.errors import RefusedError, faults_of, os_reason
from esapi_bridge.folders.plain import read_plain

DEFAULT_FILE = Path(__file__).with_name("limits.yaml")
MOST_BYTES = 2**20


class Limit(BaseModel):
    """What the worst of all cases must keep, in the unit of the quantity, and whose limit that is."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    limit: Annotated[float, Field(ge=0)]
    source: Annotated[str, Field(min_length=3, max_length=500)]


class Limits(BaseModel):
    """A file of limits; what it leaves out has none."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    limits: Annotated[dict[str, Limit], Field(min_length=1)]

    @field_validator("limits")
    @classmethod
    def _known(cls, limits: dict[str, Limit], info: ValidationInfo) -> dict[str, Limit]:
        known = info.context or QUANTITIES
        unknown = sorted(set(limits) - set(known))
        if unknown:
            raise ValueError(f"{unknown[0][:60]} is nothing that is measured; known are {', '.join(known)}")
        return limits


def read_limits(
    file: Path | None, quantities: Mapping[str, Quantity] = QUANTITIES, default: Path = DEFAULT_FILE
) -> tuple[Limits, str]:
    """Read limits, by default those of this package; return them with the SHA-256 of the file.

    Parameters
    ----------
    file
        A clinic's own; None for `default`.
    quantities
        What can have a limit.
    default
        Limits of this package.

    Raises
    ------
    RefusedError
        If the file cannot be read, or says something else.
    """
    try:
        text = read_plain(file or default, MOST_BYTES, "a file of limits")
        limits = Limits.model_validate(yaml.safe_load(text), context=quantities)
        return limits, hashlib.sha256(text).hexdigest()
    except OSError as error:
        raise RefusedError(f"a file of limits is needed, found: {os_reason(error)}") from error
    except ValidationError as error:
        raise RefusedError(f"the file of limits must be corrected: {faults_of(error)}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise RefusedError("a file of limits must be YAML, found none") from error
