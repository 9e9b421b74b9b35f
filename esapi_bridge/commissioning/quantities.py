"""What is measured: every quantity by its name in the file of limits, with what it is and its unit."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from dosenet.gamma import CUTOFF_PERCENT, Criterion

CRITERIA = (Criterion(3, 3), Criterion(3, 2), Criterion(2, 2), Criterion(1, 1))

Scope = Literal["plan", "field"]
SCOPES: tuple[Scope, ...] = ("plan", "field")


@dataclass(frozen=True)
class Quantity:
    """One quantity.

    Parameters
    ----------
    name
        In the file of limits and in the record.
    text, unit
        What it is, for readers.
    better
        Whether high or low values are good.
    """

    name: str
    text: str
    unit: str
    better: Literal["high", "low"]


def gamma_name(criterion: Criterion, scope: Scope, *, local: bool) -> str:
    """Name of a gamma pass rate, for example ``gamma_3_2_global_plan``."""
    kind = "local" if local else "global"
    return f"gamma_{criterion.dose_percent:g}_{criterion.distance_mm:g}_{kind}_{scope}"


def _gammas() -> list[Quantity]:
    return [
        Quantity(
            gamma_name(criterion, scope, local=local),
            f"gamma {criterion} {'local' if local else 'global'} of {scope}s ({CUTOFF_PERCENT:g} % threshold)",
            "%",
            "high",
        )
        for scope in SCOPES
        for criterion in CRITERIA
        for local in (False, True)
    ]  # fmt: skip


D95, D2, MEAN = "dvh_d95", "dvh_d2", "dvh_mean"
BUILD_UP, LUNG, BEHIND_LUNG, BEHIND_BONE = "build_up", "lung", "behind_lung", "behind_bone"
PENUMBRA_WIDTH, PENUMBRA_PLACE, TAIL, OUTPUT = "penumbra_width", "penumbra_position", "low_dose_tail", "output"
MONITOR_UNITS, TURNED = "mu_linearity", "turned_patient"

_OTHERS = (
    Quantity(D95, "D95 of structures", "% of prescription", "low"),
    Quantity(D2, "D2 of structures", "% of prescription", "low"),
    Quantity(MEAN, "mean dose of structures", "% of prescription", "low"),
    Quantity(OUTPUT, "output in the middle of fields", "%", "low"),
    Quantity(BUILD_UP, "points in the build-up region", "% of local dose", "low"),
    Quantity(LUNG, "points in lung", "% of local dose", "low"),
    Quantity(BEHIND_LUNG, "points behind lung", "% of local dose", "low"),
    Quantity(BEHIND_BONE, "points behind bone", "% of local dose", "low"),
    Quantity(PENUMBRA_WIDTH, "width of the penumbra (80 to 20 %)", "mm", "low"),
    Quantity(PENUMBRA_PLACE, "place of the field edge (50 %)", "mm", "low"),
    Quantity(TAIL, "1 to 5 cm outside fields", "% of maximum", "low"),
    Quantity(MONITOR_UNITS, "dose against monitor units", "% of maximum", "low"),
    Quantity(TURNED, "patient turned with the beam", "% of maximum", "low"),
)

QUANTITIES = MappingProxyType({quantity.name: quantity for quantity in (*_gammas(), *_OTHERS)})
"""All of them, in the order of the page."""
