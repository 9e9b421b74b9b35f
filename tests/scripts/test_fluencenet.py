"""FluenceNet with answers that a test chooses: what is set, what is calculated, what is taken back on failure."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Approval, Case, Plan, Technique
from esapi_bridge.case.folder import read_case
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.eclipse.install import script_sources
from esapi_bridge.eclipse.install_options import Normalisation
from esapi_bridge.planning.engines import respaced
from esapi_bridge.planning.physics.raytrace import resample
from fluencenet.scene import LABELS
from tests.patience import LONGEST_S
from tests.scripts import prostate
from tests.scripts.canned_worker import CANNED, HEADS, OPTIONS, canned_map
from tests.scripts.conftest import Eclipse, installed
from tests.scripts.host import Host
from tests.scripts.mono import needs_mono
from tests.scripts.plans import COURSE, LAST_NAME, MODEL, PATIENT, courses_of, plan_files, write_database

pytestmark = [needs_mono, pytest.mark.slow]

DONE, FAILED, REFUSED, CANCELLED = 0, 1, 3, 4
ROOT = Path(__file__).parents[2]
RESEARCH_COURSE = "DDN_RESEARCH"


@pytest.fixture(scope="module")
def site(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eclipse]:
    """The scripts, normalising to the open plan, and a worker that answers as it is told."""
    with installed(host, tmp_path_factory.mktemp("home"), "FluenceNet", normalisation=Normalisation.REFERENCE) as found:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.scripts.canned_worker", "--jobs", str(found.jobs), "--idle-timeout", "600"],
            cwd=ROOT,
            env={**os.environ, "ESAPI_BRIDGE_STATE": str(found.home / "state")},
        )
        deadline = time.monotonic() + LONGEST_S
        while not list((found.home / "state").rglob("contact.json")):
            assert worker.poll() is None, "the canned worker must start"
            assert time.monotonic() < deadline, "the canned worker must start in time"
            time.sleep(0.05)
        yield found
    worker.wait(LONGEST_S)


@dataclass(frozen=True)
class Desk:
    """A site with a database of its own."""

    site: Eclipse
    database: Path

    def run(self, plan: str | None = prostate.PLAN, fault: str | None = None, **environment: str) -> dict[str, Any]:
        """Run FluenceNet and keep what it left if it ended well."""
        (self.site.jobs / CANNED).write_text(json.dumps({"fault": fault}))
        return self.site.run("FluenceNet", self.database, plan, patient=PATIENT, save=True, **environment)

    def run_and_save_anyway(
        self, fault: str | None = None, plan: str = prostate.PLAN, **environment: str
    ) -> dict[str, Any]:
        """Run it in a host that keeps even what a failing script left behind."""
        (self.site.jobs / CANNED).write_text(json.dumps({"fault": fault}))
        return self.site.run_and_save_anyway("FluenceNet", self.database, PATIENT, COURSE, plan, **environment)


def states(case: Case) -> dict[str, Case]:
    """The plan as it may be found, by plan id."""

    def changed(name: str, **fields: object) -> Case:
        uids = replace(case.uids, plan=f"1.2.4.{len(made) + 50}")
        return replace(case, uids=uids, plan=replace(case.plan, name=name, **fields))  # type: ignore[arg-type]

    made: dict[str, Case] = {prostate.PLAN: case}
    first, *others = case.plan.beams
    turning = tuple(
        replace(point, gantry_deg=angle) for point, angle in zip(first.control_points, (0, 90), strict=True)
    )
    made["Arc"] = changed("Arc", beams=(replace(first, technique=Technique.ARC, control_points=turning), *others))
    made["NoRx"] = changed("NoRx", prescription_gy=None, fractions=None, normalisation_percent=None)
    made["NoDose"] = replace(changed("NoDose"), plan_dose=None)
    made["Approved"] = changed(
        "Approved", approval=Approval.TREATMENT_APPROVED, beams=(*case.plan.beams, _setup(case.plan))
    )
    return made


def _setup(plan: Plan) -> Any:
    return replace(plan.beams[0], number=20, name="Setup", is_setup=True, meterset_mu=0.0)


def desk(site: Eclipse, folder: Path, case: Case | None = None, models: dict[str, list[str]] | None = None) -> Desk:
    plans = states(prostate.prostate()) if case is None else {prostate.PLAN: case}
    return Desk(site, write_database(folder / "db", plans, models=models or prostate.MODELS))


@pytest.fixture(scope="module")
def done(site: Eclipse, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Desk, dict[str, bytes]]:
    """A run on an approved plan with a set-up field, saved: answer, desk, and the plans' files before it."""
    at = desk(site, tmp_path_factory.mktemp("done"))
    before = plan_files(at.database)
    answer = at.run("Approved")
    assert answer["exit_code"] == DONE, answer["message"]
    return answer, at, before


