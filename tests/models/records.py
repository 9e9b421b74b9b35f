"""Commissioning records as `commission` writes them, without measuring anything."""

from __future__ import annotations

from pathlib import Path

from esapi_bridge import __version__
from esapi_bridge.models import find_model
from esapi_bridge.models.approvals import measured_model
from esapi_bridge.models.commissioning_record import (
    CommissioningRecord,
    LimitsUsed,
    MeasuredCases,
    MeasuredModel,
    QuantityResult,
)


def record_of(model: MeasuredModel, *, worst: float | None = 98.0, version: str = __version__) -> CommissioningRecord:
    """A record with one limit, of 95, that `worst` meets or not; None: it was not measured."""
    return CommissioningRecord(
        made="2026-01-31T12:00:00+00:00",
        versions={"esapi-bridge": version},
        model=model,
        cases=MeasuredCases(plans=1, fields=2, sites={"pelvis": 1}, sha256="1" * 64),
        limits=LimitsUsed(name="test", sha256="2" * 64),
        results=(
            QuantityResult(
                quantity="gamma_3_2_global_plan",
                text="gamma of the plan",
                unit="%",
                better="high",
                limit=95.0,
                source="nobody",
                measured=0 if worst is None else 1,
                worst=worst,
                where=None if worst is None else "case 1",
                mean=worst,
            ),
            QuantityResult(
                quantity="lung", text="in lung", unit="%", better="low", limit=3.0, source="nobody", measured=0
            ),
        ),
    )


def write_record(path: Path, model: Path, *, worst: float | None = 98.0, version: str = __version__) -> Path:
    """Write a record of a network; return the path."""
    record = record_of(measured_model(find_model(model)), worst=worst, version=version)
    path.write_bytes(record.to_json())
    return path
