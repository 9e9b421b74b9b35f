"""What the pencil beam makes of thin tissue."""

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.planning.commission.water import axis_dose, open_field, slab_phantom, water_phantom
from esapi_bridge.planning.physics import load_beam_model, pencil_beam

MODEL = load_beam_model("10X-FFF")


def test_widening_changes_nothing_in_water() -> None:
    tank = water_phantom(half_width_mm=60.0, depth_mm=100.0, spacing_mm=5.0)
    widened, plain = (
        pencil_beam(tank, open_field(50.0), replace(MODEL, pencil_widening=share), tank.grid).gy for share in (1.0, 0.0)
    )
    assert widened == pytest.approx(plain, abs=1e-6 * float(plain.max()))


def test_widening_moves_dose_sideways_in_lung_and_loses_none() -> None:
    phantom = slab_phantom((50.0, 150.0, 0.25), half_width_mm=180.0, depth_mm=200.0)
    widened, plain = (
        pencil_beam(phantom, open_field(50.0), replace(MODEL, pencil_widening=share), phantom.grid)
        for share in (1.0, 0.0)
    )
    depth, on_axis = axis_dose(widened)
    inside = (depth > 6) & (depth < 14)
    assert (on_axis[inside] < 0.97 * axis_dose(plain)[1][inside]).all()
    planes = np.flatnonzero(inside)
    assert widened.gy[:, planes].sum() == pytest.approx(plain.gy[:, planes].sum(), rel=0.01)
