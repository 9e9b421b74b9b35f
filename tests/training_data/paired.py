"""A water body and fields on it whose two doses are one formula, known at every point."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from esapi_bridge.case import Beam, Case, Dose, DoseKind, DoseMedium, Grid, PatientPosition, Plan, Structure
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.paired_field import Calculation, Origin, PairedField
from tests.cases import PATIENT_KEY, UIDS, ellipse, gray, grid_around, hounsfield, open_beam, points_of

RADII_MM, HALF_LENGTH_MM = (40.0, 30.0), 30.0
CENTRE_MM = (4.0, -3.0)
ISOCENTRE_MM = (6.0, -5.0, 3.0)
CT_GRID = grid_around((2.0, 2.0, 3.0), (64.0, 50.0, 36.0))
COARSE_GRID = Grid((18, 14, 12), (5.0, 5.0, 5.0), (-41.0, -39.0, -26.0))
FINE_GRID = Grid((72, 56, 48), (1.25, 1.25, 1.25), (-42.875, -40.875, -27.875))
"""Tiles the coarse grid."""


def in_body(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points lie in the body."""
    away = ((points[..., :2] - CENTRE_MM) / RADII_MM) ** 2
    return np.asarray((away.sum(axis=-1) <= 1.0) & (np.abs(points[..., 2]) <= HALF_LENGTH_MM))


@cache
def water_case(patient_key: str = PATIENT_KEY, hu: float = 0.0) -> Case:
    """The body in air, with its contour."""
    values = np.where(in_body(points_of(CT_GRID)), hu, -1000.0)
    planes = CT_GRID.coordinates_mm(2)
    contours = ellipse(CENTRE_MM, RADII_MM, planes[np.abs(planes) <= HALF_LENGTH_MM])
    body = Structure(1, "BODY", "EXTERNAL", (0, 255, 0), contours)
    plan = Plan("P", (field_beam(),), PatientPosition.HFS, 2.0, 1)
    return Case(hounsfield(values, CT_GRID), plan, None, {}, (body,), UIDS, patient_key)


def field_beam(number: int = 1, gantry_deg: float = 30.0, energy_mv: float = 6.0) -> Beam:
    """A field of 4x3 cm2."""
    return open_beam(number, gantry_deg, (20.0, 15.0), ISOCENTRE_MM, energy_mv=energy_mv)


def gray_at(points: NDArray[np.float64], beam: Beam, edge_mm: float) -> NDArray[np.float64]:
    """Dose at points ``(..., 3)``, Gy of 100 MU: falls by 4 % a cm along the beam, and at its edges; 0 in air."""
    frame = beam_frame(beam, PatientPosition.HFS)
    across = frame.project(points)
    jaws = beam.control_points[0].jaws
    open_x = erf((across[..., 0] - jaws.x1_mm) / edge_mm) - erf((across[..., 0] - jaws.x2_mm) / edge_mm)
    open_y = erf((across[..., 1] - jaws.y1_mm) / edge_mm) - erf((across[..., 1] - jaws.y2_mm) / edge_mm)
    depth_mm = (points - frame.isocentre_mm) @ frame.axes[2]
    return np.asarray(np.exp(-0.004 * depth_mm) * open_x * open_y / 4 * in_body(points))


@cache
def dose_on(grid: Grid, beam: Beam, edge_mm: float, medium: DoseMedium | None = None) -> Dose:
    """Calculate the formula on a grid."""
    return Dose(gray(gray_at(points_of(grid), beam, edge_mm), grid), DoseKind.BEAM, beam.number, None, medium)


def water_field(
    name: str = "random-0000",
    beam: Beam | None = None,
    coarse_grid: Grid = COARSE_GRID,
    fine_grid: Grid = FINE_GRID,
    medium: DoseMedium | None = DoseMedium.MEDIUM,
) -> PairedField:
    """A field: wide edges in the coarse dose, sharp ones in the fine one."""
    beam = beam or field_beam()
    coarse = Calculation("AAA", "15.6.06", dose_on(coarse_grid, beam, 6.0), {"CalculationGridSizeInCM": "0.5"})
    fine = Calculation("AcurosXB", "15.6.06", dose_on(fine_grid, beam, 4.0, medium))
    return PairedField(name, (beam,), PatientPosition.HFS, coarse, fine, Origin.RANDOM)


def with_dose(field: PairedField, which: str, dose: Dose) -> PairedField:
    """A field with another of its doses."""
    calculation: Calculation = getattr(field, which)
    return replace(field, **{which: replace(calculation, dose=dose)})  # type: ignore[arg-type]
