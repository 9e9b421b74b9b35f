"""Water phantoms and open fields, the set-up of beam data measurements."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, ControlPoint, Dose, FluenceMode, Grid, Jaws, Technique, Unit, Volume
from esapi_bridge.planning.physics.density import CALIBRATION_G_CM3, CALIBRATION_HU
from esapi_bridge.planning.physics.fluence import PIXEL_MM, PrimaryFluence


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
        technique=Technique.STATIC, isocentre_mm=(0.0, 1000.0 - ssd_mm, 0.0), sad_mm=1000.0, meterset_mu=meterset_mu,
        control_points=(ControlPoint(0.0, 0.0, 0.0, 0.0, jaws),),
    )  # fmt: skip


def slab_phantom(
    slab: tuple[float, float, float] | None, half_width_mm: float = 200.0, depth_mm: float = 400.0
) -> Volume:
    """A water tank with a slab: depth from, depth to (mm) and density (g/cm3); plain water for None."""
    tank = water_phantom(half_width_mm, depth_mm)
    if slab is None:
        return tank
    depth = tank.grid.coordinates_mm(1)
    hu = tank.values.copy()
    hu[:, (depth > slab[0]) & (depth < slab[1])] = np.interp(slab[2], CALIBRATION_G_CM3, CALIBRATION_HU)
    return Volume(values=hu, grid=tank.grid, unit=Unit.HU)


def flat_field(width_mm: float, margin_mm: float = 12.0) -> PrimaryFluence:
    """Uniform fluence with sharp edges from a point source, as the Monte Carlo reference has."""
    centres = np.arange(-width_mm / 2 - margin_mm, width_mm / 2 + margin_mm + PIXEL_MM / 2, PIXEL_MM)
    # Each pixel holds the share of it that lies in the field.
    share = np.clip((width_mm / 2 - np.abs(centres)) / PIXEL_MM + 0.5, 0.0, 1.0)
    return PrimaryFluence(values=np.outer(share, share)[None].astype(np.float32), a_mm=centres, b_mm=centres)


def axis_dose(dose: Dose, half_width_mm: float | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth, cm, and dose, Gy, along the field axis of a phantom from `water_phantom`.

    The mean of the voxels within `half_width_mm` of the axis, by default of the four central ones.
    """
    middle = dose.grid.size[2] // 2
    reach = 1 if half_width_mm is None else max(1, round(half_width_mm / dose.grid.spacing_mm[0]))
    core = slice(middle - reach, middle + reach)
    centre = dose.gy[core, :, core].mean(axis=(0, 2))
    return dose.grid.coordinates_mm(1) / 10.0, centre.astype(np.float64)
