"""A small prostate plan of seven fields, for the scripts about fluence: everything a network asks for, and quick."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from esapi_bridge.case import (
    Approval,
    Beam,
    Case,
    Dose,
    DoseKind,
    FluenceMap,
    Grid,
    PatientPosition,
    Plan,
    Structure,
    Technique,
    Uids,
)
from esapi_bridge.planning.mlc import MILLENNIUM_120
from tests.cases import PATIENT_KEY, ellipse, gray, grid_around, hounsfield, open_beam, points_of
from tests.scripts.plans import MODEL

LEAF_MODEL = "Varian Leaf Motion Calculator [mock]"
MODELS = {"PhotonVolumeDose": [MODEL], "PhotonLeafMotions": [LEAF_MODEL]}

PLAN = "Prostate1"
PRESCRIPTION_GY, FRACTIONS = 44.0, 20
GANTRIES_DEG = (0.0, 51.0, 103.0, 154.0, 206.0, 257.0, 309.0)

BODY_MM = (80.0, 65.0)
TARGET_MM = 22.0
HALF_FIELD_MM = 30.0
PENUMBRA_MM = 8.0
SCATTER = 0.003
"""Share of the dose that is there anywhere in the body: as with any engine, dose is zero outside of it only."""


@cache
def prostate() -> Case:
    """Seven open fields of 15 MV on a target in an elliptical cylinder of water, normalised to its mean dose."""
    ct_grid, dose_grid = (
        grid_around((2.5, 2.5, 2.5), (100.0, 85.0, 50.0)),
        grid_around((5.0, 5.0, 5.0), (90.0, 75.0, 45.0)),
    )
    points = points_of(ct_grid)
    hu = np.where(_within(points), 0.0, -1000.0)
    structures = _structures()
    dose = np.sum([_field_dose(dose_grid, gantry) for gantry in GANTRIES_DEG], axis=0)
    inside = np.linalg.norm(points_of(dose_grid), axis=-1) < TARGET_MM
    dose *= PRESCRIPTION_GY / dose[inside].mean()
    return Case(
        ct=hounsfield(hu, ct_grid),
        plan=Plan(
            PLAN,
            tuple(_beam(number, gantry) for number, gantry in enumerate(GANTRIES_DEG, start=1)),
            PatientPosition.HFS,
            prescription_gy=PRESCRIPTION_GY,
            fractions=FRACTIONS,
            normalisation_percent=100.0,
            calculation_models={"PHOTON_DOSE": MODEL, "LEAF_MOTION": LEAF_MODEL},
            calculation_options={"CalculationGridSizeInCM": "0.5"},
        ),
        plan_dose=Dose(gray(dose, dose_grid), DoseKind.PLAN, None, "pencil beam 1"),
        beam_doses={},
        structures=structures,
        uids=Uids("1.2.3", "1.2.4.7", "1.2.5.7", "1.2.6"),
        patient_key=PATIENT_KEY,
    )


def with_fluence(case: Case) -> Case:
    """The same plan as a clinic would have it: sliding windows with the optimal fluence they were made from."""
    pairs = len(MILLENNIUM_120.boundaries_mm) - 1
    half = HALF_FIELD_MM
    leaves = [np.stack([np.full(pairs, a), np.full(pairs, b)]) for a, b in ((-half, -half + 1.0), (half - 1.0, half))]
    beams = tuple(
        replace(
            beam,
            technique=Technique.DYNAMIC,
            control_points=tuple(
                replace(beam.control_points[0], meterset_weight=weight, leaves_mm=positions)
                for weight, positions in zip((0.0, 1.0), leaves, strict=True)
            ),
            mlc_boundaries_mm=MILLENNIUM_120.boundaries_mm,
            fluence=FluenceMap(np.full((24, 22), 0.1 * beam.number, np.float32), -26.25, 28.75),
        )
        for beam in case.plan.beams
    )
    return replace(case, plan=replace(case.plan, beams=beams, approval=Approval.APPROVED))


def _structures() -> tuple[Structure, ...]:
    """Ten structures of simple shape, in the places where a prostate patient has them."""
    long_z, short_z = np.arange(-48.75, 50, 2.5), np.arange(-21.25, 22, 2.5)
    ball = tuple(
        contour for z in short_z for contour in ellipse((0.0, 0.0), (np.sqrt(TARGET_MM**2 - z**2),) * 2, np.array([z]))
    )
    shapes = {
        "BODY": ("EXTERNAL", ellipse((0.0, 0.0), BODY_MM, long_z)),
        "PTV": ("PTV", ball),
        "Prostate": ("CTV", ellipse((0.0, 0.0), (14.0, 14.0), short_z[3:-3])),
        "Bladder": ("ORGAN", ellipse((0.0, -15.0), (20.0, 15.0), np.arange(11.25, 40, 2.5))),
        "Rectum": ("ORGAN", ellipse((0.0, 28.0), (12.0, 10.0), long_z[4:-8])),
        "PenileBulb": ("ORGAN", ellipse((0.0, 8.0), (7.0, 7.0), np.arange(-41.25, -28, 2.5))),
        "FemoralHead_R": ("ORGAN", ellipse((-55.0, 0.0), (14.0, 14.0), short_z)),
        "FemoralHead_L": ("ORGAN", ellipse((55.0, 0.0), (14.0, 14.0), short_z)),
        "Bowel": ("ORGAN", ellipse((0.0, -30.0), (40.0, 20.0), np.arange(41.25, 50, 2.5))),
        "Avoidance": ("AVOIDANCE", ellipse((0.0, 45.0), (30.0, 8.0), short_z)),
    }  # fmt: skip
    return tuple(
        Structure(number, name, kind, (25 * number, 255 - 25 * number, 120), contours)
        for number, (name, (kind, contours)) in enumerate(shapes.items(), start=1)
    )


def _beam(number: int, gantry_deg: float) -> Beam:
    name = f"G{gantry_deg:03.0f}"
    return open_beam(number, gantry_deg, HALF_FIELD_MM, name=name, energy_mv=15.0, meterset_mu=50.0)


def _within(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.hypot(points[..., 0] / BODY_MM[0], points[..., 1] / BODY_MM[1]) < 1.0
    return inside


def _field_dose(grid: Grid, gantry_deg: float) -> NDArray[np.float64]:
    """Attenuation along the beam times blurred edges of the target's width, and some scatter, within the body."""
    points, angle = points_of(grid), np.deg2rad(gantry_deg)
    towards = points @ [np.sin(angle), -np.cos(angle), 0.0]
    across = points @ [np.cos(angle), np.sin(angle), 0.0]
    half = TARGET_MM + PENUMBRA_MM / 2
    edges = [(erf((v + half) / PENUMBRA_MM) - erf((v - half) / PENUMBRA_MM)) / 2 for v in (across, points[..., 2])]
    dose: NDArray[np.float64] = np.exp(towards / 250.0) * (edges[0] * edges[1] + SCATTER) * _within(points)
    return dose
