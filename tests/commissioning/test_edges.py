"""Penumbra, tail and output of fields with edges in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import erf
from scipy.stats import norm

from esapi_bridge.commissioning.compared import Compared
from esapi_bridge.commissioning.edges import Edges, edge_figures, side_mm
from esapi_bridge.commissioning.quantities import OUTPUT, PENUMBRA_PLACE, PENUMBRA_WIDTH, TAIL
from tests.cases import grid_around
from tests.commissioning.fields import HALF_MM, Points, compared

GRID = grid_around((1.25, 10.0, 2.5), (90.0, 110.0, 90.0))
"""Fine across, where the edge is looked at."""


def field(
    sigma_mm: float, half_mm: float = HALF_MM, level: float = 1.0, tail: float = 0.01
) -> Callable[[Points], np.ndarray]:
    """Gaussian edges along x and z; no divergence."""

    def dose(points: Points) -> np.ndarray:
        sides = [
            (erf((v + half_mm) / (np.sqrt(2) * sigma_mm)) - erf((v - half_mm) / (np.sqrt(2) * sigma_mm))) / 2
            for v in (points[..., 0], points[..., 2])
        ]
        return np.asarray(level * (sides[0] * sides[1] + tail))

    return dose


def measured(reference: Callable[[Points], np.ndarray], network: Callable[[Points], np.ndarray]) -> Edges:
    found: Compared = compared(reference, network, grid=GRID)
    assert found.beam is not None
    return edge_figures(found, found.beam)


def test_equal_doses_differ_nowhere() -> None:
    found = measured(field(3.0), field(3.0))
    assert found.figures == {OUTPUT: 0, PENUMBRA_WIDTH: 0, PENUMBRA_PLACE: 0, TAIL: 0}
    assert found.output_percent == 0


def test_the_width_of_a_penumbra_is_that_of_its_gaussian() -> None:
    """80 to 20 % of an edge blurred by a normal distribution lie 2 x 0.8416 standard deviations apart."""
    found = measured(field(3.5, tail=0.0005), field(5.5, tail=0.0005))
    assert found.figures[PENUMBRA_WIDTH] == pytest.approx(2 * norm.ppf(0.8) * 2.0, abs=0.15)
    assert found.figures[PENUMBRA_PLACE] == pytest.approx(0, abs=0.1)


def test_an_edge_that_is_elsewhere_is_found_by_how_much() -> None:
    found = measured(field(3.5), field(3.5, HALF_MM + 1.5))
    assert found.figures[PENUMBRA_PLACE] == pytest.approx(1.5, abs=0.1)
    assert found.figures[PENUMBRA_WIDTH] == pytest.approx(0, abs=0.1)


def test_output_keeps_its_sign_and_the_tail_is_of_the_maximum() -> None:
    found = measured(field(3.0), field(3.0, level=0.97))
    assert found.output_percent == pytest.approx(-3, abs=0.01)
    assert found.figures[OUTPUT] == pytest.approx(3, abs=0.01)
    higher = measured(field(3.0), field(3.0, tail=0.05))
    assert higher.figures[TAIL] == pytest.approx(100 * 0.04 / 1.01, rel=0.05)


def test_the_edge_of_the_patient_is_no_penumbra() -> None:
    cut = lambda points: np.where(np.abs(points[..., 0]) < 45, field(3.0)(points), 0.0)
    along_z_only = measured(cut, lambda points: cut(points) * np.where(np.abs(points[..., 0]) > 38, 0.5, 1.0))
    assert along_z_only.figures[PENUMBRA_WIDTH] == pytest.approx(0, abs=1e-6)


def test_a_field_blocked_in_the_middle_has_no_output() -> None:
    blocked = lambda points: np.where(np.abs(points[..., 0]) < 10, 0.1, 1.0) * field(3.0)(points)
    assert measured(blocked, blocked) == Edges({}, None)


def test_the_side_of_the_square_of_equal_area() -> None:
    found = compared(field(3.0), field(3.0))
    assert found.beam is not None
    assert side_mm(found.beam) == 2 * HALF_MM
