"""The request of a calculation, ``request.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from esapi_bridge.case import Beam
from esapi_bridge.errors import BridgeError, faults_of


class ObjectivePart(BaseModel):
    """An objective: a point of a histogram, a mean dose or an equivalent uniform dose; dose of all fractions."""

    kind: Literal["point", "mean", "eud"]
    structure: int
    operator: Literal["upper", "lower", "exact", "none"]
    dose_gy: float = Field(ge=0)
    volume_percent: float = Field(ge=0, le=100)
    priority: float = Field(ge=0)


class NormalTissuePart(BaseModel):
    """The normal tissue objective; only the priority counts where it is automatic."""

    automatic: bool
    priority: float = Field(ge=0)
    distance_mm: float = Field(ge=0)
    start_percent: float = Field(ge=0)
    end_percent: float = Field(ge=0)
    fall_off_per_mm: float = Field(ge=0)


class BeamPart(BaseModel):
    """Smoothing of one beam's fluence, and whether it must stay within the jaws."""

    number: int
    smooth_x: float = Field(ge=0)
    smooth_y: float = Field(ge=0)
    fixed_jaws: bool


class OptimisationPart(BaseModel):
    """Objectives and parameters of an optimisation, as the database keeps them."""

    objectives: tuple[ObjectivePart, ...]
    normal_tissue: NormalTissuePart | None
    beams: tuple[BeamPart, ...]
    jaw_tracking: bool


class Request(BaseModel):
    """What is to be calculated, ``request.json``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["dose", "leaf_motion", "optimise", "optimise_arcs"]
    model: str
    grid_mm: float | None = Field(default=None, ge=0.5, le=10.0)
    options: dict[str, str] = {}
    fixed_jaws: bool = False
    optimisation: OptimisationPart | None = None
    iterations: int | None = Field(default=None, ge=1)
    until_converged: bool = False
    start_with_fluence: bool = False


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
        raise BridgeError("the mock finds fluence and leaf motions for beams at one gantry angle, found an arc")
