"""Fluence behind leaves: as behind jaws where both have one shape, and of moving leaves by brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Beam, ControlPoint, Jaws
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.mlc import MILLENNIUM_120
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence import jaw_fluence
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
    found = beam_fluence(leafy(*[(-50.0, 50.0)] * points), MODEL, margin_mm=20.0)
    expected = jaw_fluence(Jaws(-50.0, 50.0, -50.0, 50.0), MODEL, margin_mm=70.0)
    np.testing.assert_allclose(found.values, expected.values, atol=1e-6)


def test_open_leaves_behind_jaws_change_nothing() -> None:
    jaws = Jaws(-30.0, 40.0, -20.0, 50.0)
    found = beam_fluence(leafy((-90.0, 90.0), jaws=jaws, pairs=slice(0, 60)), MODEL)
    np.testing.assert_allclose(found.values, jaw_fluence(jaws, MODEL).values, atol=1e-6)


def test_moving_leaves_give_the_mean_of_their_positions() -> None:
    steps = 200
    found = beam_fluence(leafy((-60.0, -30.0), (10.0, 20.0)), MODEL)
    a, b = found.a_mm, found.b_mm
    total = np.zeros(a.size)
    for share in (np.arange(steps) + 0.5) / steps:
        x1, x2 = -60.0 + 70.0 * share, -30.0 + 50.0 * share
        part = jaw_fluence(Jaws(x1, x2, -50.0, 50.0), MODEL, margin_mm=150.0)
        total += np.interp(a, part.a_mm, part.values[0, np.argmin(np.abs(part.b_mm))]) / steps
    np.testing.assert_allclose(found.values[0, np.argmin(np.abs(b))], total, atol=2e-3)


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
