"""From Hounsfield units to mass density, and from dose to water to dose to medium."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CALIBRATION_HU = np.array([-1000.0, -100.0, 0.0, 100.0, 1600.0, 3100.0])
CALIBRATION_G_CM3 = np.array([0.00121, 0.93, 1.0, 1.07, 1.96, 2.8])
"""Piecewise linear HU to density curve of the planning system (air, fat, water, soft tissue, bone, its end)."""

MEDIUM_DENSITY_G_CM3 = np.array([0.00121, 0.26, 1.0, 1.07, 1.18, 1.85, 2.8])
MEDIUM_OVER_WATER = np.array([0.97, 0.99, 1.0, 0.99, 0.966, 0.90, 0.87])
"""Stopping-power ratio of medium to water for megavoltage photons by density (air, lung, water, muscle,
spongiosa, cortical bone); after Siebers et al., Phys Med Biol 45 (2000) 983, rounded."""


def density_from_hu(hu: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mass density, g/cm3, of CT values in HU; constant beyond the ends of the calibration."""
    return np.asarray(np.interp(hu, CALIBRATION_HU, CALIBRATION_G_CM3), dtype=np.float32)


def medium_over_water(density_g_cm3: NDArray[np.float32]) -> NDArray[np.float32]:
    """Factor from dose in density-scaled water to dose to medium: the named correction of the label engine."""
    return np.asarray(np.interp(density_g_cm3, MEDIUM_DENSITY_G_CM3, MEDIUM_OVER_WATER), dtype=np.float32)
