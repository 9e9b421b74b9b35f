"""Doses and CTs as dose networks, and what is measured of them, take them."""

from __future__ import annotations

from dosenet.lattice import CoarseDose, CtGrid
from esapi_bridge.case import Dose, Volume


def coarse_dose(dose: Dose) -> CoarseDose:
    """Return a dose on a grid along the patient axes; raises ValueError if it cannot be one, such as a negative one."""
    return CoarseDose(dose.gy, dose.grid.spacing_mm, dose.grid.origin_mm)


def ct_grid(ct: Volume) -> CtGrid:
    """Return a CT on a grid along the patient axes; raises ValueError if it cannot be one."""
    return CtGrid(ct.values, ct.grid.spacing_mm, ct.grid.origin_mm)
