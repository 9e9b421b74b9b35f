"""One plan goal, and what a dose makes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fluencenet.scene import LABELS

Quantity = Literal["D", "V", "Dmean", "Dmax", "homogeneity", "conformity"]
GoalUnit = Literal["%", "cm3", "Gy", ""]

UNITS: dict[str, tuple[GoalUnit, ...]] = {
    "D": ("%",), "V": ("%", "cm3"), "Dmean": ("Gy",), "Dmax": ("Gy",), "homogeneity": ("",), "conformity": ("",),
}  # fmt: skip
"""Units that the limit of a quantity may have. Dose at a volume: per cent of the prescription; volume at a dose: per
cent of the structure or cm3."""

TARGET, BODY = "PTV", "Body"
INDICES = ("homogeneity", "conformity")
"""Quantities of the target alone."""


class PlanGoal(BaseModel):
    """What is asked of one structure, or of several taken together.

    Parameters
    ----------
    labels
        Labels of `fluencenet.scene`; of several the union counts. Homogeneity and conformity are of the PTV.
    quantity
        ``D``: least dose of the hottest `at` per cent of the volume; ``V``: volume with at least `at` Gy; ``Dmean``,
        ``Dmax``: mean and highest dose; ``homogeneity``: (D5 - D95) / prescription; ``conformity``: volume of the body
        with at least 95 % of the prescription over the volume of the PTV.
    at
        Per cent of the volume (D) or Gy (V); None otherwise.
    relation, limit
        What the value has to keep to, in `unit`.
    unit
        See `UNITS`.
    source
        Where the goal comes from.
    name
        How the structure is called in texts; the labels when None.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    labels: Annotated[tuple[str, ...], Field(min_length=1)]
    quantity: Quantity
    at: Annotated[float, Field(gt=0)] | None = None
    relation: Literal["<=", ">="]
    limit: Annotated[float, Field(ge=0)]
    unit: GoalUnit = ""
    source: Annotated[str, Field(max_length=200)] = ""
    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = sorted(set(self.labels) - set(LABELS[1:]))
        if unknown:
            raise ValueError(f"labels must be of {', '.join(LABELS[1:])}, found {', '.join(unknown)}")
        if self.unit not in UNITS[self.quantity]:
            allowed = " or ".join(repr(unit) for unit in UNITS[self.quantity])
            raise ValueError(f"unit of {self.quantity} must be {allowed}, found {self.unit!r}")
        if (self.at is None) is (self.quantity in ("D", "V")):
            needed = "per cent of the volume for D, Gy for V, and absent for the rest"
            raise ValueError(f"at must be {needed}, found {self.at} for {self.quantity}")
        if self.quantity == "D" and self.at is not None and self.at > 100:
            raise ValueError(f"at of D must be at most 100 % of the volume, found {self.at:g}")
        if self.quantity == "V" and self.unit == "%" and self.limit > 100:
            raise ValueError(f"limit of V must be at most 100 % of the volume, found {self.limit:g}")
        if self.quantity in INDICES and self.labels != (TARGET,):
            raise ValueError(f"{self.quantity} must be of {TARGET}, found {', '.join(self.labels)}")
        return self

    def scaled(self, factor: float) -> PlanGoal:
        """The same goal with every dose in Gy multiplied; per cents of a prescription stay."""
        at = self.at * factor if self.quantity == "V" and self.at is not None else self.at
        return self.model_copy(update={"at": at, "limit": self.limit * factor if self.unit == "Gy" else self.limit})

    @property
    def measure(self) -> str:
        """What is measured: ``Rectum V36.4Gy``."""
        at = "" if self.at is None else f"{round(self.at, 1):g}" + ("Gy" if self.quantity == "V" else "%")
        return f"{self.name or ' and '.join(self.labels)} {self.quantity}{at}"

    @property
    def text(self) -> str:
        """The goal in words: ``Rectum V36.4Gy <= 35 %``."""
        return f"{self.measure} {self.relation} {self.limit:.4g} {self.unit}".rstrip()


@dataclass(frozen=True)
class GoalResult:
    """A goal, and the value that a dose has; NaN where the structure has no voxel to measure it in."""

    goal: PlanGoal
    value: float

    @property
    def met(self) -> bool | None:
        """Whether the value keeps to the limit; None where there is no value."""
        if math.isnan(self.value):
            return None
        return self.value <= self.goal.limit if self.goal.relation == "<=" else self.value >= self.goal.limit

    @property
    def missed_by(self) -> float:
        """How far the value is beyond the limit, in the goal's unit; 0 where it is met, NaN without a value."""
        return abs(self.value - self.goal.limit) if self.met is False else 0.0 * self.value

    @property
    def verdict(self) -> str:
        """In words: ``met``, ``missed by 1.3 %``, or ``not measured``."""
        if self.met is None:
            return "not measured"
        return "met" if self.met else f"missed by {self.missed_by:.2g} {self.goal.unit}".rstrip()

    @property
    def value_text(self) -> str:
        """The value with its unit: ``36.3 %``."""
        return "–" if self.met is None else f"{self.value:.4g} {self.goal.unit}".rstrip()
