"""Figures of one map against another, on maps whose answers can be written down."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import FluenceMap
from esapi_bridge.tasks.fluence.figures import fluence_figures, on_common_pixels


def hill(scale: float = 1.0, x_mm: float = -38.75, y_mm: float = 36.25) -> FluenceMap:
    y, x = np.mgrid[0:30, 0:32]
    values = scale * np.exp(-(((x - 15) / 9) ** 2) - ((y - 14) / 7) ** 2)
    return FluenceMap(values.astype(np.float32), x_mm, y_mm)


def test_equal_maps() -> None:
    found = fluence_figures(hill(), hill(), 100.0)
    assert found.mean_error_fractional_mu == 0
    assert found.ssim == pytest.approx(1)
    assert (found.gamma_percent, found.sum_error_percent) == (100.0, 0.0)


def test_one_tenth_too_much() -> None:
    found = fluence_figures(hill(1.1), hill(), 200.0)
    assert found.sum_error_percent == pytest.approx(10, abs=1e-3)
    # 0.1 of the hill over the paper's frame of 160 x 160 pixels, 200 MU for 1, in units of 100 MU.
    assert found.mean_error_fractional_mu == pytest.approx(0.1 * hill().values.sum() / 160**2 * 2, rel=1e-4)
    assert found.gamma_percent < 100
    assert found.ssim < 1


def test_two_millimetres_aside_pass_gamma_but_are_an_error() -> None:
    found = fluence_figures(replace(hill(), x_origin_mm=-36.75), hill(), 100.0)
    assert found.gamma_percent == 100.0
    assert found.sum_error_percent == pytest.approx(0, abs=0.5)
    assert found.mean_error_fractional_mu > 0


def test_without_a_commissioned_factor_there_is_no_error_in_fractional_mu() -> None:
    found = fluence_figures(hill(1.1), hill())
    assert math.isnan(found.mean_error_fractional_mu)
    assert found.sum_error_percent == pytest.approx(10, abs=1e-3)


def test_maps_of_other_size_are_laid_where_they_are() -> None:
    """One pixel at X = -12.5 mm, Y = 20 mm in either map."""
    one = np.zeros((10, 12), np.float32)
    one[2, 3] = 1.0
    other = np.zeros((20, 8), np.float32)
    other[6, 1] = 1.0
    a, b = on_common_pixels(FluenceMap(one, -20.0, 25.0), FluenceMap(other, -15.0, 35.0))
    assert a.shape == b.shape == (20, 12)
    assert np.argwhere(a == 1).tolist() == np.argwhere(b == 1).tolist() == [[6, 3]]


def test_an_empty_reference_has_no_share() -> None:
    empty = replace(hill(), values=np.zeros((30, 32), np.float32))
    found = fluence_figures(hill(), empty, 100.0)
    assert math.isnan(found.sum_error_percent)
    assert math.isnan(found.gamma_percent)
