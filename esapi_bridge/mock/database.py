"""The patient database of the mock Eclipse: a folder of patients, courses and plans, made from DICOM exports.

::

    DB/database.json                                 dose unit, voxel scales, installed calculation models
    DB/patients/<patient id>/patient.json            fictional name, courses, plans
    DB/patients/<patient id>/plans/<folder>/         case folder of one plan

Whoever was exported gets a fictional name and id here; a case folder holds none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Case, Dose
from esapi_bridge.case.folder import CASE_FILE, write_case
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.dicom import Export, list_plans, read_export, read_plan_facts, read_registrations
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.whole import output_folder
from esapi_bridge.mock.facts import add_plan_facts, add_registrations
from esapi_bridge.mock.settings import DatabaseSettings
from esapi_bridge.progress import Progress

SCHEMA_VERSION = 1

PLAN_ID_LENGTH = 13
"""Longest plan id that Eclipse accepts."""

COURSE_ID = "C1"

DOSE_MODELS = ("pencil beam [mock]", "collapsed cone [mock]")
LEAF_MOTION_MODELS = ("Varian Leaf Motion Calculator [mock]",)
OPTIMISATION_MODELS = ("fluence optimiser [mock]",)

MODELS: Mapping[str, tuple[str, ...]] = {
    "PhotonVolumeDose": DOSE_MODELS,
    "PhotonLeafMotions": LEAF_MOTION_MODELS,
    "PhotonIMRTOptimization": OPTIMISATION_MODELS,
    "PhotonVMATOptimization": OPTIMISATION_MODELS,
}
"""Installed calculation models by ESAPI's calculation type; what `esapi_bridge.mock.calculate` can do."""

GRID_OPTION = "CalculationGridSizeInCM"
"""ESAPI's name of the dose grid spacing; a text, in cm."""

NAMES = (
    ("Ahorn", "Alba"), ("Birke", "Bruno"), ("Ceder", "Clara"), ("Douglasie", "David"), ("Eiche", "Elsa"),
    ("Fichte", "Felix"), ("Ginkgo", "Greta"), ("Hasel", "Hugo"), ("Ilex", "Ida"), ("Juniper", "Jonas"),
)  # fmt: skip
"""Fictional names: last name, first name."""


@dataclass(frozen=True)
class PlanEntry:
    """A plan in the new database.

    Parameters
    ----------
    patient, course, plan
        Ids.
    beams
        Number of beams, set-up fields included.
    """

    patient: str
    course: str
    plan: str
    beams: int


def make_database(
    exports: Sequence[Path],
    folder: Path,
    settings: DatabaseSettings | None = None,
    *,
    sums: bool = False,
    progress: Progress | None = None,
) -> tuple[PlanEntry, ...]:
    """Make a database from exported DICOM sets; plans of one patient come together.

    Parameters
    ----------
    exports
        Folders of exported files; each may hold several plans.
    folder
        Made here; must be absent or empty. Nothing is left behind on failure.
    settings
        How numbers are shown.
    sums
        Whether plans on one structure set, if all of them have a dose, come with a sum of them.
    progress
        Called before every export.

    Returns
    -------
    tuple of PlanEntry
        What the database holds.

    Raises
    ------
    BridgeError
        If the folder is in use, an export cannot be read or a plan is given twice.
    """
    settings = settings or DatabaseSettings()
    with output_folder(folder) as made:
        patients, entries = _write_cases(exports, made, progress)
        for patient in patients:
            if sums:
                _add_sums(patient, made)
            _write_json(made / "patients" / patient["id"] / "patient.json", patient)
        _write_json(
            made / "database.json",
            {"schema": SCHEMA_VERSION, **asdict(settings), "models": MODELS, "intended_use": INTENDED_USE},
        )
    return tuple(entries)


def _write_cases(
    exports: Sequence[Path], made: Path, progress: Progress | None
) -> tuple[list[dict[str, Any]], list[PlanEntry]]:
    """Write every plan's case folder and return the content of each ``patient.json``, and a list of all plans."""
    patients: dict[str, dict[str, Any]] = {}
    entries: list[PlanEntry] = []
    seen: set[str] = set()
    for done, export in enumerate(exports):
        if progress is not None:
            progress("reading exports", done, len(exports))
        registrations = read_registrations(export)
        for found in _exports(export):
            case = found.case
            if case.uids.plan in seen:
                raise BridgeError("each plan may be given once, found one twice: leave one of the exports out")
            seen.add(case.uids.plan)
            patient = patients.setdefault(case.patient_key, _patient(len(patients)))
            add_registrations(patient, registrations)
            plans: list[dict[str, Any]] = patient["courses"][0]["plans"]
            entry: dict[str, Any] = {
                "id": _free_id(case.plan.name, {plan["id"] for plan in plans}),
                "folder": f"plan{len(plans) + 1}",
                "kind": "external",
            }
            add_plan_facts(patient, entry, found, read_plan_facts(found))
            write_case(_prepared(case), made / "patients" / patient["id"] / "plans" / entry["folder"])
            plans.append(entry)
            entries.append(PlanEntry(patient["id"], COURSE_ID, entry["id"], len(case.plan.beams)))
    return list(patients.values()), entries


