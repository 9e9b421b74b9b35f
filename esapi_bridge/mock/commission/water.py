"""Water phantoms and open fields, the set-up of beam data measurements."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, ControlPoint, Dose, FluenceMode, Grid, Jaws, Unit, Volume


def water_phantom(half_width_mm: float = 200.0, depth_mm: float = 400.0, spacing_mm: float = 2.5) -> Volume:
    """A water tank whose surface is the plane ``y = 0``; depth runs along +y (posterior)."""
    across, deep = round(2 * half_width_mm / spacing_mm), round(depth_mm / spacing_mm)
    grid = Grid(
        size=(across, deep, across),
        spacing_mm=(spacing_mm,) * 3,
        origin_mm=(-half_width_mm + spacing_mm / 2, spacing_mm / 2, -half_width_mm + spacing_mm / 2),
    )
    return Volume(values=np.zeros(grid.shape, dtype=np.float32), grid=grid, unit=Unit.HU)


def open_field(width_mm: float, ssd_mm: float = 1000.0, meterset_mu: float = 1.0) -> Beam:
    """A square field from anterior whose axis meets the surface at the origin."""
    jaws = Jaws(-width_mm / 2, width_mm / 2, -width_mm / 2, width_mm / 2)
    return Beam(
        number=1, name="open", machine="TrueBeam-like", energy_mv=10.0, fluence_mode=FluenceMode.FFF,
        technique="STATIC", isocentre_mm=(0.0, 1000.0 - ssd_mm, 0.0), sad_mm=1000.0, meterset_mu=meterset_mu,
        control_points=(ControlPoint(0.0, 0.0, 0.0, 0.0, jaws),),
    )  # fmt: skip


def axis_dose(dose: Dose) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth, cm, and dose, Gy, along the field axis of a phantom from `water_phantom` (mean of the four central voxels)."""
    middle = dose.grid.size[2] // 2
    centre = dose.gy[middle - 1 : middle + 1, :, middle - 1 : middle + 1].mean(axis=(0, 2))
    return dose.grid.coordinates_mm(1) / 10.0, centre.astype(np.float64)
