"""The run record of a fluence run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from esapi_bridge.case import Beam
from esapi_bridge.tasks.fluence.figures import FluenceFigures
from esapi_bridge.tasks.fluence.goals import GoalRecord
from esapi_bridge.tasks.fluence.plan import Delivery, Normalisation, SparingRecord
from esapi_bridge.tasks.run_record import ModelUsed, RecordPart, RunRecord


class ReferenceRecord(RecordPart):
    """`FluenceFigures` against the clinical fluence; null where a figure has no value."""

    mean_error_fractional_mu: float | None
    ssim: float | None
    gamma_percent: float | None
    sum_error_percent: float | None


class BeamRecord(RecordPart):
    """One beam's fluence: highest value (unit of ESAPI) and sum times pixel area (the same, times cm2)."""

    number: int
    name: str
    maximum: float
    sum_cm2: float
    reference: ReferenceRecord | None


class DeliveryRecord(RecordPart):
    """What delivered the fluence, and the plan's figures: wanted and delivered by name."""

    by: str
    figures: dict[str, tuple[float | None, float | None]]


class FluenceRecord(RunRecord):
    """The whole record; `wanted_dose_by` is the network that predicted the wanted dose, null where a plan gave it."""

    task: Literal["fluence"] = "fluence"
    prescription_gy: float
    fractions: int
    normalisation: Normalisation
    wanted_dose_by: ModelUsed | None
    spared: SparingRecord | None = None
    structures: dict[str, tuple[str, ...]]
    beams: tuple[BeamRecord, ...]
    delivery: DeliveryRecord | None
    goals: tuple[GoalRecord, ...] = ()


def beam_record(beam: Beam, figures: FluenceFigures | None) -> BeamRecord:
    """Turn a beam with fluence into its record."""
    fluence = beam.fluence
    if fluence is None:
        raise ValueError(f"beam {beam.number} must have a fluence")
    area_cm2 = (fluence.spacing_mm / 10) ** 2
    reference = None if figures is None else ReferenceRecord(**{k: _number(v) for k, v in vars(figures).items()})
    return BeamRecord(
        number=beam.number,
        name=beam.name,
        maximum=float(fluence.values.max()),
        sum_cm2=float(fluence.values.sum(dtype="float64")) * area_cm2,
        reference=reference,
    )


def delivery_record(delivery: Delivery) -> DeliveryRecord:
    """Turn a delivery into its record."""
    figures: Mapping[str, tuple[float | None, float | None]] = {
        figure.name: (_number(figure.wanted), _number(figure.delivered)) for figure in delivery.figures
    }
    return DeliveryRecord(by=delivery.by, figures=dict(figures))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
