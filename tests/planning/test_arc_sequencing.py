"""Leaves of arcs: what they leave open in each sector, against the fluences wanted."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.case import Beam, FluenceMap, Jaws, Technique
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.arc_sequencing import arc_sectors, sequence_arc
from esapi_bridge.planning.fields import open_beam

STEPS = 10
FACTOR = 100.0


def arc() -> Beam:
    """From 330 over 0 to 30 degrees."""
    still = open_beam(1, (0.0, 0.0, 0.0), Jaws(-30, 30, -30, 30), 330.0)
    points = tuple(
        replace(still.control_points[0], gantry_deg=g, meterset_weight=w) for g, w in ((330.0, 0.0), (30.0, 1.0))
    )
    return replace(still, technique=Technique.ARC, control_points=points)


def fluence(amount: float, columns: int = 20) -> FluenceMap:
    """A hill over 6 leaf pairs of 5 mm, 2.5 mm pixels about the axis."""
    across = 0.4 + np.sin(np.linspace(0.3, 2.8, columns))
    values = np.outer(np.repeat([0.5, 1.0, 0.8, 0.6, 1.0, 0.3], 2), across)
    return FluenceMap((amount * values).astype(np.float32), -(columns - 1) * 1.25, 13.75)


def with_fluences(*maps: FluenceMap) -> tuple[Beam, ...]:
    return tuple(replace(sector, fluence=each) for sector, each in zip(arc_sectors(arc()), maps, strict=True))


def exposure(made: Beam, sector: int, fluence: FluenceMap) -> NDArray[np.float64]:
    """Monitor units for which each pixel is open, by counting in small steps."""
    points = made.control_points[sector * STEPS : (sector + 1) * STEPS + 1]
    rows, columns = fluence.values.shape
    x_mm = fluence.x_origin_mm + 2.5 * np.arange(columns)
    assert made.mlc_boundaries_mm is not None
    pair = np.searchsorted(made.mlc_boundaries_mm, fluence.y_origin_mm - 2.5 * np.arange(rows)) - 1
    total = np.zeros((rows, columns))
    for before, after in pairwise(points):
        assert before.leaves_mm is not None
        assert after.leaves_mm is not None
        weight = (after.meterset_weight - before.meterset_weight) * made.meterset_mu / 50
        for part in (np.arange(50) + 0.5) / 50:
            left, right = ((1 - part) * before.leaves_mm + part * after.leaves_mm)[:, pair]
            total += weight * ((x_mm > left[:, None]) & (x_mm < right[:, None]))
    return total


def test_sectors_stand_in_the_middles() -> None:
    assert [sector.control_points[0].gantry_deg for sector in arc_sectors(arc())] == pytest.approx([340.0, 0.0, 20.0])


def test_every_sector_gives_its_fluence_forwards_and_backwards() -> None:
    maps = fluence(0.5), fluence(1.0), fluence(0.2)
    made = sequence_arc(arc(), with_fluences(*maps), FACTOR)
    assert len(made.control_points) == 3 * STEPS + 1
    for number, wanted in enumerate(maps):
        given = exposure(made, number, wanted)[:, 1:-1]
        np.testing.assert_allclose(given, FACTOR * wanted.values[:, 1:-1], atol=0.08 * FACTOR * wanted.values.max())


def test_a_sector_without_fluence_gets_no_monitor_units() -> None:
    one = fluence(1.0)
    made = sequence_arc(arc(), with_fluences(one, replace(one, values=0 * one.values), one), FACTOR)
    weights = [made.control_points[n].meterset_weight for n in (STEPS, 2 * STEPS)]
    assert weights == pytest.approx([0.5, 0.5])
    leaves = np.array([point.leaves_mm for point in made.control_points[STEPS : 2 * STEPS + 1]])
    assert (leaves[:, 1] - leaves[:, 0]).max() == pytest.approx(0.5)


def test_what_cannot_be_delivered_is_refused() -> None:
    with pytest.raises(BridgeError, match="found none"):
        sequence_arc(arc(), arc_sectors(arc()), FACTOR)
    wide = fluence(1.0, columns=64)
    with pytest.raises(BridgeError, match="one position of the carriages"):
        sequence_arc(arc(), with_fluences(wide, wide, wide), FACTOR)
