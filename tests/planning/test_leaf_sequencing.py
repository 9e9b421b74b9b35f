"""Sliding window: what the leaves deliver, seen by an integrator that knows nothing of how they were found."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from esapi_bridge.case import Beam, FluenceMap, Jaws
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.leaf_sequencing import sliding_window
from esapi_bridge.planning.mlc import MILLENNIUM_120 as MLC

MU = 118.0
"""Monitor units for fluence 1, about those of the 10X-FFF beam."""

LEAKAGE = MLC.leakage("10X-FFF")

WORST = 0.02
"""Share of the largest fluence: half a millimetre between leaves and 165 steps of the meterset leave this much, where
more is wanted than leaves let through in any case."""

MEAN = 0.005

MEAN_OF_ALL = 0.01
"""The same where less than that is wanted too."""

LEAF_ROWS = 2
"""Rows of 2.5 mm on a leaf of 5 mm: leaves deliver no finer detail."""


def beam_with(values: NDArray[np.float64], y_shift_mm: float = 0.0, x_shift_mm: float = 0.0, **changes: object) -> Beam:
    rows, columns = values.shape
    fluence = FluenceMap(
        values.astype(np.float32), x_shift_mm - (columns - 1) * 1.25, y_shift_mm + (rows - 1) * 1.25, 2.5
    )
    return replace(open_beam(1, (0, 0, 0), Jaws(-80, 80, -70, 70), 0), fluence=fluence, **changes)  # type: ignore[arg-type]


def hills(rows: int, columns: int, seed: int) -> NDArray[np.float64]:
    """Smooth hills and valleys within an ellipse, equal on the rows of a leaf, 0 to 0.6."""
    values = gaussian_filter(np.random.default_rng(seed).random((rows, columns)), 3)
    values = 0.6 * (values - values.min()) / (values.max() - values.min())
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    values *= x**2 + y**2 < 0.95
    return np.repeat(values.reshape(-1, LEAF_ROWS, columns).mean(axis=1), LEAF_ROWS, axis=0)


def integrated_mu(beam: Beam, x_mm: float, y_mm: float, parts: int = 40) -> float:
    """Walk through the delivery in small steps and count the meterset while a place of a leaf is open, and what leaks.

    Mean over the width of the leaf that `y_mm` is under: near its sides it is open only while its neighbour is, too.
    """
    assert beam.mlc_boundaries_mm is not None
    jaws, edges = beam.control_points[0].jaws, [float(edge) for edge in beam.mlc_boundaries_mm]
    pair = int(np.searchsorted(beam.mlc_boundaries_mm, y_mm)) - 1
    low, high = max(edges[pair], jaws.y1_mm), min(edges[pair + 1], jaws.y2_mm)
    near = [pair] + [pair + 1] * (edges[pair + 1] < jaws.y2_mm) + [pair - 1] * (edges[pair] > jaws.y1_mm)
    part = (np.arange(parts) + 0.5)[:, None] / parts
    total = 0.0
    for before, after in pairwise(beam.control_points):
        here, there = before.leaves_mm[:, near], after.leaves_mm[:, near]  # type: ignore[index]
        x1, x2 = here[:, None] + (there - here)[:, None] * part
        shown = (x1 - LEAKAGE.leaf_gap_mm / 2 < x_mm) & (x_mm < x2 + LEAKAGE.leaf_gap_mm / 2)
        alone = float((shown[:, :1] & ~shown[:, 1:]).mean(axis=0).sum())
        free = float(shown[:, 0].mean()) - LEAKAGE.tongue_mm / (high - low) * alone
        seen = (free + LEAKAGE.transmission * (1.0 - free)) * (before.jaws.x1_mm < x_mm < before.jaws.x2_mm)
        total += seen * (after.meterset_weight - before.meterset_weight)
    return total * beam.meterset_mu * (jaws.y1_mm < y_mm < jaws.y2_mm)


def difference(found: NDArray[np.float64], wanted: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """How far what is given is from what is wanted; where less than the least is wanted, only more than that counts."""
    return np.maximum(found - np.maximum(wanted, least), wanted - found)


@pytest.mark.parametrize(("rows", "columns", "y_shift"), [(40, 36, 0.0), (24, 50, 30.0)])
def test_leaves_deliver_the_wanted_fluence(rows: int, columns: int, y_shift: float) -> None:
    wanted = hills(rows, columns, seed=rows)
    motion = sliding_window(beam_with(wanted, y_shift), MU)
    beam, fluence = motion.beam, motion.beam.fluence
    assert fluence is not None
    picks = [(r, c) for r in range(0, rows, 5) for c in range(0, columns, 5)]
    found = [integrated_mu(beam, fluence.x_origin_mm + 2.5 * c, fluence.y_origin_mm - 2.5 * r) / MU for r, c in picks]
    error = difference(np.array(found), np.array([wanted[pick] for pick in picks]), motion.least_mu / MU) / wanted.max()
    assert error.max() < WORST
    assert error.mean() < MEAN
    assert np.mean([abs(f - wanted[pick]) for f, pick in zip(found, picks, strict=True)]) < MEAN_OF_ALL * wanted.max()
    assert motion.mean < MEAN_OF_ALL


def test_rows_lie_along_minus_y() -> None:
    values = np.full((40, 40), 0.2)
    values[:20] = 0.8
    beam = sliding_window(beam_with(values), MU).beam
    assert integrated_mu(beam, 10.0, 30.0) / MU == pytest.approx(0.8, abs=0.01)
    assert integrated_mu(beam, 10.0, -30.0) / MU == pytest.approx(0.2, abs=0.01)


def test_a_uniform_square_takes_its_sweep_and_its_fluence() -> None:
    motion = sliding_window(beam_with(np.ones((40, 40))), MU)
    # 100 mm at 25 mm/s and 10 MU/s, and then the fluence itself, less what leaves let through meanwhile.
    assert motion.beam.meterset_mu == pytest.approx(100 / 25 * 10 * (1 - LEAKAGE.transmission) + MU)
    assert motion.beam.control_points[0].jaws == Jaws(-50, 50, -50, 50)
    assert motion.worst < 0.002


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_leaves_keep_to_the_limits_of_the_machine(seed: int) -> None:
    beam = sliding_window(beam_with(hills(40, 44, seed)), MU).beam
    points = beam.control_points
    leaves = np.stack([point.leaves_mm for point in points])  # type: ignore[misc]
    weights = np.array([point.meterset_weight for point in points])
    assert leaves.shape == (len(points), 2, 60)
    assert beam.mlc_boundaries_mm is not None
    assert list(np.diff(beam.mlc_boundaries_mm)) == [10.0] * 10 + [5.0] * 40 + [10.0] * 10
    assert (beam.mlc_boundaries_mm[0], beam.mlc_boundaries_mm[-1]) == (-200.0, 200.0)
    assert weights[0] == 0
    assert weights[-1] == pytest.approx(1.0)
    seconds = np.diff(weights) * beam.meterset_mu / 10.0
    assert (np.abs(np.diff(leaves, axis=0)) / seconds[:, None, None]).max() <= 25.0 + 1e-6
    assert np.diff(leaves, axis=0).min() >= -1e-9, "a window slides one way"
    moves = np.ptp(leaves, axis=0).max(axis=0) > 0
    gap = leaves[:, 1] - leaves[:, 0]
    assert gap[:, moves].min() >= 0.5 - 1e-9
    assert gap[:, ~moves].max() == 0
    assert leaves[:, :, ~moves].max() < points[0].jaws.x1_mm, "closed pairs meet behind a jaw"
    assert np.ptp(leaves, axis=(0, 2)).max() <= 140.0
    assert len({point.jaws for point in points}) == 1
    assert beam.technique == "DYNAMIC"


def test_every_pair_arrives_at_the_end_of_the_beam() -> None:
    values = np.full((40, 40), 0.1)
    values[:2] = 0.9
    beam = sliding_window(beam_with(values), MU).beam
    first, last = beam.control_points[0].leaves_mm, beam.control_points[-1].leaves_mm
    assert first is not None
    assert last is not None
    inside = slice(20, 40)
    # The edge of the fluence lies in the middle of the smallest gap.
    np.testing.assert_allclose(first[:, inside].mean(axis=0), -50.0)
    np.testing.assert_allclose(last[:, inside].mean(axis=0), 50.0)
    np.testing.assert_allclose(first[0, inside], -50.0 - MLC.gap_mm / 2)


def test_jaws_are_kept_where_they_are_fixed() -> None:
    fixed = sliding_window(beam_with(np.ones((40, 40))), MU, fixed_jaws=True).beam
    assert {point.jaws for point in fixed.control_points} == {Jaws(-80, 80, -70, 70)}
    half = sliding_window(beam_with(np.ones((8, 16)), x_shift_mm=80.0), MU, fixed_jaws=True)
    assert half.outside == pytest.approx(0.5)
    far = beam_with(np.ones((8, 12)), x_shift_mm=60.0)
    jaws = sliding_window(far, MU).beam.control_points[0].jaws
    assert jaws == Jaws(20.0, 75.0, -10.0, 10.0), "X1 goes 2 cm across the axis and no further"


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "groups"), [(52, 1), (56, 2), (90, 2), (140, 3)])
def test_a_wide_fluence_takes_several_carriage_groups(columns: int, groups: int) -> None:
    wanted = hills(20, columns, seed=columns)
    motion = sliding_window(beam_with(wanted), MU)
    assert motion.carriage_groups == groups
    beam, fluence = motion.beam, motion.beam.fluence
    assert fluence is not None
    picks = [(row, column) for row in (1, 9, 16) for column in range(0, columns, 4)]
    found = [integrated_mu(beam, fluence.x_origin_mm + 2.5 * c, fluence.y_origin_mm - 2.5 * r) / MU for r, c in picks]
    error = difference(np.array(found), np.array([wanted[pick] for pick in picks]), motion.least_mu / MU) / wanted.max()
    assert error.max() < WORST
    assert error.mean() < MEAN
    assert motion.mean < MEAN_OF_ALL
    points = beam.control_points
    weights = np.array([point.meterset_weight for point in points])
    breaks = np.flatnonzero(np.diff(weights) == 0)
    assert len(breaks) == groups - 1, "the beam is off while the carriages move"
    assert (weights[0], weights[-1]) == (0.0, pytest.approx(1.0))
    leaves = np.stack([point.leaves_mm for point in points])  # type: ignore[misc]
    begin = 0
    for group in np.split(leaves, breaks + 1):
        assert np.ptp(group, axis=(0, 2)).max() <= MLC.span_mm
        assert (group[:, 1] - group[:, 0]).min() >= 0
        jaws = {point.jaws for point in points[begin : begin + len(group)]}
        begin += len(group)
        assert len(jaws) == 1, "jaws stand still while the beam is on"
        opened = jaws.pop()
        assert opened.x2_mm - opened.x1_mm < 2.5 * columns or groups == 1, "each group has jaws of its own"


def test_fixed_jaws_are_the_same_for_all_carriage_groups() -> None:
    jaws = Jaws(-120, 120, -70, 70)
    wide = beam_with(hills(20, 90, seed=90))
    wide = replace(wide, control_points=tuple(replace(point, jaws=jaws) for point in wide.control_points))
    motion = sliding_window(wide, MU, fixed_jaws=True)
    assert motion.carriage_groups == 2
    assert {point.jaws for point in motion.beam.control_points} == {jaws}


def test_fixed_jaws_of_a_beam_in_carriage_groups_are_around_all_of_them() -> None:
    done = sliding_window(beam_with(hills(20, 90, seed=90)), MU).beam
    again = sliding_window(done, MU, fixed_jaws=True)
    assert again.outside == 0.0
    (jaws,) = {point.jaws for point in again.beam.control_points}
    assert jaws == done.widest_jaws
    assert jaws.x2_mm - jaws.x1_mm > max(p.jaws.x2_mm - p.jaws.x1_mm for p in done.control_points)


def test_nothing_shows_where_carriage_groups_meet() -> None:
    """A ramp across the seam, looked at between the pixels too."""
    values = np.repeat(np.linspace(0.3, 0.9, 60)[None], 8, axis=0)
    beam = sliding_window(beam_with(values), MU).beam
    x_mm = np.arange(-20.0, 20.0, 0.875)
    found = np.array([integrated_mu(beam, float(x), 2.5, parts=60) / MU for x in x_mm])
    wanted = np.interp(x_mm, (np.arange(60) - 29.5) * 2.5, values[0])
    assert np.abs(found - wanted).max() < 0.012


def test_pairs_of_one_carriage_group_are_closed_behind_a_jaw_in_the_other() -> None:
    values = np.zeros((8, 64))
    values[:4, :20] = values[4:, 44:] = 0.5
    beam = sliding_window(beam_with(values), MU).beam
    points = beam.control_points
    half = len(points) // 2
    leaves = np.stack([point.leaves_mm for point in points])  # type: ignore[misc]
    upper, lower = slice(30, 32), slice(28, 30)
    assert leaves[half:, :, upper].min() > points[half].jaws.x2_mm
    assert leaves[:half, :, lower].max() < points[0].jaws.x1_mm


@pytest.mark.parametrize(
    ("beam", "message"),
    [
        (replace(beam_with(np.ones((4, 4))), fluence=None), "found none"),
        (beam_with(np.zeros((4, 4))), "zero everywhere"),
        (beam_with(np.full((4, 4), np.nan)), "finite"),
        (beam_with(np.full((4, 4), -1.0)), "negative"),
        (beam_with(np.ones((10, 10)), x_shift_mm=195.0), "too large"),
    ],
)
def test_what_cannot_be_delivered_is_said(beam: Beam, message: str) -> None:
    with pytest.raises(BridgeError, match=message):
        sliding_window(beam, MU)


def test_a_fluence_outside_fixed_jaws_is_refused() -> None:
    with pytest.raises(BridgeError, match="outside"):
        sliding_window(beam_with(np.ones((4, 4)), y_shift_mm=100.0), MU, fixed_jaws=True)
    assert MLC.speed_mm_mu == pytest.approx(2.5)


def test_what_leaves_let_through_cannot_be_less() -> None:
    """Half the field wants nothing: transmission of the whole beam, and the smallest gap at full speed."""
    values = np.full((16, 40), 0.5)
    values[:, 20:] = 0.0
    values[:8, 39] = 0.5  # keeps the box as wide
    motion = sliding_window(beam_with(values), MU)
    smallest_mm = MLC.gap_mm + LEAKAGE.leaf_gap_mm
    least = LEAKAGE.transmission * motion.beam.meterset_mu + (1 - LEAKAGE.transmission) * smallest_mm / MLC.speed_mm_mu
    assert motion.least_mu == pytest.approx(least)
    found = integrated_mu(motion.beam, 25.0, -10.0, parts=400)
    assert found == pytest.approx(least, rel=0.03)
    assert integrated_mu(motion.beam, -25.0, -10.0) / MU == pytest.approx(0.5, abs=0.005)


def test_a_pair_with_little_to_do_waits_behind_a_jaw() -> None:
    values = np.full((20, 40), 0.9)
    values[:2] = 0.03
    motion = sliding_window(beam_with(values), MU)
    leaves = np.stack([point.leaves_mm for point in motion.beam.control_points])  # type: ignore[misc]
    jaws, upper = motion.beam.control_points[0].jaws, 34
    assert leaves[40, 1, upper] + LEAKAGE.leaf_gap_mm / 2 < jaws.x1_mm
    assert integrated_mu(motion.beam, 10.0, 23.0, parts=400) / MU == pytest.approx(0.03, abs=0.001)


def test_less_than_closed_leaves_let_through_is_refused() -> None:
    with pytest.raises(BridgeError, match="closed leaves let through"):
        sliding_window(beam_with(np.full((8, 40), 0.002)), MU)
