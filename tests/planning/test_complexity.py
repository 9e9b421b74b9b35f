"""Complexity of leaf motions that are simple enough to be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from esapi_bridge.case import Beam, ControlPoint, FluenceMap, Jaws
from esapi_bridge.planning.complexity import PlanComplexity, plan_complexity
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.leaf_sequencing import sliding_window

JAWS = Jaws(-50, 50, -20, 20)
BOUNDARIES_MM = np.arange(-40.0, 41.0, 10.0)
"""Eight pairs of 10 mm; the jaws show the four in the middle."""

Tips = Sequence[float] | float
Segment = tuple[float, Tips, Tips]
"""Share of the meterset, left tips and right tips of the four pairs that are shown, mm."""


def beam(*segments: Segment, meterset_mu: float = 100.0, jaws: Jaws = JAWS) -> Beam:
    """Step and shoot: leaves at rest in every segment; pairs that are not shown are wide open."""
    points, done = [], 0.0
    for share, left, right in segments:
        leaves = np.stack([np.full(8, -60.0), np.full(8, 60.0)])
        leaves[0, 2:6], leaves[1, 2:6] = left, right
        points += [ControlPoint(weight, 0.0, 0.0, 0.0, jaws, leaves) for weight in (done, done + share)]
        done += share
    empty = open_beam(1, (0.0, 0.0, 0.0), jaws, 0.0)
    return replace(empty, control_points=tuple(points), mlc_boundaries_mm=BOUNDARIES_MM, meterset_mu=meterset_mu)


def of(*beams: Beam) -> PlanComplexity:
    return plan_complexity(beams, 2.0)


def score(*segments: Segment) -> float:
    return of(beam(*segments)).modulation_complexity_score


def test_an_open_rectangle_is_the_simplest_there_is() -> None:
    """10 cm x 4 cm between the jaws, behind which the leaves stand."""
    found = of(beam((1.0, -60.0, 60.0)))
    assert found.mu_per_gy == pytest.approx(50.0)
    assert found.mean_aperture_cm2 == pytest.approx(40.0)
    assert found.modulation_complexity_score == pytest.approx(1.0)
    assert (found.small_gap_percent, found.smallest_gap_mm) == (0.0, 120.0)


def test_a_segment_half_as_wide_scores_half() -> None:
    found = of(beam((0.5, -50.0, 50.0), (0.5, -50.0, 0.0)))
    assert found.modulation_complexity_score == pytest.approx(0.75)
    assert found.mean_aperture_cm2 == pytest.approx(30.0)
    assert score((0.2, -50.0, 50.0), (0.8, -50.0, 0.0)) == pytest.approx(0.2 + 0.8 / 2), "by monitor units"
    assert score((0.5, -50.0, 0.0), (0.5, 0.0, 50.0)) == pytest.approx(0.5), "of what all segments open together"


def test_ragged_banks_score_less() -> None:
    """McNiven's LSV: of steps of 10 mm among tips 30 mm apart, (30 - 10) / 30; from one extreme to the other, 0."""
    assert score((1.0, (0, 10, 20, 30), 50.0)) == pytest.approx(2 / 3)
    assert score((1.0, (-10, 0, 10, 20), (20, 30, 40, 50))) == pytest.approx(4 / 9), "both banks"
    assert score((1.0, (0, 10, 0, 10), 50.0)) == pytest.approx(0.0)
    assert score((1.0, (0, 0, 10, 10), 50.0)) == pytest.approx(1 - 10 / 3 / 10)


def test_closed_pairs_and_those_behind_jaws_do_not_count() -> None:
    assert score((1.0, (0, 10, 40, 40), (50, 50, 40, 40))) == pytest.approx(0.0), "two open pairs, a step as far as any"
    found = of(beam((1.0, (0, 0, 55, -90), (50, 50, 58, -80))))
    assert found.modulation_complexity_score == pytest.approx(1.0)
    assert (found.small_gap_percent, found.smallest_gap_mm) == (0.0, 50.0)
    assert found.mean_aperture_cm2 == pytest.approx(10.0)


def test_small_gaps_are_counted_by_monitor_units() -> None:
    """Four of four pairs at 3 mm during a quarter of the meterset, one of four at 4 mm meanwhile the rest."""
    found = of(beam((0.25, -1.5, 1.5), (0.75, -2.0, (2.0, 8.0, 8.0, 8.0))))
    assert found.small_gap_percent == pytest.approx(100 * (0.25 + 0.75 / 4))
    assert found.smallest_gap_mm == 3.0


def test_beams_are_weighted_by_their_monitor_units() -> None:
    found = of(beam((1.0, -50.0, 50.0), meterset_mu=300.0), beam((1.0, (0, 10, 0, 10), 50.0), meterset_mu=100.0))
    assert found.mu_per_gy == pytest.approx(200.0)
    assert found.modulation_complexity_score == pytest.approx(0.75)
    assert found.mean_aperture_cm2 == pytest.approx((300 * 40 + 100 * 18) / 400)


def test_a_slit_that_moves_over_the_field_opens_its_share_of_it() -> None:
    """10 mm of 100 mm all the time."""
    points = [
        ControlPoint(weight, 0.0, 0.0, 0.0, JAWS, np.stack([np.full(8, left), np.full(8, left + 10.0)]))
        for weight, left in zip(np.linspace(0, 1, 10), np.linspace(-50, 40, 10), strict=True)
    ]
    found = of(replace(beam((1.0, -50.0, 50.0)), control_points=tuple(points)))
    assert found.modulation_complexity_score == pytest.approx(0.1)
    assert found.mean_aperture_cm2 == pytest.approx(4.0)


def test_a_noisy_fluence_is_more_complex_than_a_smooth_one() -> None:
    rng = np.random.default_rng(1)
    smooth = np.full((32, 40), 0.4)
    noisy = smooth + 3.0 * gaussian_filter(rng.uniform(-0.1, 0.1, smooth.shape), 1)
    one, other = (
        of(sliding_window(replace(open_beam(1, (0, 0, 0), Jaws(-60, 60, -50, 50), 0), fluence=fluence), 118.0).beam)
        for fluence in (FluenceMap(v.astype(np.float32), -48.75, 38.75) for v in (smooth, noisy))
    )
    assert other.mu_per_gy > one.mu_per_gy
    assert other.mean_aperture_cm2 < one.mean_aperture_cm2
    assert other.modulation_complexity_score < one.modulation_complexity_score < 1.0


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one beam"):
        of()
    with pytest.raises(ValueError, match="leaves"):
        of(open_beam(1, (0.0, 0.0, 0.0), JAWS, 100.0))
    with pytest.raises(ValueError, match="something open"):
        of(beam((1.0, 0.0, 0.0)))
    with pytest.raises(ValueError, match="monitor units"):
        of(beam((1.0, -50.0, 50.0), meterset_mu=0.0))