def _exports(export: Path) -> Iterator[Export]:
    """Read every plan of an export."""
    plans: list[str | None] = [plan.uid for plan in list_plans(export)]
    for plan in plans or [None]:  # without a plan, the reader says what is missing
        yield read_export(export, plan)


def _add_sums(patient: dict[str, Any], made: Path) -> None:
    """Add a sum of the plans on each structure set that has several, all with a dose."""
    course = patient["courses"][0]
    drawn_on: dict[str | None, list[dict[str, Any]]] = {}
    for plan in course["plans"]:
        case = json.loads((made / "patients" / patient["id"] / "plans" / plan["folder"] / CASE_FILE).read_text("utf-8"))
        drawn_on.setdefault(case["uids"]["structure_set"], []).append({"id": plan["id"], "dose": case["plan_dose"]})
    groups = [
        plans for uid, plans in drawn_on.items() if uid is not None and len(plans) > 1 and all(p["dose"] for p in plans)
    ]
    if groups:
        course["plan_sums"] = [
            {
                "id": f"Sum{number}",
                "plans": [{"course": COURSE_ID, "plan": plan["id"]} for plan in plans],
            }
            for number, plans in enumerate(groups, 1)
        ]


def _patient(index: int) -> dict[str, Any]:
    last, first = NAMES[index % len(NAMES)]
    return {
        "schema": SCHEMA_VERSION,
        "id": f"MOCK{index + 1:04d}",
        "last_name": last,
        "first_name": first,
        "created": datetime.now().isoformat(timespec="seconds"),  # noqa: DTZ005 -- Eclipse's times are local
        "courses": [{"id": COURSE_ID, "plans": []}],
    }


def _free_id(name: str, taken: set[str]) -> str:
    """Shorten a plan's name to the length Eclipse accepts, and number it where it is taken."""
    for number in range(1, 1000):
        tail = "" if number == 1 else f"_{number}"
        found = name.strip()[: PLAN_ID_LENGTH - len(tail)] + tail
        if found not in taken:
            return found
    raise BridgeError("a course may hold 999 plans of one name, found more")


def _prepared(case: Case) -> Case:
    """Add what DICOM does not carry: calculation models and grid, and a prescription where there is none."""
    plan, dose = case.plan, case.plan_dose or next(iter(case.beam_doses.values()), None)
    algorithm = (dose.algorithm if dose is not None else None) or ""
    model = next((name for name in DOSE_MODELS if algorithm and name.startswith(algorithm)), DOSE_MODELS[0])
    models = {"PHOTON_DOSE": model, "LEAF_MOTION": LEAF_MOTION_MODELS[0]}
    options = {} if dose is None else {GRID_OPTION: f"{dose.grid.spacing_mm[0] / 10:g}"}
    plan = replace(
        plan,
        calculation_models=models | dict(plan.calculation_models),
        calculation_options=options | dict(plan.calculation_options),
    )
    if plan.prescription_gy is None and case.plan_dose is not None:
        prescribed = _target_dose_gy(case.plan_dose, case)
        plan = replace(plan, prescription_gy=prescribed, fractions=plan.fractions or 1)
    if plan.normalisation_percent is None and plan.prescription_gy is not None:
        plan = replace(plan, normalisation_percent=100.0)
    return replace(case, plan=plan)


def _target_dose_gy(dose: Dose, case: Case) -> float:
    """Median dose of the first PTV, or the maximum without one; rounded to 0.01 Gy, as a prescription is."""
    targets = [structure for structure in case.structures if structure.dicom_type.upper() == "PTV"]
    inside = dose.gy[rasterise(targets[0], dose.grid, case.slice_mm)] if targets else dose.gy
    return max(round(float(np.median(inside) if targets and inside.size else dose.gy.max()), 2), 0.01)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
