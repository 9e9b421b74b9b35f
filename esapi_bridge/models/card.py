"""The model card: facts about a network that the checks enforce.

A card is a ``card.yaml`` beside the weights::

    schema: 1
    name: ddn-lite
    version: "1"
    task: dose                       # dose | fluence
    preset: ddn-lite
    summary: Coarse pencil-beam dose to fine collapsed-cone dose, per field.
    weights: {file: model.safetensors, sha256: "...", parameters: 1234567}
    inputs:
      dose: {per: field, unit: Gy, spacing_mm: [5.0, 5.0, 5.0], algorithms: [pencil_beam]}
      ct: {unit: HU, range: [-1000, 3500]}
    output: {unit: Gy, spacing_mm: [1.25, 1.25, 1.25], algorithm: collapsed_cone, medium: dose to medium}
    valid_for:
      energies: [10X-FFF]
      machines: [TrueBeam]           # left out or empty: any
      techniques: [STATIC]
      patient_positions: [HFS]
      sites: [pelvis, thorax]
    training: {...}                  # free text and numbers from here on
    metrics: {...}
    known_failures: [...]
    licence: Apache-2.0
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esapi_bridge.errors import BridgeError

Spacing = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(_Part):
    """The weight file beside the card and its SHA-256."""

    file: Annotated[str, Field(pattern=r"^[\w.-]+\.safetensors$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    parameters: int | None = None


class DoseInput(_Part):
    """The dose a network was trained to read; empty `algorithms` means any."""

    per: Literal["field", "plan"] = "field"
    unit: Literal["Gy"] = "Gy"
    spacing_mm: Spacing
    algorithms: tuple[str, ...] = ()


class CtInput(_Part):
    """The CT a network was trained to read; values outside `range` (HU) are clipped."""

    unit: Literal["HU"] = "HU"
    range: tuple[float, float] = (-1000.0, 3500.0)


class Inputs(_Part):
    """What a network reads."""

    dose: DoseInput
    ct: CtInput = CtInput()


class Output(_Part):
    """What a network writes."""

    unit: Literal["Gy"] = "Gy"
    spacing_mm: Spacing
    algorithm: str
    medium: Literal["dose to water", "dose to medium"] | None = None


class Validity(_Part):
    """Where a network was trained; an empty list means any."""

    energies: tuple[str, ...]
    machines: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    patient_positions: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


class ModelCard(_Part):
    """One network's card; unknown keys are refused so that a misspelt limit cannot be lost."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    version: str
    task: Literal["dose", "fluence"]
    preset: str
    summary: str
    weights: Weights
    inputs: Inputs
    output: Output
    valid_for: Validity
    training: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)
    known_failures: tuple[str, ...] = ()
    licence: str = "Apache-2.0"
    intended_use: str = ""


def read_card(path: Path) -> ModelCard:
    """Read and validate a ``card.yaml``.

    Raises
    ------
    BridgeError
        If the file is not YAML or not a card.
    """
    try:
        return ModelCard.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise BridgeError(f"a model card must be YAML; {path.parent.name}/{path.name} is not: {error}") from error
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BridgeError(f"the model card {path.parent.name}/{path.name} does not follow schema 1: {found}") from error
