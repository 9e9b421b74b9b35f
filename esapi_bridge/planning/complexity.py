"""How complex the delivery of a plan is: monitor units, apertures, leaf gaps and the modulation complexity score.

The score is that of McNiven et al., Med Phys 37 (2010) 505: 1 for one open rectangle, towards 0 the more ragged and the
smaller the apertures are. Of an aperture with N open pairs in order, whose tips of a bank stand at p_1 ... p_N::

    LSV = product over both banks of  sum_n (p_max - |p_n - p_(n+1)|) / ((N - 1) p_max),   p_max = max(p) - min(p)
    AAV = sum_a (right_a - left_a) / sum_a (furthest right_a - furthest left_a),           furthest of all in the beam

LSV (leaf sequence variability) is 1 for a bank in one line, AAV (aperture area variability) the share of the beam's
whole opening. The beam's score is the sum of LSV x AAV over its segments, weighted with their monitor units, the plan's
the mean of its beams', weighted alike. Leaves that move go through a segment from each control point to the next: LSV
and AAV are the means of the two (Masi et al., Med Phys 40 (2013) 071718). Of step and shoot, where both are alike, that
is the formula as published.

Only what the jaws show counts: tips are taken no further than the jaws, and a pair is open where they see a gap of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam

SMALL_GAP_MM = 5.0
"""Gaps below this are counted as small: an error of a tip of half a millimetre changes their dose by a tenth."""

CLOSED_MM = 0.1
"""A pair that opens no further between the jaws is closed."""


@dataclass(frozen=True)
class PlanComplexity:
    """Complexity of a plan's delivery.

    Parameters
    ----------
    mu_per_gy
        Monitor units of all beams per Gy of prescribed dose.
    mean_aperture_cm2
        Area of the opening at the isocentre plane, mean over the monitor units.
    modulation_complexity_score
        0 to 1, 1 the simplest.
    small_gap_percent
        Share of the open pairs whose tips are less than `SMALL_GAP_MM` apart, over the monitor units.
    smallest_gap_mm
        The smallest distance of two tips while the beam is on.
    """

    mu_per_gy: float
    mean_aperture_cm2: float
    modulation_complexity_score: float
    small_gap_percent: float
    smallest_gap_mm: float


def plan_complexity(beams: Sequence[Beam], fraction_gy: float) -> PlanComplexity:
    """Measure the leaf motions of a plan.

    Parameters
    ----------
    beams
        Treatment beams with leaves and monitor units of one fraction.
    fraction_gy
        Prescribed dose of one fraction, Gy.

    Raises
    ------
    ValueError
        If there is no beam, or one has no leaves, no monitor units or nothing open.
    """
    if not beams:
        raise ValueError("the complexity of a plan needs at least one beam, got none")
    found = [_of_beam(beam) for beam in beams]
    mu = np.array([beam.meterset_mu for beam in beams])
    score, area_mm2, open_pairs, small_pairs = mu @ [
        (each.score, each.area_mm2, each.open_pairs, each.small_pairs) for each in found
    ]
    return PlanComplexity(
        mu_per_gy=float(mu.sum() / fraction_gy),
        mean_aperture_cm2=float(area_mm2 / mu.sum()) / 100.0,
        modulation_complexity_score=float(score / mu.sum()),
        small_gap_percent=100.0 * float(small_pairs / open_pairs),
        smallest_gap_mm=min(each.smallest_mm for each in found),
    )


@dataclass(frozen=True)
class _BeamComplexity:
    """Of one beam: score; area, open pairs and pairs with a small gap on average over its meterset; smallest gap."""

    score: float
    area_mm2: float
    open_pairs: float
    small_pairs: float
    smallest_mm: float


@dataclass(frozen=True)
class _Apertures:
    """What the jaws show of the leaf pairs at each control point, ``(points, pairs)``.

    Parameters
    ----------
    left_mm, right_mm
        Tips, no further than the jaws.
    gap_mm
        Distance of the two tips, jaws or no.
    width_mm
        Width of the pair between the Y jaws.
    is_open
        Whether anything is seen through it.
    """

    left_mm: NDArray[np.float64]
    right_mm: NDArray[np.float64]
    gap_mm: NDArray[np.float64]
    width_mm: NDArray[np.float64]
    is_open: NDArray[np.bool_]

    @classmethod
    def of(cls, beam: Beam) -> _Apertures:
        boundaries = beam.mlc_boundaries_mm
        if boundaries is None or any(point.leaves_mm is None for point in beam.control_points):
            raise ValueError(f"beam {beam.number} must have leaves at every control point, found none")
        leaves = np.array([point.leaves_mm for point in beam.control_points], dtype=np.float64)
        x1, x2, y1, y2 = np.array(
            [(j.x1_mm, j.x2_mm, j.y1_mm, j.y2_mm) for j in (point.jaws for point in beam.control_points)]
        ).T[..., None]
        left, right = np.clip(leaves[:, 0], x1, x2), np.clip(leaves[:, 1], x1, x2)
        shown = np.array([beam.shown_leaves(point.jaws) for point in beam.control_points])
        return cls(
            left_mm=left,
            right_mm=right,
            gap_mm=leaves[:, 1] - leaves[:, 0],
            width_mm=np.maximum(np.minimum(boundaries[1:], y2) - np.maximum(boundaries[:-1], y1), 0.0),
            is_open=shown & (right - left > CLOSED_MM),
        )

    @property
    def opening_mm(self) -> NDArray[np.float64]:
        """How far each pair is open; 0 of closed ones."""
        return np.where(self.is_open, self.right_mm - self.left_mm, 0.0)

    def area_variability(self) -> NDArray[np.float64]:
        """AAV of each control point."""
        left = np.where(self.is_open, self.left_mm, np.inf).min(axis=0)
        right = np.where(self.is_open, self.right_mm, -np.inf).max(axis=0)
        used = self.is_open.any(axis=0)
        return np.asarray(self.opening_mm.sum(axis=1) / (right - left)[used].sum())

    def sequence_variability(self) -> NDArray[np.float64]:
        """LSV of each control point; 1 where less than two pairs are open."""
        return np.array(
            [
                _in_line(left[is_open]) * _in_line(right[is_open])
                for left, right, is_open in zip(self.left_mm, self.right_mm, self.is_open, strict=True)
            ]
        )


def _of_beam(beam: Beam) -> _BeamComplexity:
    apertures = _Apertures.of(beam)
    weights = np.array([point.meterset_weight for point in beam.control_points], dtype=np.float64)
    # What each part between two control points has of the meterset, and what each control point stands for.
    parts = np.diff(weights) / (weights[-1] - weights[0]) if weights[-1] > weights[0] else np.zeros(weights.size - 1)
    at_points = (np.append(parts, 0.0) + np.append(0.0, parts)) / 2.0
    while_on = apertures.is_open & (at_points > 0)[:, None]
    if not while_on.any() or not beam.meterset_mu > 0:
        raise ValueError(f"beam {beam.number} must have monitor units and something open, found none")
    area, sequence = apertures.area_variability(), apertures.sequence_variability()
    small = apertures.is_open & (apertures.gap_mm < SMALL_GAP_MM)
    return _BeamComplexity(
        score=float(parts @ (_mean_of_ends(area) * _mean_of_ends(sequence))),
        area_mm2=float(at_points @ (apertures.opening_mm * apertures.width_mm).sum(axis=1)),
        open_pairs=float(at_points @ apertures.is_open.sum(axis=1)),
        small_pairs=float(at_points @ small.sum(axis=1)),
        smallest_mm=float(apertures.gap_mm[while_on].min()),
    )


def _mean_of_ends(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values[:-1] + values[1:]) / 2.0)


def _in_line(tips_mm: NDArray[np.float64]) -> float:
    """How much the tips of a bank ``(n,)`` stand in one line: 1, down to 0 where each is as far off as any."""
    if tips_mm.size < 2 or np.ptp(tips_mm) == 0:
        return 1.0
    return float(1.0 - np.abs(np.diff(tips_mm)).mean() / np.ptp(tips_mm))