Done = tuple[dict[str, Any], Desk, dict[str, bytes]]


def written(database: Path) -> Case:
    (plan,) = courses_of(database)[RESEARCH_COURSE]
    return read_case(database / "patients" / PATIENT / "plans" / plan["folder"])


@pytest.mark.slow
def test_every_treatment_field_has_its_fluence_and_leaves(done: Done) -> None:
    plan = written(done[1].database).plan
    assert plan.approval == "UNAPPROVED"
    assert [beam.name for beam in plan.treatment_beams] == [beam.name for beam in prostate.prostate().plan.beams]
    for beam in plan.treatment_beams:
        assert beam.fluence is not None
        wanted = canned_map(beam.number)
        np.testing.assert_array_equal(beam.fluence.values, wanted.values)
        assert (beam.fluence.x_origin_mm, beam.fluence.y_origin_mm) == (wanted.x_origin_mm, wanted.y_origin_mm)
        assert beam.technique == "DYNAMIC"
        assert len(beam.control_points) > 100
    (setup,) = (beam for beam in plan.beams if beam.is_setup)
    assert setup.fluence is None
    assert done[0]["outcome"]["largest_deviation"] == 0.0
    assert done[0]["outcome"]["fields"] == len(plan.treatment_beams)


@pytest.mark.slow
def test_the_plan_there_was_is_untouched(done: Done) -> None:
    answer, at, before = done
    after = plan_files(at.database)
    assert {name: after[name] for name in before} == before
    assert answer["outcome"]["original_unchanged"] is True
    assert "Plan Approved is approved (TreatmentApproved); it is only read" in answer["message"]


SPACING_MM = 1.25


def _dose_in(case: Case, *names: str) -> np.ndarray:
    """Of points every 1.25 mm: of voxels of 5 mm it would hang on which count as inside."""
    assert case.plan_dose is not None
    points = respaced(case.plan_dose.grid, SPACING_MM)
    inside = np.logical_or.reduce([rasterise(s, points) for s in case.structures if s.name in names])
    return resample(np.asarray(case.plan_dose.gy), case.plan_dose.grid, points)[inside]


EDGE_VOXELS = 0.01
"""Of the dose: two ways to decide which points lie inside a ball differ in some at its edge."""


@pytest.mark.slow
def test_the_dose_has_the_mean_of_the_open_plan_and_its_figures_are_told(done: Done) -> None:
    outcome = done[0]["outcome"]
    assert outcome["normalisation"] == "reference"
    assert outcome["delivered"]["mean_gy"] == pytest.approx(outcome["wanted"]["mean_gy"], rel=1e-3)
    before, after = _dose_in(prostate.prostate(), "PTV"), _dose_in(written(done[1].database), "PTV")
    assert outcome["wanted"]["mean_gy"] == pytest.approx(before.mean(), rel=EDGE_VOXELS)
    assert outcome["delivered"]["mean_gy"] == pytest.approx(after.mean(), rel=EDGE_VOXELS)
    for name, percent in (("d95_gy", 5), ("d98_gy", 2), ("d2_gy", 98)):
        assert outcome["delivered"][name] == pytest.approx(np.percentile(after, percent), rel=2 * EDGE_VOXELS)
    assert f"D95 {outcome['delivered']['d95_gy']:.2f}" in done[0]["message"]


