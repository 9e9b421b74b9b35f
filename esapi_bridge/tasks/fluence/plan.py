"""What a planning system makes of predicted fluences: leaf motions, dose, figures.

Leaf motions and dose need a planning system. Inside Eclipse the script asks Eclipse; outside, whoever calls the task
may hand in a `Deliver`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from esapi_bridge.case import Dose

if TYPE_CHECKING:
    from esapi_bridge.tasks.fluence.run import FluencePlan


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


Deliver = Callable[["FluencePlan"], Delivery]
