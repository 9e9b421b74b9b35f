"""Transport of both releases against what a diverging beam and energy conservation demand."""

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Grid, PatientPosition
from esapi_bridge.case.beam_frame import BeamFrame, beam_frame
from esapi_bridge.planning.commission.water import open_field
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.collapsed_cone import carried
from esapi_bridge.planning.physics.kernel import PointKernel

FORWARD = PointKernel(
    cones=np.array([1]),
    first_polar_rad=np.array([0.0]),
    polar_rad=np.array([0.0]),
    first_amplitude=np.array([[0.5, 0.0]]),
    first_rate=np.array([[0.5, 0.5]]),
    turning_share=0.0,
    amplitude=np.zeros((1, 3)),
    rate=np.ones((1, 3)),
    share_energy_mev=np.array([1.0, 2.0]),
    share=np.array([1.0, 1.0]),
)
"""Electrons that fly straight on, 2 g/cm2 on average."""


def frame_from_far(distance_mm: float) -> BeamFrame:
    """The frame of a field from anterior whose source is that far from the surface ``y = 0``."""
    near = beam_frame(open_field(100.0), PatientPosition.HFS)
    return replace(near, source_mm=np.array([0.0, -distance_mm, 0.0]), sad_mm=distance_mm)


def test_electrons_fly_apart_as_the_beam_does() -> None:
    """Set free in one layer of lung, they are spread by the inverse square of where they arrive."""
    grid = Grid((3, 120, 3), (2.5, 2.5, 2.5), (-2.5, 1.25, -2.5))
    rho = np.full(grid.shape, 0.25, dtype=np.float32)
    terma = np.zeros((2, *grid.shape), dtype=np.float32)
    terma[0, :, 0] = 1.0
    deep = carried(rho, terma, FORWARD, frame_from_far(1000.0), grid)[1, :, 1]
    depth_mm = grid.coordinates_mm(1)
    expected = np.exp(-0.5 * 0.25 * depth_mm / 10.0) / (1000.0 + depth_mm) ** 2
    np.testing.assert_allclose(deep[1:] / deep[1], expected[1:] / expected[1], rtol=1e-3)


def test_energy_is_kept_by_two_legs_in_tissue_of_varied_density() -> None:
    """In a parallel beam all energy given to electrons stays in a block that is large beside their range."""
    grid = Grid((64, 64, 64), (2.5, 2.5, 2.5), (-78.75, 1.25, -78.75))
    rho = np.random.default_rng(2).uniform(0.7, 1.3, grid.shape).astype(np.float32)
    terma = np.zeros((2, *grid.shape), dtype=np.float32)
    terma[0, 28:36, 20:28, 28:36] = 1.0
    kernel = load_beam_model("10X-FFF").kernel
    dose = carried(rho, terma, kernel, frame_from_far(1e7), grid)
    assert (dose * rho).sum() == pytest.approx((terma[0] * rho).sum(), rel=5e-3)
