"""The values of the fluence task: the predicted plan, its normalisation and its delivery.

Leaf motions and dose need a planning system. Inside Eclipse the script asks Eclipse; outside, whoever calls the task
may hand in a `Deliver`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, PositiveFloat

from esapi_bridge.case import Beam, Case, Dose, Grid, Prescription, Structure
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.checks import Verdict
from esapi_bridge.goals import GoalResult
from esapi_bridge.tasks.run_record import ModelUsed, RecordPart

NOT_SHOWN = ("Avoidance",)
"""Labels that would only hide others."""


class Normalisation(BaseModel):
    """How the plan is to be scaled once its leaf motions and dose are calculated.

    Parameters
    ----------
    rule
        ``prescription``: by the wanted dose of this plan, no other plan is needed; ``reference``: by the dose of a
        named reference plan (Lee et al. 2019).
    structure
        Name in the plan of the structure whose mean dose counts, the PTV.
    mean_gy
        Mean dose that it shall get, all fractions, Gy.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    rule: Literal["prescription", "reference"] = "prescription"
    structure: str
    mean_gy: PositiveFloat


class SparedOrgan(RecordPart):
    """An organ whose dose was wished `factor` times smaller: its mean wanted dose before and after, Gy."""

    label: str
    factor: float
    mean_gy: tuple[float, float]


class SparingRecord(RecordPart):
    """What was spared, and the PTV's D95 of the wanted dose before and after, per cent of the prescription."""

    organs: tuple[SparedOrgan, ...]
    ptv_d95_percent: tuple[float, float]


@dataclass(frozen=True)
class FluencePlan:
    """What the network made of a case, checked.

    Parameters
    ----------
    case
        The case, volumes along the patient axes.
    beams
        Treatment beams in plan order, each with its fluence of one fraction.
    wanted_dose
        The dose that the fluences shall give, all fractions.
    reference_dose
        The dose whose mean in the PTV the plan is to be scaled to: the wanted one, or that of a reference plan.
    beside
        Doses to show beside: the plan's own where the wanted one was predicted, and the one that was not shifted yet.
    spared
        What the wanted dose was shifted for; None where it was not.
    predictor
        Network that predicted the wanted dose; None where it is a plan's.
    structures
        Structures of the plan by label.
    masks, grid
        The same on the lattice of the labels ``(z, y, x)``.
    prescription
        Prescribed dose and fractions.
    normalisation
        How the plan is to be scaled once it is delivered.
    verdicts
        All checks, none of them a refusal.
    case_sha256
        Hash of the case as it was given.
    mu_per_fluence
        Monitor units for fluence 1 by beam number, NaN where the model's card knows none.
    goals
        Plan goals, doses in Gy scaled to this prescription, with their values in the wanted dose.
    """

    case: Case
    beams: tuple[Beam, ...]
    wanted_dose: Dose
    reference_dose: Dose
    beside: tuple[DoseSet, ...]
    spared: SparingRecord | None
    predictor: ModelUsed | None
    structures: Mapping[str, tuple[Structure, ...]]
    masks: Mapping[str, NDArray[np.bool_]]
    grid: Grid
    prescription: Prescription
    normalisation: Normalisation
    verdicts: tuple[Verdict, ...]
    case_sha256: str
    mu_per_fluence: Mapping[int, float]
    goals: tuple[GoalResult, ...]

    @property
    def shown_structures(self) -> tuple[Structure, ...]:
        """Structures to draw and to measure."""
        return tuple(s for label, found in self.structures.items() if label not in NOT_SHOWN for s in found)


@dataclass(frozen=True)
class Figure:
    """A figure of a plan, of the wanted dose and of the delivered one.

    Parameters
    ----------
    name
        What it is, with its unit: ``PTV D95, % of the prescription``.
    wanted, delivered
        Its values; NaN where there is none.
    """

    name: str
    wanted: float
    delivered: float


@dataclass(frozen=True)
class Delivery:
    """A delivered plan.

    Parameters
    ----------
    by
        Who sequenced and calculated, in words for the report.
    dose
        Of the whole plan, normalised as the task says.
    meterset_mu
        Monitor units of one fraction by beam number.
    figures
        Figures of the plan.
    """

    by: str
    dose: Dose
    meterset_mu: dict[int, float]
    figures: tuple[Figure, ...]


Deliver = Callable[[FluencePlan], Delivery]
