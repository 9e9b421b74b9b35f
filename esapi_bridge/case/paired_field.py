"""A field, or the sum of a plan, calculated twice: what a dose network is trained on and judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from esapi_bridge.case.beam import Beam
from esapi_bridge.case.position import PatientPosition
from esapi_bridge.case.volume import Dose


class Origin(StrEnum):
    """Where a field comes from: made at random, or of a plan of the clinic's own."""

    RANDOM = "random"
    OWN_PLAN = "own plan"


@dataclass(frozen=True)
class Calculation:
    """One calculation of a field or plan.

    Parameters
    ----------
    algorithm, version
        Of what calculated it, as the planning system names them; the version is empty where it does not.
    dose
        Gy for the monitor units of the beams (one fraction); any orientation. It knows its medium, if that is stated.
    options
        Options of the calculation, name to value as text.
    """

    algorithm: str
    version: str
    dose: Dose
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def named(self) -> str:
        """Algorithm and version in one."""
        return f"{self.algorithm} {self.version}".rstrip()


@dataclass(frozen=True)
class PairedField:
    """A field, or the sum of a plan, calculated coarsely by one algorithm and finely by another.

    Parameters
    ----------
    name
        Within its image.
    beams
        The beam; of the sum of a plan all of its treatment beams.
    patient_position
        How the patient lies.
    coarse, fine
        The two calculations.
    origin
        Where the field comes from.
    plan
        Number of the clinic's own plan that it belongs to; None of a field made at random.
    """

    name: str
    beams: tuple[Beam, ...]
    patient_position: PatientPosition
    coarse: Calculation
    fine: Calculation
    origin: Origin = Origin.OWN_PLAN
    plan: int | None = None

    def __post_init__(self) -> None:
        if not self.beams:
            raise ValueError("a field that was calculated twice must have a beam, got none")
