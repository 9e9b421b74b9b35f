"""Jaws and leaves around a structure: row 55."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from esapi_bridge.case import PatientPosition
from esapi_bridge.case.beam_frame import beam_frame
from tests.mock.esapi.patients import make_case

Rows = dict[int, dict[str, Any]]

BOUNDARIES_MM = np.concatenate([np.arange(-200, -100, 10), np.arange(-100, 100, 5), np.arange(100, 201, 10)])
"""Of a Millennium MLC, which 60 leaf pairs are taken for."""


def _seen(gantry_deg: float, collimator_deg: float, couch_deg: float, margins_mm: list[float]) -> NDArray[np.float64]:
    """Points all over a box and its margins (x1, y1, x2, y2), of which the outermost are those of the shape."""
    case = make_case()
    contours = np.concatenate(case.structures[0].contours_mm)
    half = np.array([0.0, 0.0, case.ct.grid.spacing_mm[2] / 2])
    low, high = contours.min(axis=0) - half, contours.max(axis=0) + half
    corners = np.array(list(product(*zip(low, high, strict=True))))
    beam = case.plan.beams[0]
    point = replace(beam.control_points[0], gantry_deg=gantry_deg, collimator_deg=collimator_deg, couch_deg=couch_deg)
    ends = beam_frame(replace(beam, control_points=(point,)), PatientPosition.HFS).project(corners)
    part = np.linspace(0, 1, 201)[:, None]
    lines = np.concatenate([a + (b - a) * part for a, b in combinations(ends, 2)])
    angle = np.linspace(0, 2 * np.pi, 181)
    x1, y1, x2, y2 = margins_mm
    across, along = np.cos(angle), np.sin(angle)
    around = np.stack([across * np.where(across < 0, x1, x2), along * np.where(along < 0, y1, y2)], axis=1)
    return np.asarray((lines[:, None] + around).reshape(-1, 2))


def _expected_leaves(points: NDArray[np.float64]) -> NDArray[np.float64]:
    leaves = np.full((2, len(BOUNDARIES_MM) - 1), points[:, 0].min())
    for pair, (low, high) in enumerate(pairwise(BOUNDARIES_MM)):
        x = points[(points[:, 1] > low) & (points[:, 1] < high), 0]
        if len(x):
            leaves[:, pair] = x.min(), x.max()
    return leaves


def test_row_55_jaws_and_leaves_go_around_what_the_beam_sees(seen: Rows) -> None:
    (straight_jaws, straight), (turned_jaws, turned), (jaws, _), _ = seen[55]["fitted"]
    for found, points in ((straight, _seen(0, 0, 0, [4, 2, 3, 5])), (turned, _seen(90, 30, 20, [4, 2, 3, 5]))):
        expected = _expected_leaves(points)
        assert np.count_nonzero(expected[0] < expected[1]) >= 3
        np.testing.assert_allclose(found, expected, atol=0.2)
    points = _seen(0, 0, 0, [4, 2, 3, 5])
    assert straight_jaws == pytest.approx([*points.min(axis=0), *points.max(axis=0)], abs=0.01)
    expected = _expected_leaves(_seen(90, 30, 20, [4, 2, 3, 5]))
    pairs = np.flatnonzero(expected[0] < expected[1])
    opening = [expected[0].min(), BOUNDARIES_MM[pairs[0]], expected[1].max(), BOUNDARIES_MM[pairs[-1] + 1]]
    assert turned_jaws == pytest.approx(opening, abs=0.2)
    (x1, y1), (x2, y2) = (f(_seen(90, 30, 20, [7] * 4)) for f in (lambda p: p.min(axis=0), lambda p: p.max(axis=0)))
    x = max(-x1, x2)
    assert jaws == pytest.approx([-x, y1, x, y2], abs=0.01)


def test_row_55_leaves_go_around_an_outline(seen: Rows) -> None:
    jaws, leaves = seen[55]["fitted"][3]
    is_open = (BOUNDARIES_MM[:-1] >= -10) & (BOUNDARIES_MM[1:] <= 15)
    np.testing.assert_array_equal(leaves, [np.where(is_open, -21, 6), np.where(is_open, 33, 6)])
    assert jaws == [-21, -10, 33, 15]


def test_row_55_outlines_are_those_of_the_projected_contours(seen: Rows) -> None:
    for collimator_deg, found in zip((30, 0), seen[55]["outlines"], strict=True):
        (outline,) = map(np.array, found)
        hull = ConvexHull(_seen(90, collimator_deg, 20, [0] * 4)[::181])
        beyond = (outline @ hull.equations[:, :2].T + hull.equations[:, 2]).max(axis=1)
        assert np.abs(beyond).max() < 0.25 / 2**0.5 + 1e-6
        x, y = outline.T
        area = abs(np.sum(x * np.roll(y, 1) - y * np.roll(x, 1))) / 2
        assert area == pytest.approx(hull.volume, rel=0.02)
    assert seen[55]["nothing"] == 0


def test_row_55_fits_are_saved_and_drop_the_dose(seen: Rows) -> None:
    assert seen[55]["kept"]
    assert seen[55]["dropped"]
    for found, kept in zip(seen[55]["reopened"], seen[55]["fitted"], strict=True):
        np.testing.assert_allclose(found[0], kept[0], atol=1e-9)
        np.testing.assert_allclose(found[1], kept[1], atol=1e-9)


def test_row_55_what_cannot_be_fitted_is_refused(seen: Rows) -> None:
    mlc, empty, negative, rotation, radiograph = seen[55]["wrong"]
    assert "ApplicationException" in mlc
    assert "ArgumentException" in empty
    assert "ArgumentException" in negative
    assert "NotSupportedException" in rotation
    assert "not in the mock" in rotation
    assert "not in the mock" in radiograph
    assert seen[55]["radiograph"] is None
