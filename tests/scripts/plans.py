"""A database of one plan in several states, for the scripts to meet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import (
    Approval,
    Beam,
    Case,
    Dose,
    DoseKind,
    FluenceMode,
    Grid,
    PatientPosition,
    Plan,
    Structure,
    Technique,
    Volume,
)
from tests.cases import (
    PATIENT_KEY,
    UIDS,
    arc_beam,
    ellipse,
    gray,
    grid_around,
    hounsfield,
    open_beam,
    points_of,
    total,
    write_patient,
)

MODEL = "pencil beam [mock]"
PATIENT, COURSE, PLAN, VMAT = "SECRET4711", "C1", "Cylinder1", "Vmat6X"
LAST_NAME = "Canary"

RADIUS_MM = 60.0
HALF_FIELD_MM = 15.0
GANTRIES_DEG = (0.0, 90.0)
SCATTER = 0.003
"""Share of the dose that is there anywhere in the body: as with any engine, dose is zero outside of it only."""

PRONE = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)


@cache
def cylinder() -> Case:
    """Two open fields on a small water cylinder with an air gap, with a smooth dose: quick, and within the card."""
    ct_grid, dose_grid = (
        grid_around((2.5, 2.5, 2.5), (75.0, 75.0, 30.0)),
        grid_around((5.0, 5.0, 5.0), (65.0, 65.0, 25.0)),
    )
    points = points_of(ct_grid)
    hu = np.where(np.hypot(points[..., 0], points[..., 1]) < RADIUS_MM, 0.0, -1000.0)
    hu[np.hypot(points[..., 0] - 25, points[..., 1]) < 12] = -800.0
    doses = {
        number: Dose(gray(_field_dose(dose_grid, gantry), dose_grid), DoseKind.BEAM, number, "pencil beam 1")
        for number, gantry in enumerate(GANTRIES_DEG, start=1)
    }
    z_mm = np.arange(-28.75, 30, 2.5)
    return Case(
        ct=hounsfield(hu, ct_grid),
        plan=Plan(
            PLAN,
            tuple(open_beam(number, gantry, HALF_FIELD_MM) for number, gantry in enumerate(GANTRIES_DEG, start=1)),
            PatientPosition.HFS,
            prescription_gy=40.0,
            fractions=20,
            normalisation_percent=97.5,
            calculation_models={"PHOTON_DOSE": MODEL},
            calculation_options={"CalculationGridSizeInCM": "0.5"},
        ),
        plan_dose=total(doses),
        beam_doses=doses,
        structures=(Structure(1, "BODY", "EXTERNAL", (0, 255, 0), ellipse((0, 0), (RADIUS_MM, RADIUS_MM), z_mm)),),
        uids=UIDS,
        patient_key=PATIENT_KEY,
    )


def _field_dose(grid: Grid, gantry_deg: float) -> NDArray[np.float32]:
    """Attenuation with depth times two blurred edges and some scatter, within the cylinder, Gy of all fractions."""
    points, angle = points_of(grid), np.deg2rad(gantry_deg)
    towards = points @ [np.sin(angle), -np.cos(angle), 0.0]
    across = points @ [np.cos(angle), np.sin(angle), 0.0]
    depth = np.sqrt(np.clip(RADIUS_MM**2 - across**2, 0, None)) - towards
    edges = [(erf((v + HALF_FIELD_MM) / 8.0) - erf((v - HALF_FIELD_MM) / 8.0)) / 2 for v in (across, points[..., 2])]
    build_up = 1 - 0.6 * np.exp(-np.clip(depth, 0, None) / 8.0)
    dose = 25.0 * np.exp(-np.clip(depth, 0, None) / 177.0) * build_up * (edges[0] * edges[1] + SCATTER)
    result: NDArray[np.float32] = (dose * (np.hypot(points[..., 0], points[..., 1]) < RADIUS_MM)).astype(np.float32)
    return result


def prone(case: Case) -> Case:
    """The same anatomy, beams and dose in LPS, stored as Eclipse stores a prone patient: rows, columns run backwards.

    For the beams to come from where they came from, the gantry stands half a turn further.
    """

    def turned(volume: Volume) -> Volume:
        last = (volume.grid.size[0] - 1, volume.grid.size[1] - 1, 0)
        x, y, z = map(float, volume.grid.to_patient(last))
        grid = Grid(volume.grid.size, volume.grid.spacing_mm, (x, y, z), PRONE)
        return Volume(np.ascontiguousarray(volume.values[:, ::-1, ::-1]), grid, volume.unit)

    def turned_dose(dose: Dose) -> Dose:
        return replace(dose, volume=turned(dose.volume))

    def turned_beam(beam: Beam) -> Beam:
        points = (replace(point, gantry_deg=(point.gantry_deg + 180.0) % 360.0) for point in beam.control_points)
        return replace(beam, control_points=tuple(points))

    assert case.plan_dose is not None
    return replace(
        case,
        ct=turned(case.ct),
        plan=replace(case.plan, patient_position=PatientPosition.HFP, beams=tuple(map(turned_beam, case.plan.beams))),
        plan_dose=turned_dose(case.plan_dose),
        beam_doses={number: turned_dose(dose) for number, dose in case.beam_doses.items()},
        uids=replace(case.uids, structure_set="1.2.5.2", plan="1.2.4.2"),
    )


def vmat(case: Case) -> Case:
    """The same doses as those of two arcs of 6X with moving leaves, one turning back."""
    return replace(
        case,
        plan=replace(
            case.plan,
            name=VMAT,
            beams=(arc_beam(1, 330.0, 56.0, HALF_FIELD_MM), arc_beam(2, 118.0, -56.0, HALF_FIELD_MM)),
        ),
        uids=replace(case.uids, plan="1.2.4.3"),
    )


def states(case: Case) -> dict[str, Case]:
    """The plan as it may be found, by plan id."""

    def changed(**fields: object) -> Case:
        return replace(case, plan=replace(case.plan, **fields))  # type: ignore[arg-type]

    first, *others = case.plan.beams
    turning = tuple(
        replace(point, gantry_deg=angle) for point, angle in zip(first.control_points, (0, 90), strict=True)
    )
    arc = replace(first, technique=Technique.ARC, control_points=turning)
    return {
        PLAN: case,
        "NoDose": replace(case, plan_dose=None, beam_doses={}),
        "NoRx": changed(prescription_gy=None, fractions=None, normalisation_percent=None),
        "Arc": changed(beams=(arc, *others)),
        VMAT: vmat(case),
        "SetupOnly": replace(
            changed(beams=tuple(replace(beam, is_setup=True) for beam in case.plan.beams)),
            plan_dose=None,
            beam_doses={},
        ),
        "Approved": changed(approval=Approval.TREATMENT_APPROVED),
        "Energy18X": changed(
            beams=tuple(replace(b, energy_mv=18.0, fluence_mode=FluenceMode.STANDARD) for b in case.plan.beams)
        ),
    }


def write_database(folder: Path, plans: Mapping[str, Case], **settings: object) -> Path:
    """Write a database of one patient with one course."""
    write_patient(folder, PATIENT, {COURSE: plans}, LAST_NAME, "Carl")
    database = {
        "schema": 1,
        "dose_unit": "Gy",
        "dose_scale_percent": 1e-4,
        "ct_offset": 1000,
        "models": {"PhotonVolumeDose": [MODEL]},
        "intended_use": INTENDED_USE,
    }
    (folder / "database.json").write_text(json.dumps({**database, **settings}))
    return folder


def plan_files(database: Path) -> dict[str, bytes]:
    """Every file of every plan."""
    folder = database / "patients" / PATIENT / "plans"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def courses_of(database: Path) -> dict[str, list[dict[str, str]]]:
    """Plans by course, as the database says."""
    record = json.loads((database / "patients" / PATIENT / "patient.json").read_text())
    return {course["id"]: course["plans"] for course in record["courses"]}
