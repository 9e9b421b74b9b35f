"""The model card as the checks see it: what a network reads, what it writes and where it may be used."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dosenet.depth_fall import EnergyFall
from dosenet.interval import IntervalTable
from dosenet.likeness import Likeness
from esapi_bridge import INTENDED_USE
from esapi_bridge.case import FieldKind

Range = tuple[float, float]
"""Least and largest value."""

Spacing = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(_Part):
    """The weight file beside the card and its SHA-256."""

    file: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DoseInput(_Part):
    """The dose a network was trained to read; empty `algorithms` means any.

    Parameters
    ----------
    depth_fall
        How fast dose falls with depth, by energy label, measured on the training fields; empty where it was not.
    """

    per: Literal["field", "plan"] = "field"
    unit: Literal["Gy"] = "Gy"
    spacing_mm: Spacing
    algorithms: tuple[str, ...] = ()
    depth_fall: dict[str, EnergyFall] = Field(default_factory=dict)


class CtInput(_Part):
    """The CT a network was trained to read; values outside `range` (HU) are clipped.

    Parameters
    ----------
    calibration
        Curve by which the training turned CT numbers into densities, points of HU and g/cm3 in rising order; densities
        that a plan assigns become CT numbers by it. Empty where not stated: then they cannot.
    """

    unit: Literal["HU"] = "HU"
    range: tuple[float, float]
    calibration: tuple[tuple[float, float], ...] = ()

    @field_validator("calibration")
    @classmethod
    def _rising(cls, points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        if len(points) == 1 or any(a[0] >= b[0] or a[1] >= b[1] for a, b in pairwise(points)):
            raise ValueError("CT numbers and densities of a calibration must rise from point to point")
        return points


class Inputs(_Part):
    """What a network reads."""

    dose: DoseInput
    ct: CtInput


class Output(_Part):
    """What a network writes; `algorithm` is the one it imitates."""

    unit: Literal["Gy"] = "Gy"
    spacing_mm: Spacing
    algorithm: str
    medium: Literal["dose to water", "dose to medium"] | None = None


class Validity(_Part):
    """Where a network was trained; an empty list means any, as does None.

    Parameters
    ----------
    kinds
        Kinds of fields; ``plan`` where the network was given doses of whole plans too.
    apertures
        Shapes of a field: ``jaws`` alone, ``leaves`` too, or ``moving jaws``, which follow the leaves (jaw tracking).
    leaf_width_mm
        Least and largest width of the leaves, mm at the isocentre.
    accessories
        What may be in the way of a beam, as `dicom.Export.beam_accessories` names it; nothing by default.
    field_size_mm
        Least and largest opening along each pair of jaws, mm at the isocentre.
    ct_hu
        CT numbers seen in training, HU.
    prescription_gy
        Prescribed dose of one fraction, Gy.
    """

    energies: tuple[str, ...]
    machines: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    patient_positions: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    kinds: tuple[FieldKind, ...] = ()
    apertures: tuple[Literal["jaws", "leaves", "moving jaws"], ...] = ()
    leaf_width_mm: Range | None = None
    accessories: tuple[str, ...] = ()
    field_size_mm: Range | None = None
    ct_hu: Range | None = None
    prescription_gy: float | None = None


class ModelCard(_Part):
    """What the cards of all networks say."""

    name: str
    version: str
    task: Literal["dose", "fluence", "wanted dose"]
    preset: str
    summary: str
    weights: Weights
    valid_for: Validity
    training: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)
    known_failures: tuple[str, ...] = ()
    intended_use: str = INTENDED_USE

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What a page says of the network: its share of the training in the paper, where stated, and its failures."""
        said = (
            ("Share of the paper's training", str(self.training.get("share_of_the_papers_training", ""))),
            ("Known of the model", " ".join(self.known_failures)),
        )
        return [(name, text) for name, text in said if text]


AnyCard = TypeVar("AnyCard", bound=ModelCard)


class DoseCard(ModelCard):
    """Card of a network that turns a coarse dose into a fine one.

    Parameters
    ----------
    intervals
        How wide the intervals of its doses are; None where that was not measured.
    likeness
        What dose and CT of the training are like; None where that was not measured.
    """

    task: Literal["dose"] = "dose"
    inputs: Inputs
    output: Output
    intervals: IntervalTable | None = None
    likeness: Likeness | None = None


class FluenceUse(_Part):
    """What a fluence network was trained for.

    Parameters
    ----------
    fields
        Numbers of treatment beams that a plan may have; empty means any.
    gantry_deg
        Their gantry angles, IEC 61217; empty means any.
    optional_labels
        Labels that a plan may lack.
    mu_per_fluence
        Monitor units for fluence 1 in the unit of ESAPI, by machine and energy label.
    """

    fields: tuple[Annotated[int, Field(gt=0)], ...] = ()
    gantry_deg: tuple[float, ...] = ()
    optional_labels: tuple[str, ...] = ()
    mu_per_fluence: dict[str, dict[str, Annotated[float, Field(gt=0)]]] = Field(default_factory=dict)


class WantedDoseUse(_Part):
    """What a wanted-dose network was trained for; see `FluenceUse`.

    Parameters
    ----------
    anatomy
        What the training patients were like, as `fluencenet.wanted.anatomy.AnatomyRange.quantiles`; empty where that
        was not measured.
    """

    fields: tuple[Annotated[int, Field(gt=0)], ...] = ()
    gantry_deg: tuple[float, ...] = ()
    optional_labels: tuple[str, ...] = ()
    anatomy: dict[str, tuple[float, ...]] = Field(default_factory=dict)


class WantedDoseCard(ModelCard):
    """Card of a network that predicts a plan's dose from contours, fields and prescription."""

    task: Literal["wanted dose"] = "wanted dose"
    use: WantedDoseUse


class FluenceCard(ModelCard):
    """Card of a network that makes the fluence of a plan's beams from contours and dose."""

    task: Literal["fluence"] = "fluence"
    use: FluenceUse
