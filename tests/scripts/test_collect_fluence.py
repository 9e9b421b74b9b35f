"""CollectFluenceNetData: which plans of a patient are written, what the list says, and that nothing goes along."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Case, Technique
from esapi_bridge.case.folder import read_case
from tests.scripts import prostate
from tests.scripts.conftest import Eclipse
from tests.scripts.mono import needs_mono
from tests.scripts.plans import LAST_NAME, PATIENT, plan_files, write_database

pytestmark = needs_mono

SCRIPT = "CollectFluenceNetData"
DONE, REFUSED, CANCELLED = 0, 3, 4

REASONS = {
    "Unapproved": "approval: expected an approved plan, found UnApproved",
    "NoDose": "the plan needs a calculated dose",
    "Energy6X": "energy: expected 15X, found 6X",
    "SixFields": "fields: expected 7, found 6",
    "NoFluence": "fluence: expected one for every field, found none in field G051",
    "Open": "technique: expected a sliding window, found",
}


def _plans() -> dict[str, Case]:
    """A plan to take, with a set-up field, and one for each reason not to."""
    case = prostate.with_fluence(prostate.prostate())
    first, second, *others = case.plan.beams
    setup = replace(first, number=20, name="Setup", is_setup=True, meterset_mu=0.0, fluence=None)
    changes: dict[str, dict[str, Any]] = {
        "Clinical": {"beams": (*case.plan.beams, setup)},
        "Unapproved": {"approval": "UNAPPROVED"},
        "NoDose": {},
        "Energy6X": {"beams": tuple(replace(beam, energy_mv=6.0) for beam in case.plan.beams)},
        "SixFields": {"beams": case.plan.beams[:6]},
        "NoFluence": {"beams": (first, replace(second, fluence=None), *others)},
        "Open": {"beams": (replace(first, technique=Technique.STATIC), second, *others)},
    }
    plans = {
        name: replace(
            case, uids=replace(case.uids, plan=f"1.2.4.{number}"), plan=replace(case.plan, name=name, **change)
        )
        for number, (name, change) in enumerate(changes.items(), start=70)
    }
    return plans | {"NoDose": replace(plans["NoDose"], plan_dose=None)}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_database(tmp_path_factory.mktemp("db"), _plans(), models=prostate.MODELS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("collected")


@pytest.fixture(scope="module")
def answer(eclipse: Eclipse, database: Path, folder: Path) -> dict[str, Any]:
    found = eclipse.run(SCRIPT, database, patient=PATIENT, save=True, ESAPI_BRIDGE_EXPORTS=str(folder))
    assert found["exit_code"] == DONE, found["message"]
    return found


def test_only_what_fits_is_taken(answer: dict[str, Any], folder: Path) -> None:
    (name,) = answer["outcome"]["written"]
    assert sorted(path.name for path in folder.iterdir()) == ["collection.json", name]
    told = dict(line.split(" (", 1) for line in answer["outcome"]["not_taken"])
    assert set(told) == set(REASONS)
    for plan, reason in REASONS.items():
        assert told[plan].startswith(reason)
    assert answer["message"].startswith("1 of 7 plans taken, 0 of them there already. Not taken: Unapproved (approval")


def test_the_case_holds_contours_dose_and_fluence(answer: dict[str, Any], folder: Path) -> None:
    source = _plans()["Clinical"]
    case = read_case(folder / answer["outcome"]["written"][0])
    assert [s.name for s in case.structures] == [s.name for s in source.structures]
    assert all(s.contours_mm for s in case.structures)
    assert case.plan_dose is not None
    assert source.plan_dose is not None
    np.testing.assert_allclose(case.plan_dose.gy, source.plan_dose.gy, atol=1e-4)
    assert len(case.plan.beams) == 8
    for found, given in zip(case.plan.treatment_beams, source.plan.treatment_beams, strict=True):
        assert found.fluence is not None
        assert given.fluence is not None
        np.testing.assert_array_equal(found.fluence.values, given.fluence.values)
        assert (found.fluence.x_origin_mm, found.fluence.y_origin_mm) == (-26.25, 28.75)


def test_the_list_says_what_was_taken_and_why_not(answer: dict[str, Any], folder: Path) -> None:
    listed = json.loads((folder / "collection.json").read_text())
    assert (listed["schema"], listed["intended_use"]) == (1, "Research use only, not for clinical use.")
    taken = [name for name, plan in listed["plans"].items() if plan["taken"]]
    assert taken == answer["outcome"]["written"]
    reasons = [plan["reason"] for plan in listed["plans"].values() if not plan["taken"]]
    assert all(any(given.startswith(reason) for given in reasons) for reason in REASONS.values())
    assert len(reasons) == len(REASONS)


def test_no_name_goes_along(answer: dict[str, Any], folder: Path) -> None:
    for path in folder.rglob("*"):
        assert PATIENT not in path.name
        if path.is_file():
            assert all(secret.encode() not in path.read_bytes() for secret in (LAST_NAME, PATIENT, "Carl"))
    assert LAST_NAME not in answer["message"]


def test_what_is_there_is_left_as_it_is(eclipse: Eclipse, database: Path, answer: dict[str, Any], folder: Path) -> None:
    case = folder / answer["outcome"]["written"][0]
    before = {path: path.stat().st_mtime_ns for path in case.iterdir()}
    again = eclipse.run(SCRIPT, database, "Open", patient=PATIENT, ESAPI_BRIDGE_EXPORTS=str(folder))
    assert again["outcome"]["written"] == []
    assert again["message"].startswith("1 of 7 plans taken, 1 of them there already")
    assert {path: path.stat().st_mtime_ns for path in case.iterdir()} == before


def test_nothing_changes_in_eclipse(answer: dict[str, Any], database: Path) -> None:
    assert (answer["changed"], answer["saved"]) == (False, False)
    fresh = _plans()
    assert len({name.split("/")[0] for name in plan_files(database)}) == len(fresh)


def test_a_cancelled_collection_leaves_nothing(eclipse: Eclipse, tmp_path: Path) -> None:
    """The second plan is cancelled, so the first is taken back."""
    plans = _plans()
    twice = {
        name: replace(plans["Clinical"], uids=replace(plans["Clinical"].uids, plan=name)) for name in ("1.5", "1.6")
    }
    database = write_database(tmp_path / "db", twice, models=prostate.MODELS)
    folder = tmp_path / "collected"
    found = eclipse.run(
        SCRIPT,
        database,
        patient=PATIENT,
        ESAPI_BRIDGE_EXPORTS=str(folder),
        ESAPI_BRIDGE_CANCEL_AT="looking at plan 1.6",
    )
    assert found["exit_code"] == CANCELLED
    assert list(folder.iterdir()) == []


def test_without_a_patient(eclipse: Eclipse, database: Path, tmp_path: Path) -> None:
    found = eclipse.run(SCRIPT, database, ESAPI_BRIDGE_EXPORTS=str(tmp_path / "collected"))
    assert found["exit_code"] == REFUSED
    assert found["message"].startswith("An open patient is needed, none is open")
    assert not (tmp_path / "collected").exists()
