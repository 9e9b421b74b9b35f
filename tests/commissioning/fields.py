"""Made-up fields whose differences are known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Case, Dose, DoseKind, Grid, PatientPosition, Plan
from esapi_bridge.commissioning.compared import Compared
from tests.cases import PATIENT_KEY, UIDS, gray, grid_around, hounsfield, open_beam, points_of

Points = NDArray[np.float64]
Of = Callable[[Points], NDArray[np.float64]]

HALF_MM = 40.0
SURFACE_MM = 100.0
"""How far the surface is from the isocentre, towards the source above it."""

GRID = grid_around((5.0, 2.5, 5.0), (90.0, 140.0, 60.0))


def compared(reference: Of, network: Of, hu: Of | None = None, grid: Grid = GRID) -> Compared:
    """A field from above, and two doses as functions of LPS points; water below the surface unless `hu` is given."""
    points = points_of(grid)
    inside = points[..., 1] > -SURFACE_MM
    ct = np.where(inside, 0.0 if hu is None else hu(points), -1000.0)
    doses = [
        Dose(gray(np.where(inside, of(points), 0.0), grid), DoseKind.BEAM, 1, algorithm="made up")
        for of in (reference, network)
    ]
    beam = open_beam(1, 0.0, HALF_MM)
    plan = Plan("P", (beam,), PatientPosition.HFS)
    case = Case(hounsfield(ct, grid), plan, None, {1: doses[0]}, (), UIDS, PATIENT_KEY)
    return Compared(1, "", "P, beam 1", case, beam, doses[0], doses[1], doses[0])


def depth_mm(points: Points) -> NDArray[np.float64]:
    """Below the surface, along the central axis."""
    depth: NDArray[np.float64] = points[..., 1] + SURFACE_MM
    return depth
