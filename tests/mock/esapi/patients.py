"""Small patients in which no two things are alike, so that a swap of axes, beams or units cannot go unseen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import (
    Approval,
    Beam,
    Case,
    ControlPoint,
    Dose,
    DoseKind,
    DoseMedium,
    FluenceMap,
    FluenceMode,
    Grid,
    Jaws,
    Override,
    PatientPosition,
    Plan,
    Structure,
    Technique,
    Uids,
    Unit,
    Volume,
)
from tests.cases import write_patient

DIRECTIONS = {
    "HFS": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    "HFP": (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0),
    "FFS": (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0),
}
"""Row-major, columns are the unit vectors of i, j, k: image rows and planes run against LPS in prone and feet first."""

MODEL = "AAA_15606"
LEAF_MODEL = "Varian Leaf Motion Calculator [15.6.03]"
GRID_XPATH = "/AAACalculationOptions/@CalculationGridSizeInCM"
FLUENCE = np.random.default_rng(5).random((3, 6)).astype(np.float32)
"""Three rows, six columns."""


def _volume(size: tuple[int, int, int], grid: Grid, unit: Unit, low: float, high: float, seed: int) -> Volume:
    values = np.random.default_rng(seed).uniform(low, high, size[::-1]).astype(np.float32)
    return Volume(np.round(values) if unit is Unit.HU else values, grid, unit)


def _point(weight: float, gantry_deg: float, leaves: np.ndarray | None) -> ControlPoint:
    return ControlPoint(weight, gantry_deg, 30.0, 10.0, Jaws(-40.0, 50.0, -60.0, 70.0), leaves)


def make_case(position: PatientPosition = PatientPosition.HFS) -> Case:
    """A plan of a sliding window beam with fluence, an open beam without MLC and a set-up field."""
    rng = np.random.default_rng(3)
    direction = DIRECTIONS[position]
    ct_grid = Grid((7, 5, 6), (1.5, 2.0, 3.0), (-4.0, 11.0, -20.0), direction)
    x_mm, y_mm, z_mm = ct_grid.to_patient((0.5, 0.25, 0.5)).tolist()
    dose_grid = Grid((3, 4, 5), (2.5, 2.25, 2.75), (x_mm, y_mm, z_mm), direction)
    leaves = np.sort(rng.uniform(-30, 30, (3, 2, 4)).astype(np.float32).astype(np.float64), axis=1)
    window = Beam(
        1, "Field 1", "TB1", 10.0, FluenceMode.FFF, Technique.DYNAMIC, (1.5, 2.5, -9.0), 1000.0, 300.0,
        (_point(0.0, 40.0, leaves[0]), _point(0.4, 40.0, leaves[1]), _point(1.0, 40.0, leaves[2])),
        fluence=FluenceMap(FLUENCE, -6.25, 2.5), mlc_boundaries_mm=np.array([-20.0, -10.0, 0.0, 10.0, 20.0]),
    )  # fmt: skip
    open_field = Beam(
        4, "Open", "TB1", 6.0, FluenceMode.STANDARD, Technique.STATIC, (1.5, 2.5, -9.0), 1000.0, 100.0,
        (_point(0.0, 200.0, None), _point(1.0, 200.0, None)),
    )  # fmt: skip
    setup = Beam(
        9, "CBCT", "TB1", 6.0, FluenceMode.STANDARD, Technique.STATIC, (1.5, 2.5, -9.0), 1000.0, 0.0,
        (_point(0.0, 0.0, None),), is_setup=True,
    )  # fmt: skip
    corners = [(1.0, 1.0), (5.0, 1.0), (5.0, 3.0), (1.0, 3.0)]
    hole = [(2.0, 1.5), (3.0, 1.5), (3.0, 2.5), (2.0, 2.5)]
    contours = [ct_grid.to_patient([(i, j, k) for i, j in ring]) for k in (1, 2) for ring in (corners, hole)]
    return Case(
        ct=_volume((7, 5, 6), ct_grid, Unit.HU, -900, 1500, 1),
        plan=Plan(
            "Plan A",
            (window, open_field, setup),
            position,
            60.0,
            30,
            98.0,
            {"PHOTON_DOSE": MODEL},
            {GRID_XPATH: "0.25"},
        ),
        plan_dose=Dose(
            _volume((3, 4, 5), dose_grid, Unit.GY, 1, 63, 2), DoseKind.PLAN, None, "AAA 15.6", DoseMedium.WATER
        ),
        beam_doses={
            1: Dose(_volume((3, 4, 5), dose_grid, Unit.GY, 1, 40, 6), DoseKind.BEAM, 1),
            4: Dose(_volume((3, 4, 5), dose_grid, Unit.GY, 1, 20, 7), DoseKind.BEAM, 4),
        },
        structures=(
            Structure(1, "PTV", "PTV", (255, 10, 20), tuple(contours)),
            Structure(2, "Empty", "ORGAN", (30, 255, 40), (), Override("HU", 37.5)),
        ),
        uids=Uids("1.2.3", "1.2.4", f"1.2.5.{position}", "1.2.6"),
        patient_key="a1b2c3",
    )


def make_arc(case: Case) -> Case:
    """The same plan with its first beam as an arc."""
    beam = case.plan.beams[0]
    points = tuple(replace(p, gantry_deg=g) for p, g in zip(beam.control_points, (170.0, 100.0, 30.0), strict=True))
    arc = replace(beam, technique=Technique.ARC, control_points=points, fluence=None)
    return replace(case, plan=replace(case.plan, beams=(arc, *case.plan.beams[1:])))


def make_undosed(case: Case) -> Case:
    """The same plan before any calculation: no dose, no model, no prescription, no normalisation."""
    plan = replace(
        case.plan, prescription_gy=None, fractions=None, normalisation_percent=None, calculation_models={},
        calculation_options={}, beams=case.plan.beams[:1],
    )  # fmt: skip
    return replace(case, plan=plan, plan_dose=None, beam_doses={})


def make_database(
    folder: Path,
    *,
    dose_unit: str,
    scale: float,
    intercept: float = 0.0,
    ct_offset: int = 1000,
    patients: tuple[str, ...] = ("HFS", "HFP", "FFS", "SAVE"),
) -> Path:
    """Patients of all positions with a plan each, the two for tests of plans and of saving with more."""
    settings = {
        "schema": 1,
        "dose_unit": dose_unit,
        "dose_scale_percent": scale,
        "dose_intercept_percent": intercept,
        "ct_offset": ct_offset,
        "models": {
            "PhotonVolumeDose": {MODEL: {GRID_XPATH: "0.25", "/AAACalculationOptions/@Other": "ON"}},
            "PhotonLeafMotions": [LEAF_MODEL, "Varian Smart LMC [15.6.03]"],
        },
        "intended_use": "Research use only, not for clinical use.",
    }
    folder.mkdir()
    (folder / "database.json").write_text(json.dumps(settings))
    for patient in patients:
        case = make_case(PatientPosition.HFS if patient == "SAVE" else PatientPosition(patient))
        cases = {"Plan A": case}
        if patient in {"HFS", "SAVE"} and len(patients) > 1:
            cases["Approved"] = replace(case, plan=replace(case.plan, approval=Approval.APPROVED))
            cases["Arc"] = make_arc(case)
            cases["Undosed"] = make_undosed(case)
        write_patient(folder, patient, {"C1": cases, "C2": {}}, "Ahorn", "Alba")
        if patient == "HFP":
            _add_facts(folder / "patients" / patient / "patient.json")
    return folder


MATRIX = (0.0, -1.0, 0.0, 10.0, 1.0, 0.0, 0.0, 20.0, 0.0, 0.0, 1.0, 30.0, 0.0, 0.0, 0.0, 1.0)
"""A quarter turn about z, then a shift, mm; row-major."""

POINT_MM = (-6.0, 9.0, -17.0)
"""Inside the dose of the prone patient."""


def _add_facts(file: Path) -> None:
    """Dates, device, registration and reference point of a patient."""
    record = json.loads(file.read_text())
    record |= {
        "created": "2026-01-02T03:04:05",
        "sex": "Female",
        "images": [
            {
                "series": "1.2.6", "study": "1.2.7", "study_id": "Plan CT", "study_created": "2026-01-01T08:00:00",
                "created": "2026-01-01T08:30:00", "device": "CT1", "manufacturer": "Maker",
            }
        ],
        "registrations": [
            {"id": "REG", "uid": "1.2.8", "source": "1.2.3", "registered": "1.2.9", "matrix": MATRIX,
             "created": "2026-01-03T00:00:00"}
        ],
        "reference_points": [{"uid": "1.2.10", "id": "PTV", "total_limit_gy": 60.0, "volume": "PTV"}],
    }  # fmt: skip
    record["courses"][0]["started"] = "2026-01-04T00:00:00"
    record["courses"][0]["plans"][0] |= {
        "created": "2026-01-04T05:06:07", "intent": "CURATIVE",
        "reference_points": [{"uid": "1.2.10", "location_mm": POINT_MM}],
    }  # fmt: skip
    file.write_text(json.dumps(record))
