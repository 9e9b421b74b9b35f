"""What a source states of a plan's doses besides the doses themselves, to be held against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PointDose:
    """Dose that a plan states of a beam.

    Parameters
    ----------
    gy
        Of one fraction, Gy.
    point_mm
        LPS position of the point it holds at, mm; None where the plan states none.
    """

    gy: float
    point_mm: tuple[float, float, float] | None


@dataclass(frozen=True)
class Stated:
    """What is said twice.

    Parameters
    ----------
    beam_doses
        Dose stated of each beam, by beam number.
    mean_gy
        Mean dose of structures for all fractions by the source's own histograms, Gy, by structure number.
    """

    beam_doses: Mapping[int, PointDose] = field(default_factory=dict)
    mean_gy: Mapping[int, float] = field(default_factory=dict)
