"""Objectives: their derivatives by finite differences, and what they count."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.planning.imrt.objectives import PROSTATE, DosePenalty, FallOff, Goals, Objective, roughness
from esapi_bridge.planning.imrt.sample_points import SamplePoints

POINTS = SamplePoints(
    points_mm=np.zeros((6, 3)),
    members={"PTV": np.array([0, 1]), "Rectum": np.array([2, 3]), "BODY": np.arange(6)},
    to_target_mm=np.array([0.0, 0.0, 3.0, 12.5, 30.0, 80.0]),
    volume_mm3=np.array([1.0, 3.0, 2.0, 2.0, 1.0, 8.0]),
)
NO_FALL_OFF = FallOff(weight=0.0)


def test_derivative_of_the_penalty() -> None:
    penalty = DosePenalty(PROSTATE, POINTS, 2.2)
    dose = np.array([2.0, 2.4, 2.1, 1.9, 1.3, 0.9])
    _, gradient = penalty.value_and_gradient(dose)
    for index in range(dose.size):
        step = np.zeros(dose.size)
        step[index] = 1e-5
        numeric = (penalty.value_and_gradient(dose + step)[0] - penalty.value_and_gradient(dose - step)[0]) / 2e-5
        assert gradient[index] == pytest.approx(numeric, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        (Objective("PTV", 1.0, 8.0, lower=True), 8 * (0.25 * 0.1**2 + 0.75 * 0.2**2)),
        (Objective("PTV", 1.0, 8.0, lower=True, upper=False), 8 * 0.25 * 0.1**2),
        (Objective("PTV", 1.0, 8.0), 8 * 0.75 * 0.2**2),
        (Objective("Bowel", 0.0, 8.0), 0.0),
    ],
)
def test_objectives_count_departures_by_volume(goal: Objective, expected: float) -> None:
    penalty = DosePenalty(Goals((goal,), NO_FALL_OFF, 0.0, 0.0), POINTS, 2.0)
    value, _ = penalty.value_and_gradient(np.array([1.8, 2.4, 0.0, 0.0, 0.0, 0.0]))
    assert value == pytest.approx(expected)


def test_dose_may_fall_off_with_distance() -> None:
    fall_off = FallOff(start=1.0, end=0.4, start_mm=2.0, per_mm=0.1)
    found = fall_off.limits(np.array([0.0, 2.0, 12.0, 500.0]))
    np.testing.assert_allclose(found, [1.0, 1.0, 0.4 + 0.6 / np.e, 0.4])


def test_roughness_counts_steps_between_pixels_that_count() -> None:
    goals = Goals((), NO_FALL_OFF, smooth_x=2.0, smooth_y=3.0)
    mask = np.array([[True, True, False], [True, True, True]])
    values = np.array([[1.0, 3.0, 0.0], [1.0, 2.0, 2.0]], np.float32)
    value, (gradient,) = roughness([values], [mask], goals)
    assert value == pytest.approx((2.0 * (2**2 + 1**2 + 0) + 3.0 * (0 + 1**2)) / 5)
    for index in np.argwhere(mask):
        step = np.zeros_like(values)
        step[tuple(index)] = 1e-2
        numeric = (roughness([values + step], [mask], goals)[0] - roughness([values - step], [mask], goals)[0]) / 2e-2
        assert gradient[tuple(index)] == pytest.approx(numeric, rel=1e-3, abs=1e-4)
    assert roughness([np.full((2, 3), 7.0, np.float32)], [mask], goals)[0] == 0.0
