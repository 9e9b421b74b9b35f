"""The request of a calculation, ``request.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from esapi_bridge.case import Beam
from esapi_bridge.errors import BridgeError, faults_of


class Request(BaseModel):
    """What is to be calculated, ``request.json``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["dose", "leaf_motion"]
    model: str
    grid_mm: float | None = Field(default=None, ge=0.5, le=10.0)
    options: dict[str, str] = {}
    fixed_jaws: bool = False


def read_request(file: Path) -> Request:
    """Read a request.

    Raises
    ------
    BridgeError
        If there is none, or it does not follow the schema.
    """
    try:
        return Request.model_validate_json(file.read_bytes())
    except OSError as error:
        raise BridgeError("expected request.json in the folder of the job, found none") from error
    except ValidationError as error:
        raise BridgeError(f"request.json must follow schema 1: {faults_of(error)}") from error


def require_still_gantry(beam: Beam) -> None:
    """Refuse an arc: a plan may hold one, but it cannot be calculated.

    Raises
    ------
    BridgeError
        If the beam turns while it is on.
    """
    if beam.is_arc:
        raise BridgeError("the mock calculates beams at one gantry angle, found an arc")
