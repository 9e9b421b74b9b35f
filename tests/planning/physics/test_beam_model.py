"""Quantities derived from a beam model."""

import numpy as np
import pytest

from esapi_bridge.case import Grid, PatientPosition
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.planning.commission.water import open_field
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.raytrace import RadiologicalDepth
from esapi_bridge.planning.vocabulary import Energy

FLATTENED = ("6X", "10X", "15X")

HALF_VALUE_LAYER_AT_10_DEG = 1.0 / (1 + 0.0181 + 0.202 - 0.0942)
"""Relative to the axis: Tailor et al., Med Phys 25 (1998) 662, at 10 degrees off the axis."""


@pytest.mark.parametrize("energy", [e.value for e in Energy])
def test_beams_with_a_flattening_filter_are_softer_off_the_axis(energy: str) -> None:
    model = load_beam_model(energy)
    attenuation = model.softening(np.array([0.0, 1000.0 * np.tan(np.radians(10.0))]))
    assert attenuation[0] == 1.0
    expected = 1.0 / HALF_VALUE_LAYER_AT_10_DEG if energy in FLATTENED else 1.0
    assert attenuation[1] == pytest.approx(expected, abs=1e-6)


def test_a_softer_ray_is_longer_by_its_own_factor_all_the_way() -> None:
    grid = Grid((60, 60, 40), (5.0, 5.0, 5.0), (-147.5, -147.5, -97.5))
    model, frame = load_beam_model("6X"), beam_frame(open_field(200.0), PatientPosition.HFS)
    water = np.ones(grid.shape, np.float32)
    plain, softened = (RadiologicalDepth(water, grid, frame, (-90, 90, -90, 90)) for _ in range(2))
    softened.soften(model)
    at = int(np.argmin(np.abs(plain.a_mm - 80.0))), int(np.argmin(np.abs(plain.b_mm)))
    ratio = softened.g_cm2[at[1], at[0], 40:] / plain.g_cm2[at[1], at[0], 40:]
    np.testing.assert_allclose(ratio, model.softening(np.hypot(plain.a_mm[at[0]], plain.b_mm[at[1]])), rtol=1e-5)
    assert ratio[0] > 1.03