@pytest.mark.slow
def test_goals_of_two_structures_are_those_of_both_together(done: Done) -> None:
    hottest, volume = done[0]["outcome"]["goals"]
    heads = _dose_in(written(done[1].database), *HEADS)
    percent = 100 * np.percentile(heads, 70) / prostate.PRESCRIPTION_GY
    assert hottest["delivered"] == pytest.approx(percent, rel=0.05)
    volume_cc = (heads >= 5.0).sum() * SPACING_MM**3 / 1000
    assert volume["delivered"] == pytest.approx(volume_cc, rel=0.05)
    assert (hottest["wanted"], volume["wanted"]) == (None, 3.0)
    assert volume["missed_by"] == pytest.approx(1000.0 - volume["delivered"])
    assert f"Heads V5Gy >= 1000 cm3 missed by {volume['missed_by']:.1f} cm3" in done[0]["message"]


@pytest.mark.slow
def test_monitor_units_are_those_of_the_normalised_plan(done: Done) -> None:
    """Dose per monitor unit is the machine's: twice the dose takes twice the units."""
    plan = written(done[1].database).plan
    assert done[0]["outcome"]["mu"] == pytest.approx(sum(beam.meterset_mu for beam in plan.treatment_beams))
    assert plan.normalisation_percent == pytest.approx(done[0]["outcome"]["normalisation_percent"])


def test_a_plan_without_a_dose_is_predicted_but_eclipse_15_calculates_no_first_dose(
    site: Eclipse, tmp_path: Path
) -> None:
    """The worker gets the case without a dose; what Eclipse 15 then refuses is said, with the way by hand."""
    at = desk(site, tmp_path)
    before, jobs = plan_files(at.database), set(site.jobs.glob("2*"))
    answer = at.run_and_save_anyway(plan="NoDose")
    assert answer["exit_code"] == REFUSED
    assert "Eclipse does not let a script calculate the dose of the new fluence" in answer["message"]
    (job,) = set(site.jobs.glob("2*")) - jobs
    assert list(job.rglob("fluence_1.npy")), "the fluences were predicted"
    assert plan_files(at.database) == before


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        ("lacking", FAILED, "every treatment beam must have one fluence"),
        ("nan", FAILED, "the fluence of beam 3 must be finite and not negative"),
        ("negative", FAILED, "the fluence of beam 3 must be finite and not negative"),
        ("wide pixels", FAILED, "the fluence of beam 1 must have rows and columns of 2.5 mm"),
        ("tall", REFUSED, "Eclipse must take the fluence of every field, it does not for G309"),
        ("zero", FAILED, "leaf motions must be calculated for every field, they were not: Error: an optimal fluence"),
    ],
)
def test_all_fields_or_none(site: Eclipse, tmp_path: Path, fault: str, code: int, message: str) -> None:
    at = desk(site, tmp_path)
    before = plan_files(at.database)
    answer = at.run_and_save_anyway(fault)
    assert (answer["exit_code"], answer["intended_use"]) == (code, "Research use only, not for clinical use.")
    assert message.lower() in answer["message"].lower()
    assert LAST_NAME not in answer["message"]
    assert list(courses_of(at.database)) == [COURSE]
    assert plan_files(at.database) == before


@pytest.mark.parametrize(
    "step",
    ["writing fluence", "Eclipse calculates leaf", pytest.param("comparing the open plan", marks=pytest.mark.slow)],
)
def test_what_was_added_is_taken_back(site: Eclipse, tmp_path: Path, step: str) -> None:
    at = desk(site, tmp_path)
    before = plan_files(at.database)
    answer = at.run_and_save_anyway(ESAPI_BRIDGE_CANCEL_AT=step)
    assert answer["exit_code"] == CANCELLED
    assert list(courses_of(at.database)) == [COURSE]
    assert plan_files(at.database) == before


