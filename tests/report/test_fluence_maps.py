"""The picture of fluence maps shows what is where, seen from the source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Beam, FluenceMap
from esapi_bridge.report.fluence_maps import fluence_figure
from tests.cases import open_beam


def with_fluence(number: int, gantry: float, values: np.ndarray) -> Beam:
    return replace(open_beam(number, gantry, 35.0), fluence=FluenceMap(values.astype(np.float32), -20.0, 30.0))


@pytest.fixture
def beams() -> list[Beam]:
    values = np.zeros((20, 12))
    values[2, 3] = 1.0  # X = -12.5 mm, Y = 25 mm
    return [with_fluence(n, 40.0 * n, values * n) for n in (1, 2, 3)]


def test_rows_lie_along_minus_y_and_pixels_where_they_are(beams: list[Beam]) -> None:
    figure = fluence_figure(beams, {})
    maps = [ax for ax in figure.axes if ax.get_visible() and ax.images]
    assert [ax.get_title("left") for ax in maps] == [f"Field {n}\ngantry {40 * n}°" for n in (1, 2, 3)]
    for ax, one in zip(maps, beams, strict=True):
        (image,) = ax.images
        assert tuple(image.get_extent()) == (-21.25, 8.75, -18.75, 31.25)  # edges of 12 x 20 pixels of 2.5 mm
        assert image.origin == "upper"  # the first row, the largest Y, is on top
        assert one.fluence is not None
        assert np.array_equal(np.asarray(image.get_array()), one.fluence.values)
        assert image.get_clim() == (0, 3)  # one scale for all
        left, right = ax.get_xlim()
        low, high = ax.get_ylim()
        assert left < -12.5 < right
        assert low < 25 < high


def test_the_difference_is_network_minus_clinical(beams: list[Beam]) -> None:
    """The clinical map of beam 2 lies on other pixels: shifted by one along X."""
    clinical = {b.number: b.fluence for b in beams if b.fluence is not None}
    clinical[2] = replace(clinical[2], x_origin_mm=-17.5)
    figure = fluence_figure(beams, clinical)
    drawn = [ax for ax in figure.axes if ax.get_visible() and ax.images]
    assert len(drawn) == 9
    differences = [np.asarray(ax.images[0].get_array()) for ax in drawn if ax.images[0].cmap.name == "RdBu_r"]
    assert len(differences) == 3
    assert not differences[0].any()
    assert differences[1][2, 3] == 2.0
    assert differences[1][2, 4] == -2.0


def test_a_beam_without_clinical_map_says_so(beams: list[Beam]) -> None:
    assert beams[0].fluence is not None
    figure = fluence_figure(beams, {1: beams[0].fluence})
    assert sum(text.get_text() == "none" for ax in figure.axes for text in ax.texts) == 4


def test_nine_fields_take_two_lines() -> None:
    figure = fluence_figure([with_fluence(n, 40.0 * n, np.ones((4, 4))) for n in range(1, 10)], {})
    assert sum(ax.get_visible() and bool(ax.images) for ax in figure.axes) == 9
