"""Densities that the planning system assigns to structures, put into the CT that a network is given."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.plan import Case
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.case.structure import Override, Structure
from esapi_bridge.case.volume import Volume
from esapi_bridge.errors import RefusedError

MASS_G_CM3 = np.array([0.0, 0.001205, 0.26, 1.0, 1.05, 1.92, 2.699])
ELECTRONS = np.array([0.0, 0.00108, 0.2578, 1.0, 1.0404, 1.7806, 2.3425])
"""Mass density and electron density relative to water of air, lung, water, skeletal muscle, cortical bone (ICRU 44) and
aluminium: density times Z/A over that of water (0.55508), Hubbell & Seltzer, NISTIR 5632."""

SAME_HU = 1.0
"""Two assignments that differ by less are one."""

NESTED_SHARE = 0.98
"""Share of a structure within another from which it counts as inside; the rest are voxels of a common surface."""

CT_NUMBER, MASS, ELECTRON = "HU", "REL_MASS_DENSITY", "REL_ELEC_DENSITY"


@dataclass(frozen=True)
class CtCalibration:
    """Piecewise linear curve from CT number to mass density.

    Parameters
    ----------
    hu, g_cm3
        Its points, both rising, HU and g/cm3.
    """

    hu: tuple[float, ...]
    g_cm3: tuple[float, ...]

    def hu_of(self, density_g_cm3: float) -> float:
        """Return the CT number of a density; what is thinner than the first point, such as vacuum, is that point."""
        return float(np.interp(density_g_cm3, self.g_cm3, self.hu))


@dataclass(frozen=True)
class Applied:
    """A structure whose assigned value was put into the CT.

    Parameters
    ----------
    structure
        The structure.
    hu
        CT number it was given.
    voxels
        Number of voxels of the CT that got it.
    """

    structure: Structure
    hu: float
    voxels: int


def fault_of(override: Override, calibration: CtCalibration | None) -> str | None:
    """Say why a value cannot be turned into a CT number; None where it can."""
    if override.quantity not in (CT_NUMBER, MASS, ELECTRON):
        return f"{override.quantity} says no density"
    if override.value is None:
        return f"{override.quantity} without a value"
    if override.quantity == CT_NUMBER:
        return None
    if calibration is None:
        return f"{override.quantity}, and the network's card states no CT calibration"
    top = calibration.g_cm3[-1]
    if not 0 <= _mass_g_cm3(override) <= top:
        return f"{override.quantity} of {override.value:g}, beyond the {top:g} g/cm3 of the CT calibration"
    return None


def hu_of(override: Override, calibration: CtCalibration | None) -> float:
    """Return the CT number that an assigned value stands for; there must be no `fault_of` it.

    Parameters
    ----------
    override
        What is assigned.
    calibration
        Curve by which the network's training turned CT numbers into densities.
    """
    assert override.value is not None
    if override.quantity == CT_NUMBER:
        return override.value
    assert calibration is not None
    return calibration.hu_of(_mass_g_cm3(override))


def apply_overrides(case: Case, calibration: CtCalibration | None) -> tuple[Case, tuple[Applied, ...]]:
    """Give the voxels inside structures the CT number of what is assigned to these.

    Where two assignments overlap the inner structure's holds, as that of a couch's filling within its shell.

    Parameters
    ----------
    case
        The case, its CT along the patient axes; every assigned value can be turned into a CT number.
    calibration
        See `hu_of`.

    Raises
    ------
    RefusedError
        If structures overlap partly with different CT numbers, or cannot be filled.
    """
    assigned = [s for s in case.structures if s.override is not None and s.contours_mm]
    if not assigned:
        return case, ()
    # Indices of the voxels inside, which are few, rather than masks of the whole CT.
    inside = [np.flatnonzero(rasterise(structure, case.ct.grid, case.slice_mm)) for structure in assigned]
    wanted = [hu_of(s.override, calibration) for s in assigned if s.override is not None]
    sizes = [len(voxels) for voxels in inside]
    values = case.ct.values.copy()
    order = sorted(range(len(assigned)), key=lambda n: -sizes[n])
    for place, inner in enumerate(order):
        for outer in order[:place]:
            if abs(wanted[inner] - wanted[outer]) > SAME_HU:
                _require_nested(inside[inner], inside[outer], assigned[inner], assigned[outer])
        values.ravel()[inside[inner]] = wanted[inner]
    applied = tuple(Applied(s, hu, n) for s, hu, n in zip(assigned, wanted, sizes, strict=True))
    return replace(case, ct=Volume(values, case.ct.grid, case.ct.unit)), applied


def describe(override: Override) -> str:
    """Say what is assigned: ``electron density 0.6 relative to water``."""
    what = {MASS: "mass density", ELECTRON: "electron density"}.get(override.quantity)
    value = "none" if override.value is None else f"{override.value:g}"
    return f"{what} {value} relative to water" if what else f"{override.quantity} {value}"


def _mass_g_cm3(override: Override) -> float:
    """Mass density of a relative one; beyond aluminium the last slope goes on, so that metal stays beyond the curve."""
    assert override.value is not None
    if override.quantity == MASS:
        return override.value
    if override.value > ELECTRONS[-1]:
        return float(override.value * MASS_G_CM3[-1] / ELECTRONS[-1])
    return float(np.interp(override.value, ELECTRONS, MASS_G_CM3)) if override.value >= 0 else override.value


def _require_nested(inner: NDArray[np.intp], outer: NDArray[np.intp], one: Structure, other: Structure) -> None:
    shared = len(np.intersect1d(inner, outer, assume_unique=True))
    if shared and shared < NESTED_SHARE * len(inner):
        raise RefusedError(
            f"structures with different assigned densities must not overlap partly, found {one.name} and {other.name} "
            f"sharing {shared} voxels: which of the two counts there is not stated"
        )