def test_a_dead_calculation_server_is_told_and_taken_back(site: Eclipse, tmp_path: Path) -> None:
    at = desk(site, tmp_path)
    answer = at.run_and_save_anyway(ESAPI_BRIDGE_PYTHON="/bin/false")
    assert answer["exit_code"] == FAILED
    assert "leaf motions must be calculated for every field" in answer["message"].lower()
    assert list(courses_of(at.database)) == [COURSE]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (None, "an open external-beam photon plan is needed"),
        ("Arc", "found an arc or VMAT field (G000)"),
        ("NoRx", "the plan needs a prescription"),
    ],
)
def test_a_plan_that_cannot_serve_is_refused(site: Eclipse, tmp_path: Path, plan: str | None, message: str) -> None:
    at = desk(site, tmp_path)
    jobs = sorted(site.jobs.glob("2*"))
    answer = at.run(plan)
    assert answer["exit_code"] == REFUSED
    assert message.lower() in answer["message"].lower()
    assert (answer["changed"], answer["saved"]) == (False, False)
    assert sorted(site.jobs.glob("2*")) == jobs


@pytest.mark.parametrize(
    ("leaf_models", "message"),
    [
        ([], "a calculation model for PhotonLeafMotions is needed, found none installed"),
        (["Varian Smart LMC [mock]"], "leaf motions need a Varian Leaf Motion Calculator, found Varian Smart LMC"),
    ],
)
def test_a_site_without_the_leaf_motion_model(
    site: Eclipse, tmp_path: Path, leaf_models: list[str], message: str
) -> None:
    case = prostate.prostate()
    case = replace(case, plan=replace(case.plan, calculation_models={"PHOTON_DOSE": MODEL}))
    at = desk(site, tmp_path, case, {**prostate.MODELS, "PhotonLeafMotions": leaf_models})
    answer = at.run()
    assert answer["exit_code"] == REFUSED
    assert message.lower() in answer["message"].lower()
    assert not answer["changed"]


def _renamed(name: str) -> Case:
    case = prostate.prostate()
    structures = tuple(replace(s, name=name, dicom_type="") if s.name == "PTV" else s for s in case.structures)
    return replace(case, structures=structures)


def test_a_structure_that_no_name_points_out_is_asked_for(site: Eclipse, tmp_path: Path) -> None:
    """Nobody is there to answer, so the refusal stands and names what there is."""
    at = desk(site, tmp_path, _renamed("Target 44"))
    answer = at.run()
    assert answer["exit_code"] == REFUSED
    assert "structure PTV: expected a structure with contours, found none among" in answer["message"]
    assert "Target 44" in answer["message"]
    assert not answer["changed"]


def test_a_structure_can_be_named(site: Eclipse, tmp_path: Path) -> None:
    at = desk(site, tmp_path, _renamed("Target 44"))
    answer = at.run(ESAPI_BRIDGE_STRUCTURES='{"PTV": "Target 44"}', ESAPI_BRIDGE_CANCEL_AT="writing fluence")
    assert answer["exit_code"] == CANCELLED, answer["message"]
    assert json.loads((site.jobs / OPTIONS).read_text())["structures"] == {"PTV": "Target 44"}


def test_the_roles_that_are_asked_for_are_the_networks() -> None:
    source = (script_sources() / "FluenceNet" / "StructureRoles.cs").read_text()
    (listed,) = re.findall(r"All =\s*\{(.*?)\}", source, re.DOTALL)
    assert set(re.findall(r'"(\w+)"', listed)) == set(LABELS[1:])


@pytest.mark.parametrize(
    ("switch", "reason"), [("--no-licence", "No valid license"), ("--clinical", "is not approved")]
)
def test_a_site_that_lets_no_script_write(site: Eclipse, tmp_path: Path, switch: str, reason: str) -> None:
    at = desk(site, tmp_path)
    jobs = sorted(site.jobs.glob("2*"))
    answer = site.run("FluenceNet", at.database, prostate.PLAN, switch, patient=PATIENT)
    assert answer["exit_code"] == REFUSED
    assert reason in answer["message"]
    assert sorted(site.jobs.glob("2*")) == jobs
