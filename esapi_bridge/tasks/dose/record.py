"""The run record of a dose run."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from esapi_bridge.report.comparison import Evaluation, Interval
from esapi_bridge.tasks.run_record import RecordPart, RunRecord


class ErrorFigures(RecordPart):
    """Mean squared error against the reference in units of the input maximum squared; see `report.comparison.Error`."""

    of: str
    linear: float | None
    network: float | None
    voxels: int


class GammaFigures(RecordPart):
    """One gamma pass rate, per cent."""

    evaluated: str
    reference: str
    criterion: str
    pass_percent: float


class IntervalFigures(RecordPart):
    """Intervals of the plan dose: share of the voxels to be covered, and the mean half-width from 10 % dose on."""

    coverage: float
    mean_half_width_gy: float | None


class Metrics(RecordPart):
    """Figures of the run; doses in Gy by name (``Input``, ``DDN``, ``Reference``)."""

    maximum_gy: dict[str, float]
    mean_gy: dict[str, float | None]
    errors: tuple[ErrorFigures, ...]
    gamma: tuple[GammaFigures, ...]
    interval: IntervalFigures | None = None


class DoseRecord(RunRecord):
    """The whole record; `precision` is that of the convolutions (records from before it was chosen say none)."""

    task: Literal["dose"] = "dose"
    source: Literal["field doses", "plan dose"]
    precision: Annotated[str, Field(pattern="^(float32|bfloat16)$")] = "float32"
    metrics: Metrics


def metrics(evaluation: Evaluation, interval: Interval | None = None) -> Metrics:
    """Turn the numbers of a comparison into their record."""

    def number(value: float) -> float | None:
        return value if np.isfinite(value) else None

    return Metrics(
        maximum_gy=dict(evaluation.maximum_gy),
        mean_gy={name: number(value) for name, value in evaluation.mean_gy.items()},
        errors=tuple(
            ErrorFigures(of=e.of, linear=number(e.linear), network=number(e.network), voxels=e.voxels)
            for e in evaluation.errors
        ),
        gamma=tuple(
            GammaFigures(
                evaluated=row.evaluated,
                reference=row.reference,
                criterion=row.result.description,
                pass_percent=row.result.pass_percent,
            )
            for row in evaluation.gamma
        ),
        interval=None
        if interval is None or evaluation.interval_gy is None
        else IntervalFigures(coverage=interval.coverage, mean_half_width_gy=number(evaluation.interval_gy)),
    )
