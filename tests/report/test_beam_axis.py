from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import ControlPoint, Jaws
from esapi_bridge.errors import BridgeError
from esapi_bridge.report.beam_axis import beam_directions
from tests.report.synthetic import beam

R, L, A, P, H, F = (-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1)


@pytest.mark.parametrize(
    ("position", "gantry", "couch", "source"),
    [
        # Head first supine: from above is from the front; 90 degrees is from the patient's left.
        ("HFS", 0, 0, A),
        ("HFS", 90, 0, L),
        ("HFS", 180, 0, P),
        ("HFS", 270, 0, R),
        ("HFP", 0, 0, P),
        ("HFP", 90, 0, R),
        ("FFS", 0, 0, A),
        ("FFS", 90, 0, R),
        ("FFP", 0, 0, P),
        ("FFP", 90, 0, L),
        # On the right side, the left side is up.
        ("HFDR", 0, 0, L),
        ("HFDL", 0, 0, R),
        # Couch turned counter-clockwise seen from above by 90: the gantry's right side faces the feet.
        ("HFS", 90, 90, F),
        ("HFS", 90, 270, H),
        ("HFS", 0, 90, A),
    ],
)
def test_where_the_source_is(position: str, gantry: float, couch: float, source: tuple[int, int, int]) -> None:
    point = ControlPoint(0, gantry, 0, couch, Jaws(-1, 1, -1, 1))
    to_source, across = beam_directions(replace(beam(1, gantry), control_points=(point,)), position)
    np.testing.assert_allclose(to_source, source, atol=1e-12)
    assert abs(float(to_source @ across)) < 1e-12
    assert np.linalg.norm(across) == pytest.approx(1)


def test_unknown_position_is_named() -> None:
    with pytest.raises(BridgeError, match="SITTING"):
        beam_directions(beam(1, 0), "SITTING")
