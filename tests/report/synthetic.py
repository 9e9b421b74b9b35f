"""A small made-up thorax case with an input, a network and a reference dose that differ as real ones do."""

from __future__ import annotations

import numpy as np
from scipy.special import erf

from esapi_bridge.case import Case, Dose, DoseKind, Grid, PatientPosition, Plan, Structure
from tests.cases import PATIENT_KEY, UIDS, ellipse, gray, grid_around, hounsfield, open_beam, points_of, total

ISOCENTRE = (-70.0, 10.0, 0.0)
HALF_FIELD_MM = 35.0
SLIM = 0.4
"""Size across, against that of the full case, where only what is done with the dose matters: a sixth of the voxels."""


def _within(points: np.ndarray, centre: tuple[float, float], radii: tuple[float, float], taper_mm: float = 1e6):
    shrink = np.sqrt(np.clip(1 - (points[..., 2] / taper_mm) ** 2, 1e-6, None))
    scaled = (points[..., :2] - centre) / (np.asarray(radii) * shrink[..., None])
    return (scaled**2).sum(axis=-1) < 1


def beam_dose(
    grid: Grid, gantry_deg: float, penumbra_mm: float, lung_factor: float, across_factor: float = 1.0
) -> np.ndarray:
    points = points_of(grid)
    g = np.deg2rad(gantry_deg)
    to_source, across = np.array([np.sin(g), -np.cos(g), 0.0]), np.array([np.cos(g), np.sin(g), 0.0])
    offset = points - _isocentre(across_factor)
    depth = 110.0 * across_factor - offset @ to_source
    scale = (1000.0 - offset @ to_source) / 1000.0
    half = HALF_FIELD_MM
    edge = lambda v: (erf((v / scale + half) / penumbra_mm) - erf((v / scale - half) / penumbra_mm)) / 2
    build_up = 1 - 0.6 * np.exp(-np.clip(depth, 0, None) / 8.0)
    dose = np.exp(-np.clip(depth, 0, None) / 210.0) * build_up * edge(offset @ across) * edge(offset[..., 2])
    points = points / (across_factor, across_factor, 1.0)
    lungs = _within(points, (-75, 5), (55, 75), 90) | _within(points, (75, 5), (55, 75), 90)
    dose = np.where(lungs, dose * lung_factor, dose) * (depth > 0) * _within(points, (0, 0), (170, 115))
    result: np.ndarray = (1.1 * dose).astype(np.float32)
    return result


def _isocentre(across_factor: float) -> tuple[float, float, float]:
    x, y, z = ISOCENTRE
    return (across_factor * x, across_factor * y, z)


def make_case(
    beams: int = 2, prescription: float | None = None, across_factor: float = 1.0
) -> tuple[Case, dict[int, Dose], dict[int, Dose]]:
    """Case with a coarse dose per beam, and network and reference doses per beam; the factor scales body and grids."""
    ct_grid = grid_around((2.5, 2.5, 2.5), (190.0 * across_factor, 130.0 * across_factor, 80.0))
    points = points_of(ct_grid) / (across_factor, across_factor, 1.0)
    random = np.random.default_rng(1)
    hu = np.full(ct_grid.shape, -1000.0, np.float32)
    hu[_within(points, (0, 0), (170, 115))] = -90.0
    hu[_within(points, (0, 0), (158, 103))] = 40.0
    for side in (-75, 75):
        hu[_within(points, (side, 5), (55, 75), 90)] = -780.0
    hu[_within(points, (0, 72), (22, 20))] = 450.0
    hu[_within(points, (0, 88), (9, 9))] = 30.0
    hu[_within(points, (-70, 10), (18, 18), 18)] = 30.0
    hu += random.normal(0, 14, hu.shape).astype(np.float32)
    z = np.arange(-76.25, 78, 2.5)  # planes of the CT
    outline = lambda centre, radii, taper_mm=1e6: tuple(
        contour * (across_factor, across_factor, 1.0) for contour in ellipse(centre, radii, z, taper_mm)
    )
    structures = (
        Structure(1, "BODY", "EXTERNAL", (0, 255, 0), outline((0, 0), (170, 115))),
        Structure(2, "Lung R", "ORGAN", (0, 190, 255), outline((-75, 5), (55, 75), 90)),
        Structure(3, "Lung L", "ORGAN", (70, 110, 255), outline((75, 5), (55, 75), 90)),
        Structure(4, "Cord", "ORGAN", (255, 215, 0), outline((0, 88), (9, 9))),
        Structure(5, "PTV", "PTV", (255, 40, 40), outline((-70, 10), (23, 23), 23)),
    )
    gantries = (0.0, 100.0, 240.0, 310.0)[:beams]
    dose_half = (190.0 * across_factor, 130.0 * across_factor, 40.0)
    coarse, fine = grid_around((5.0, 5.0, 5.0), dose_half), grid_around((2.5, 2.5, 2.5), dose_half)

    def doses(grid: Grid, penumbra: float, lung: float, name: str) -> dict[int, Dose]:
        return {
            n: Dose(gray(beam_dose(grid, g, penumbra, lung, across_factor), grid), DoseKind.BEAM, n, algorithm=name)
            for n, g in enumerate(gantries, 1)
        }

    given = doses(coarse, 9.0, 1.0, "pencil beam 1")
    plan = Plan(
        "Thorax1",
        tuple(open_beam(n, g, HALF_FIELD_MM, _isocentre(across_factor)) for n, g in enumerate(gantries, 1)),
        PatientPosition.HFS,
        prescription_gy=prescription,
        calculation_models={"PHOTON_DOSE": "pencil beam 1"},
    )
    case = Case(hounsfield(hu, ct_grid), plan, total(given), given, structures, UIDS, PATIENT_KEY)
    return case, doses(fine, 5.5, 0.92, "DDN"), doses(fine, 5.0, 0.91, "collapsed cone 1")
