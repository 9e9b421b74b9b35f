"""Content of ``case.json`` and ``field.json``: version 1 of the schema of case folders and of fields calculated twice.

A file describes; the numbers of every array are in a ``.npy`` file beside it that an `ArrayFile` names. The schema
is kept apart from the value objects so that the code can change without changing the files others have written.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from esapi_bridge import INTENDED_USE
from esapi_bridge.case.beam import FluenceMode, Technique
from esapi_bridge.case.plan import Approval
from esapi_bridge.case.position import PatientPosition
from esapi_bridge.case.volume import DoseKind, DoseMedium

SCHEMA_VERSION: Literal[1] = 1
"""The version this package writes, and the only one it reads."""

ARRAY_NAME = r"^[a-z][a-z0-9_]*\.npy$"
"""Names an array file may have: no folder, no drive, no parent can be written in it."""

Triple = tuple[float, float, float]
Colour = Annotated[int, Field(ge=0, le=255)]


class _Part(BaseModel):
    """Unknown keys, NaN and infinity are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ArrayFile(_Part):
    """An array beside ``case.json``: little-endian, C order, NPY format 1.0."""

    file: Annotated[str, Field(pattern=ARRAY_NAME)]
    dtype: Literal["<f4", "<f8"]
    shape: tuple[PositiveInt, ...]


class GridPart(_Part):
    """A `Grid`: index order (i, j, k), LPS mm."""

    size: tuple[PositiveInt, PositiveInt, PositiveInt]
    spacing_mm: Triple
    origin_mm: Triple
    direction: Annotated[tuple[float, ...], Field(min_length=9, max_length=9)]


class CtPart(_Part):
    """The CT, HU, ``(z, y, x)``."""

    array: ArrayFile
    grid: GridPart


class DosePart(_Part):
    """A `Dose`, Gy, ``(z, y, x)``."""

    array: ArrayFile
    grid: GridPart
    kind: DoseKind
    beam_number: int | None
    algorithm: str | None
    medium: DoseMedium | None


class OverridePart(_Part):
    """An `Override`."""

    quantity: str
    value: float | None


class StructurePart(_Part):
    """A `Structure`: all contours end to end ``(points, 3)``, LPS mm, and how many points each has."""

    number: int
    name: str
    dicom_type: str
    colour: tuple[Colour, Colour, Colour]
    points: ArrayFile | None
    points_per_contour: tuple[PositiveInt, ...]
    override: OverridePart | None = None
    left_out: tuple[str, ...] = ()
    high_resolution: bool = False


class ControlPointPart(_Part):
    """A `ControlPoint`; its leaves, if any, are a row of the beam's leaf array."""

    meterset_weight: float
    gantry_deg: float
    collimator_deg: float
    couch_deg: float
    jaws_x_mm: tuple[float, float]
    jaws_y_mm: tuple[float, float]
    leaves_row: Annotated[int, Field(ge=0)] | None


class FluencePart(_Part):
    """A `FluenceMap`, ``(rows, columns)``."""

    array: ArrayFile
    x_origin_mm: float
    y_origin_mm: float
    spacing_mm: float


class BeamPart(_Part):
    """A `Beam`; `leaves` is ``(control points with leaves, 2, pairs)``, mm."""

    number: int
    name: str
    machine: str
    energy_mv: float
    fluence_mode: FluenceMode
    technique: Technique
    isocentre_mm: Triple
    sad_mm: float
    meterset_mu: float
    is_setup: bool
    control_points: Annotated[tuple[ControlPointPart, ...], Field(min_length=1)]
    leaves: ArrayFile | None
    mlc_boundaries: ArrayFile | None
    fluence: FluencePart | None


class PlanPart(_Part):
    """A `Plan`."""

    name: str
    beams: tuple[BeamPart, ...]
    patient_position: PatientPosition
    prescription_gy: float | None
    fractions: int | None
    normalisation_percent: float | None
    calculation_models: dict[str, str]
    calculation_options: dict[str, str]
    approval: Approval
    target_doses_gy: tuple[float, ...] = ()


class UidsPart(_Part):
    """The `Uids`."""

    frame_of_reference: str
    plan: str
    structure_set: str | None
    ct_series: str | None


class CaseFile(_Part):
    """The whole of ``case.json``."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = SCHEMA_VERSION
    intended_use: str
    patient_key: str
    uids: UidsPart
    ct: CtPart
    plan: PlanPart
    plan_dose: DosePart | None
    beam_doses: dict[int, DosePart]
    structures: tuple[StructurePart, ...]


class CalculationPart(_Part):
    """A `Calculation` of one field; its array is float32 of the grid's shape ``(z, y, x)``."""

    algorithm: Annotated[str, Field(min_length=1)]
    version: str
    options: dict[str, str]
    dose_to: Literal["medium", "water"] | None
    file: Annotated[str, Field(pattern=ARRAY_NAME)]
    grid: GridPart

    @property
    def array(self) -> ArrayFile:
        """The array beside the description."""
        nx, ny, nz = self.grid.size
        return ArrayFile(file=self.file, dtype="<f4", shape=(nz, ny, nx))


class FieldFile(_Part):
    """The whole of ``field.json``: a field calculated twice, see `PairedField`."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = SCHEMA_VERSION
    intended_use: str = INTENDED_USE
    beam: BeamPart
    patient_position: PatientPosition
    origin: Literal["random", "own plan"]
    plan: int | None
    coarse: CalculationPart
    fine: CalculationPart
