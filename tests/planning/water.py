"""A water cylinder to plan on, and engines simple enough to know what they must give."""

from __future__ import annotations

import numpy as np

from esapi_bridge.case import Beam, Dose, DoseKind, DoseMedium, Grid, Unit, Volume
from esapi_bridge.planning.engines import Engines
from esapi_bridge.planning.subject import Subject

RADIUS_MM = 60.0


def water_cylinder(length_mm: float = 120.0, radius_mm: float = RADIUS_MM) -> Subject:
    """Water cylinder along z with a 2 cm ball as target."""
    spacing = (2.5, 3.0, 4.0)
    half_mm = radius_mm + 20.0
    size = (int(2 * half_mm / spacing[0]), int(2 * half_mm / spacing[1]) + 1, int(length_mm / spacing[2]))
    origin = (-half_mm, -half_mm - 1.0, -length_mm / 2)
    grid = Grid(size, spacing, origin)
    x, y, z = (grid.coordinates_mm(axis) for axis in range(3))
    inside = np.broadcast_to(np.hypot(x[None, :], y[:, None]) < radius_mm, grid.shape)
    ball = x[None, None, :] ** 2 + y[None, :, None] ** 2 + z[:, None, None] ** 2 < 20.0**2
    ct = Volume(np.where(inside, 0.0, -1000.0).astype(np.float32), grid, Unit.HU)
    return Subject("ct", ct, inside.copy(), ball)


def box_engine(ct: Volume, beam: Beam, grid: Grid, patient_position: str) -> Dose:
    """1 Gy where |z - isocentre| is within the Y jaws (for collimator 0), 0.01 Gy elsewhere."""
    assert patient_position
    assert ct.unit is Unit.HU
    jaws = beam.control_points[0].jaws
    z = grid.coordinates_mm(2) - beam.isocentre_mm[2]
    inside = (z >= jaws.y1_mm) & (z <= jaws.y2_mm)
    values = np.broadcast_to(np.where(inside, 1.0, 0.01)[:, None, None], grid.shape).astype(np.float32)
    return Dose(Volume(values, grid, Unit.GY), DoseKind.BEAM, beam.number, "box", DoseMedium.WATER)


ENGINES = Engines(coarse=box_engine, fine=box_engine)
