"""A small made-up thorax case with an input, a network and a reference dose that differ as real ones do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import erf

from esapi_bridge.case import (
    Beam,
    Case,
    ControlPoint,
    Dose,
    DoseKind,
    FluenceMode,
    Grid,
    Jaws,
    PatientPosition,
    Plan,
    Structure,
    Technique,
    Uids,
    Unit,
    Volume,
)

ISOCENTRE = (-70.0, 10.0, 0.0)


def ellipse(
    centre: tuple[float, float], radii: tuple[float, float], z_mm: np.ndarray, taper_mm: float = 1e6
) -> tuple[np.ndarray, ...]:
    """Stacked elliptical contours, shrinking towards both ends."""
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    contours = []
    for z in z_mm:
        shrink = np.sqrt(max(1 - (z / taper_mm) ** 2, 0.0))
        if shrink > 0.05:
            xy = np.stack([np.cos(angle) * radii[0], np.sin(angle) * radii[1]], axis=-1) * shrink + centre
            contours.append(np.column_stack([xy, np.full(angle.size, z)]))
    return tuple(contours)


def _within(points: np.ndarray, centre: tuple[float, float], radii: tuple[float, float], taper_mm: float = 1e6):
    shrink = np.sqrt(np.clip(1 - (points[..., 2] / taper_mm) ** 2, 1e-6, None))
    scaled = (points[..., :2] - centre) / (np.asarray(radii) * shrink[..., None])
    return (scaled**2).sum(axis=-1) < 1


def grid_around(spacing: tuple[float, float, float], half: tuple[float, float, float] = (190.0, 130.0, 80.0)) -> Grid:
    nx, ny, nz = (int(2 * h / s) for h, s in zip(half, spacing, strict=True))
    x, y, z = (-(n - 1) * s / 2 for n, s in zip((nx, ny, nz), spacing, strict=True))
    return Grid((nx, ny, nz), spacing, (x, y, z))


def points_of(grid: Grid) -> np.ndarray:
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    return grid.to_patient(np.stack([i, j, k], axis=-1))


def beam(number: int, gantry_deg: float) -> Beam:
    point = ControlPoint(0.0, gantry_deg, 0.0, 0.0, Jaws(-35, 35, -35, 35))
    return Beam(
        number,
        f"Field {number}",
        "TrueBeam",
        10.0,
        FluenceMode.FFF,
        Technique.STATIC,
        ISOCENTRE,
        1000.0,
        100.0,
        (point,),
    )


def beam_dose(grid: Grid, gantry_deg: float, penumbra_mm: float, lung_factor: float) -> np.ndarray:
    points = points_of(grid)
    g = np.deg2rad(gantry_deg)
    to_source, across = np.array([np.sin(g), -np.cos(g), 0.0]), np.array([np.cos(g), np.sin(g), 0.0])
    offset = points - np.asarray(ISOCENTRE)
    depth = 110.0 - offset @ to_source
    scale = (1000.0 - offset @ to_source) / 1000.0
    edge = lambda v: (erf((v / scale + 35) / penumbra_mm) - erf((v / scale - 35) / penumbra_mm)) / 2
    build_up = 1 - 0.6 * np.exp(-np.clip(depth, 0, None) / 8.0)
    dose = np.exp(-np.clip(depth, 0, None) / 210.0) * build_up * edge(offset @ across) * edge(offset[..., 2])
    lungs = _within(points, (-75, 5), (55, 75), 90) | _within(points, (75, 5), (55, 75), 90)
    dose = np.where(lungs, dose * lung_factor, dose) * (depth > 0) * _within(points, (0, 0), (170, 115))
    result: np.ndarray = (1.1 * dose).astype(np.float32)
    return result


def make_case(beams: int = 2, prescription: float | None = None) -> tuple[Case, dict[int, Dose], dict[int, Dose]]:
    """Case with a coarse dose per beam, and network and reference doses per beam."""
    ct_grid = grid_around((2.5, 2.5, 2.5))
    points = points_of(ct_grid)
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
    z = np.arange(-77.5, 78, 2.5)
    structures = (
        Structure(1, "BODY", "EXTERNAL", (0, 255, 0), ellipse((0, 0), (170, 115), z)),
        Structure(2, "Lung R", "ORGAN", (0, 190, 255), ellipse((-75, 5), (55, 75), z, 90)),
        Structure(3, "Lung L", "ORGAN", (70, 110, 255), ellipse((75, 5), (55, 75), z, 90)),
        Structure(4, "Cord", "ORGAN", (255, 215, 0), ellipse((0, 88), (9, 9), z)),
        Structure(5, "PTV", "PTV", (255, 40, 40), ellipse((-70, 10), (23, 23), z, 23)),
    )
    gantries = (0.0, 100.0, 240.0, 310.0)[:beams]
    dose_half = (190.0, 130.0, 40.0)
    coarse, fine = grid_around((5.0, 5.0, 5.0), dose_half), grid_around((2.5, 2.5, 2.5), dose_half)

    def doses(grid: Grid, penumbra: float, lung: float, name: str) -> dict[int, Dose]:
        return {
            n: Dose(Volume(beam_dose(grid, g, penumbra, lung), grid, Unit.GY), DoseKind.BEAM, n, algorithm=name)
            for n, g in enumerate(gantries, 1)
        }

    given = doses(coarse, 9.0, 1.0, "pencil beam 1")
    plan = Plan(
        "Thorax1", tuple(beam(n, g) for n, g in enumerate(gantries, 1)), PatientPosition.HFS,
        prescription_gy=prescription,
        calculation_models={"PHOTON_DOSE": "pencil beam 1"},
    )  # fmt: skip
    case = Case(
        Volume(hu, ct_grid, Unit.HU), plan, total(given), given, structures, Uids("1.2.3", "1.2.4", "1.2.5", "1.2.6"),
        "0123456789abcdef",
    )  # fmt: skip
    return case, doses(fine, 5.5, 0.92, "DDN"), doses(fine, 5.0, 0.91, "collapsed cone 1")


def total(doses: dict[int, Dose]) -> Dose:
    """Sum of beam doses."""
    first = next(iter(doses.values()))
    gy = np.add.reduce([d.gy for d in doses.values()]).astype(np.float32)
    return Dose(replace(first.volume, values=gy), DoseKind.PLAN, algorithm=first.algorithm)
