"""A database of one plan in several states, for the scripts to meet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Case, Dose, FluenceMode, Grid, Volume
from esapi_bridge.case.folder import write_case
from tests.report.synthetic import make_case

MODEL = "pencil beam [mock]"
PATIENT, COURSE, PLAN = "SECRET4711", "C1", "Thorax1"
LAST_NAME = "Canary"

PRONE = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)


def thorax() -> Case:
    """Two open fields on a made-up thorax, with a dose, as the network was trained for."""
    case = make_case(2, prescription=40.0)[0]
    beams = tuple(replace(beam, control_points=beam.control_points * 2) for beam in case.plan.beams)
    plan = replace(
        case.plan,
        name=PLAN,
        beams=beams,
        fractions=20,
        normalisation_percent=97.5,
        calculation_models={"PHOTON_DOSE": MODEL},
        calculation_options={"CalculationGridSizeInCM": "0.5"},
    )
    return replace(case, plan=plan, ct=replace(case.ct, values=np.round(case.ct.values)))


def prone(case: Case) -> Case:
    """The same anatomy and dose in LPS, stored as Eclipse stores a prone patient: rows and columns run backwards."""

    def turned(volume: Volume) -> Volume:
        last = (volume.grid.size[0] - 1, volume.grid.size[1] - 1, 0)
        origin = volume.grid.to_patient(last)
        grid = Grid(volume.grid.size, volume.grid.spacing_mm, tuple(map(float, origin)), PRONE)
        return Volume(np.ascontiguousarray(volume.values[:, ::-1, ::-1]), grid, volume.unit)

    def turned_dose(dose: Dose) -> Dose:
        return replace(dose, volume=turned(dose.volume))

    assert case.plan_dose is not None
    return replace(
        case,
        ct=turned(case.ct),
        plan=replace(case.plan, patient_position="HFP"),
        plan_dose=turned_dose(case.plan_dose),
        beam_doses={number: turned_dose(dose) for number, dose in case.beam_doses.items()},
        uids=replace(case.uids, structure_set="1.2.5.2", plan="1.2.4.2"),
    )


def states(case: Case) -> dict[str, Case]:
    """The plan as it may be found, by plan id."""

    def changed(**fields: object) -> Case:
        return replace(case, plan=replace(case.plan, **fields))  # type: ignore[arg-type]

    first, *others = case.plan.beams
    turning = tuple(
        replace(point, gantry_deg=angle) for point, angle in zip(first.control_points, (0, 90), strict=True)
    )
    arc = replace(first, technique="ARC", control_points=turning)
    return {
        PLAN: case,
        "NoDose": replace(case, plan_dose=None, beam_doses={}),
        "NoRx": changed(prescription_gy=None, fractions=None, normalisation_percent=None),
        "Arc": changed(beams=(arc, *others)),
        "SetupOnly": replace(
            changed(beams=tuple(replace(beam, is_setup=True) for beam in case.plan.beams)),
            plan_dose=None,
            beam_doses={},
        ),
        "Approved": changed(approval="TREATMENT_APPROVED"),
        "Energy6X": changed(
            beams=tuple(replace(b, energy_mv=6.0, fluence_mode=FluenceMode.STANDARD) for b in case.plan.beams)
        ),
    }


def write_database(folder: Path, plans: Mapping[str, Case], **settings: object) -> Path:
    """Write a database of one patient with one course."""
    home = folder / "patients" / PATIENT
    entries = []
    for number, (name, case) in enumerate(plans.items()):
        write_case(case, home / "plans" / f"p{number}")
        entries.append({"id": name, "folder": f"p{number}", "kind": "external"})
    record = {
        "schema": 1,
        "id": PATIENT,
        "last_name": LAST_NAME,
        "first_name": "Carl",
        "courses": [{"id": COURSE, "plans": entries}],
    }
    (home / "patient.json").write_text(json.dumps(record))
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
