"""Jaw-defined fluence: edges where the jaws are, head scatter that grows with the field, blurs that keep energy."""

import numpy as np
import pytest

from esapi_bridge.case import Jaws
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence import blurred, jaw_fluence

MODEL = load_beam_model("10X-FFF")


def test_half_of_the_axis_fluence_lies_under_the_jaw_edges() -> None:
    fluence = jaw_fluence(Jaws(-30.0, 50.0, -20.0, 10.0), MODEL)
    profile = np.interp(np.hypot(fluence.a_mm, 0), MODEL.profile_radius_mm, MODEL.profile)
    row = fluence.values[0, np.argmin(np.abs(fluence.b_mm))] / profile
    inside = row[np.argmin(np.abs(fluence.a_mm - 10.0))]
    for edge in (-30.0, 50.0):
        assert np.interp(edge, fluence.a_mm, row) == pytest.approx(inside / 2, rel=0.02)
    column = fluence.values[0, :, np.argmin(np.abs(fluence.a_mm))]
    assert column[np.argmin(np.abs(fluence.b_mm - 25.0))] < 0.01 * column.max()


def test_axis_fluence_rises_with_field_size() -> None:
    on_axis = [jaw_fluence(Jaws(-w, w, -w, w), MODEL).values.max() for w in (15.0, 50.0, 100.0)]
    assert on_axis == sorted(on_axis)
    assert on_axis[-1] == pytest.approx(1.0, abs=0.002)


def test_blur_keeps_the_energy() -> None:
    fluence = jaw_fluence(Jaws(-40.0, 40.0, -40.0, 40.0), MODEL, margin_mm=120.0)
    for layer in blurred(fluence, (0.0, 3.0, 25.0)).values:
        assert layer.sum() == pytest.approx(fluence.values.sum(), rel=1e-3)
