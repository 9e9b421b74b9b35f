"""Turned volumes hold at every turned point what they held before."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Grid, Unit, Volume
from esapi_bridge.case.resample import sample
from esapi_bridge.commissioning.turned import turned_points, turned_volume

VOLUME = Volume(
    np.random.default_rng(5).normal(size=(3, 4, 6)).astype(np.float32),
    Grid((6, 4, 3), (1.0, 2.0, 3.0), (-7.0, 11.0, 2.0)),
    Unit.HU,
)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_values_follow_their_points(quarters: int) -> None:
    points = VOLUME.grid.to_patient(np.random.default_rng(6).uniform((0, 0, 0), (5, 3, 2), (200, 3)))
    angle = np.pi / 2 * quarters
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    np.testing.assert_allclose(turned_points(points, quarters), points @ turn.T, atol=1e-12)
    found = sample(turned_volume(VOLUME, quarters), turned_points(points, quarters))
    np.testing.assert_allclose(found, sample(VOLUME, points), atol=1e-5)


def test_four_quarters_are_none() -> None:
    again = turned_volume(turned_volume(VOLUME, 3), 1)
    assert again.grid == VOLUME.grid
    assert np.array_equal(again.values, VOLUME.values)
