"""Radiological depth and inverse square against hand calculation."""

import numpy as np
import pytest

from esapi_bridge.case import Beam, ControlPoint, FluenceMode, Grid, Jaws, PatientPosition, Technique
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.planning.physics.fluence import PrimaryFluence
from esapi_bridge.planning.physics.raytrace import RadiologicalDepth, resample, sample_beam

GRID = Grid((80, 80, 80), (2.5, 2.5, 2.5), (-98.75, -98.75, -98.75))
FLAT = PrimaryFluence(np.ones((1, 161, 161), np.float32), np.arange(-80.0, 81.0), np.arange(-80.0, 81.0))


def beam(gantry: float) -> Beam:
    point = ControlPoint(0.0, gantry, 30.0, 0.0, Jaws(-50, 50, -50, 50))
    return Beam(1, "b", "m", 10.0, FluenceMode.FFF, Technique.STATIC, (0.0, 0.0, 0.0), 1000.0, 100.0, (point,))


@pytest.mark.parametrize("gantry", [0.0, 90.0, 217.0])
def test_depth_in_a_uniform_sphere_is_the_chord_to_the_surface(gantry: float) -> None:
    centres = np.stack(np.meshgrid(*[GRID.coordinates_mm(a) for a in (2, 1, 0)], indexing="ij"), axis=-1)
    radius = np.linalg.norm(centres, axis=-1)
    # A partial-volume edge keeps the sphere's surface where it should be.
    density = np.clip((80.0 - radius) / 2.5 + 0.5, 0, 1).astype(np.float32) * 0.8
    frame = beam_frame(beam(gantry), PatientPosition.HFS)
    depth = RadiologicalDepth(density, GRID, frame, (-80, 80, -80, 80))
    primary, radiological = sample_beam(GRID, frame, FLAT, depth)
    for point in ((0.0, 0.0, 0.0), (20.0, -10.0, 15.0), (-31.25, 21.25, 8.75)):
        k, j, i = np.round(GRID.to_index(point))[::-1].astype(int)
        at = GRID.to_patient((i, j, k))
        ray = (at - frame.source_mm) / np.linalg.norm(at - frame.source_mm)
        along = at @ ray
        to_surface = along + np.sqrt(along**2 - at @ at + 80.0**2)
        assert radiological[k, j, i] == pytest.approx(0.8 * to_surface / 10.0, abs=0.03)
        t = (at - frame.source_mm) @ frame.axes[2]
        assert primary[0, k, j, i] == pytest.approx((1000.0 / t) ** 2, rel=1e-4)


def test_resample_reproduces_a_linear_field_on_a_turned_grid() -> None:
    x, y, z = np.meshgrid(*[GRID.coordinates_mm(a) for a in (0, 1, 2)], indexing="ij")
    values = (1.0 + 0.01 * x - 0.02 * y + 0.03 * z).transpose(2, 1, 0).astype(np.float32)
    turned = Grid((10, 12, 14), (3.0, 4.0, 5.0), (20.0, -15.0, 30.0), (-1.0, 0, 0, 0, 0, 1.0, 0, 1.0, 0))
    got = resample(values, GRID, turned)
    k, j, i = np.meshgrid(range(14), range(12), range(10), indexing="ij")
    points = turned.to_patient(np.stack([i, j, k], axis=-1))
    expected = 1.0 + points @ [0.01, -0.02, 0.03]
    assert got == pytest.approx(expected, abs=1e-4)
