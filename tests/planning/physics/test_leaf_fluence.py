"""Fluence behind leaves: as behind jaws where both have one shape, and of moving leaves by brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.case import Beam, ControlPoint, Jaws
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.mlc import IDEAL_LEAVES, MILLENNIUM_120, Leakage
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence import PrimaryFluence, jaw_fluence
from esapi_bridge.planning.physics.leaf_fluence import beam_fluence

MODEL = load_beam_model("10X-FFF")
WIDE = Jaws(-100.0, 100.0, -100.0, 100.0)


def leafy(*leaves: tuple[float, float], jaws: Jaws = WIDE, pairs: slice = slice(20, 40)) -> Beam:
    """A beam whose open pairs have the given positions at successive control points; the others are closed."""
    points = []
    for index, (x1, x2) in enumerate(leaves):
        positions = np.full((2, 60), jaws.x1_mm - 5.0)
        positions[0, pairs], positions[1, pairs] = x1, x2
        points.append(ControlPoint(index / max(len(leaves) - 1, 1), 0.0, 0.0, 0.0, jaws, positions))
    beam = open_beam(1, (0.0, 0.0, 0.0), jaws, 0.0)
    return replace(beam, control_points=tuple(points), mlc_boundaries_mm=MILLENNIUM_120.boundaries_mm)


def test_without_leaves_the_jaws_shape_the_field() -> None:
    beam = open_beam(1, (0.0, 0.0, 0.0), Jaws(-30.0, 40.0, -20.0, 50.0), 0.0)
    found = beam_fluence(beam, MODEL)
    np.testing.assert_array_equal(found.values, jaw_fluence(beam.control_points[0].jaws, MODEL).values)


@pytest.mark.parametrize("points", [1, 2])
def test_leaves_around_a_square_act_as_jaws(points: int) -> None:
    found = beam_fluence(leafy(*[(-50.0, 50.0)] * points), MODEL, margin_mm=20.0, leakage=IDEAL_LEAVES)
    expected = jaw_fluence(Jaws(-50.0, 50.0, -50.0, 50.0), MODEL, margin_mm=70.0)
    np.testing.assert_allclose(found.values, expected.values, atol=1e-6)


@pytest.mark.parametrize("points", [1, 2])
def test_what_leaves_let_through_around_a_square(points: int) -> None:
    """Tips act half the leaf gap wider, sides a tongue narrower, and a share passes everywhere between the jaws."""
    leakage = Leakage(transmission=0.02, leaf_gap_mm=1.6, tongue_mm=0.4)
    found = beam_fluence(leafy(*[(-50.0, 50.0)] * points), MODEL, margin_mm=20.0, leakage=leakage)
    square = jaw_fluence(Jaws(-50.8, 50.8, -49.6, 49.6), MODEL, margin_mm=70.0)
    inside = np.ix_(np.isin(square.b_mm, found.b_mm), np.isin(square.a_mm, found.a_mm))
    expected = 0.98 * square.values[0][inside] + 0.02 * jaw_fluence(WIDE, MODEL, margin_mm=20.0).values[0]
    np.testing.assert_allclose(found.values[0], expected, atol=1e-6)


def test_a_joint_is_open_while_both_of_its_pairs_are() -> None:
    """Upper pairs open for the first half of the meterset, lower ones for the second: the joint sees nothing."""
    upper, lower = (np.full((2, 60), -105.0) for _ in range(2))
    upper[:, 30:40], lower[:, 20:30] = [[-50.0], [50.0]], [[-50.0], [50.0]]
    beam = leafy((-50.0, 50.0))
    points = tuple(
        replace(beam.control_points[0], meterset_weight=weight, leaves_mm=leaves)
        for weight, leaves in ((0.0, upper), (0.5, upper), (0.5, lower), (1.0, lower))
    )
    found = beam_fluence(replace(beam, control_points=points), MODEL, leakage=Leakage(0.0, 0.0, 2.0))

    def profile(fluence: PrimaryFluence) -> NDArray[np.float64]:
        return np.interp(found.b_mm, fluence.b_mm, fluence.values[0, :, np.argmin(np.abs(fluence.a_mm))])

    # The sides of a pair whose neighbour is closed are narrowed as well: 48 mm here.
    expected = sum(
        profile(jaw_fluence(Jaws(-50.0, 50.0, *y), MODEL, margin_mm=170.0)) / 2 for y in ((2.0, 48.0), (-48.0, -2.0))
    )
    np.testing.assert_allclose(profile(found), expected, atol=1e-6)


def test_closed_leaves_let_the_transmission_of_their_energy_through() -> None:
    inside = slice(60, -60)
    for energy in ("6X", "6X-FFF", "10X-FFF", "15X"):
        model = load_beam_model(energy)
        found = beam_fluence(leafy((-150.0, -150.0)), model).values[0]
        open_field = jaw_fluence(WIDE, model).values[0]
        share = found[inside, inside] / open_field[inside, inside]
        np.testing.assert_allclose(share, MILLENNIUM_120.leakage(energy).transmission, rtol=1e-4)
    assert MILLENNIUM_120.leakage("8X") == MILLENNIUM_120.leakage("6X")


def test_open_leaves_behind_jaws_change_nothing() -> None:
    jaws = Jaws(-30.0, 40.0, -20.0, 50.0)
    found = beam_fluence(leafy((-90.0, 90.0), jaws=jaws, pairs=slice(0, 60)), MODEL)
    np.testing.assert_allclose(found.values, jaw_fluence(jaws, MODEL).values, atol=1e-6)


def test_moving_leaves_give_the_mean_of_their_positions() -> None:
    steps = 200
    found = beam_fluence(leafy((-60.0, -30.0), (10.0, 20.0)), MODEL, leakage=IDEAL_LEAVES)
    a, b = found.a_mm, found.b_mm
    total = np.zeros(a.size)
    for share in (np.arange(steps) + 0.5) / steps:
        x1, x2 = -60.0 + 70.0 * share, -30.0 + 50.0 * share
        part = jaw_fluence(Jaws(x1, x2, -50.0, 50.0), MODEL, margin_mm=150.0)
        total += np.interp(a, part.a_mm, part.values[0, np.argmin(np.abs(part.b_mm))]) / steps
    np.testing.assert_allclose(found.values[0, np.argmin(np.abs(b))], total, atol=2e-3)


def test_jaws_may_move_while_the_beam_is_off() -> None:
    """Two carriage groups give what two beams would, each with its share of the meterset."""
    left, right = Jaws(-80.0, 10.0, -40.0, 40.0), Jaws(-10.0, 90.0, -40.0, 40.0)
    one, other = leafy((-60.0, -30.0), (-20.0, 5.0), jaws=left), leafy((0.0, 20.0), (50.0, 70.0), jaws=right)
    weights = (0.0, 0.3, 0.3, 1.0)
    points = [
        replace(p, meterset_weight=w) for p, w in zip(one.control_points + other.control_points, weights, strict=True)
    ]
    found = beam_fluence(replace(one, control_points=tuple(points)), MODEL)
    wanted = np.zeros(found.values.shape)
    for beam, share in ((one, 0.3), (other, 0.7)):
        alone = beam_fluence(beam, MODEL, margin_mm=150.0)
        rows, columns = (np.searchsorted(a, b) for a, b in ((alone.b_mm, found.b_mm), (alone.a_mm, found.a_mm)))
        wanted += share * alone.values[:, rows][:, :, columns]
    np.testing.assert_allclose(found.values, wanted, atol=1e-4)


def test_jaw_tracking_and_half_an_mlc_are_refused() -> None:
    beam = leafy((-10.0, 10.0), (0.0, 20.0))
    first, last = beam.control_points
    tracking = replace(beam, control_points=(first, replace(last, jaws=Jaws(-50, 50, -50, 50))))
    with pytest.raises(ValueError, match="jaw tracking"):
        beam_fluence(tracking, MODEL)
    with pytest.raises(ValueError, match="every control point"):
        beam_fluence(replace(beam, control_points=(first, replace(last, leaves_mm=None))), MODEL)
    with pytest.raises(ValueError, match="boundaries"):
        beam_fluence(replace(beam, mlc_boundaries_mm=None), MODEL)
