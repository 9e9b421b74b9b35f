"""FluenceNet from contours alone to a saved plan, on a mock Eclipse of 16.1, which calculates first doses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.case import Case
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.eclipse.field_options import NewFieldOptions
from esapi_bridge.mock.eclipse import build_host
from esapi_bridge.planning.engines import respaced
from esapi_bridge.planning.physics.raytrace import resample
from tests.scripts import prostate
from tests.scripts.conftest import Eclipse, installed
from tests.scripts.host import Host
from tests.scripts.mono import needs_mono
from tests.scripts.plans import PATIENT, plan_files, write_database
from tests.scripts.refusals import REFUSED, check_refused
from tests.scripts.saved_run import SavedRun
from tests.tasks.fluence_case import GANTRY_DEG, make_dose_model

pytestmark = [needs_mono, pytest.mark.slow]

FIELDS = NewFieldOptions("TrueBeam", "15X", 600)


@pytest.fixture(scope="module")
def host_16(host_cache: Path, for_all: Path, tmp_path_factory: pytest.TempPathFactory) -> Host:
    return Host.build(build_host(["ESAPI_16"], host_cache), tmp_path_factory.mktemp("host-16"), for_all / "pycache")


@pytest.fixture(scope="module")
def dose_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_dose_model(tmp_path_factory.mktemp("models") / "tiny-dose"))


@pytest.fixture(scope="module")
def site(host_16: Host, dose_model: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eclipse]:
    home = tmp_path_factory.mktemp("home")
    with installed(host_16, home, "FluenceNet", wanted_dose_model=dose_model, new_fields=FIELDS) as found:
        yield found


def contours(**plan: object) -> Case:
    """The prostate plan before anything was planned: CT, contours, prescription."""
    case = prostate.prostate()
    empty = replace(case.plan, **{"beams": (), "normalisation_percent": None, **plan})  # type: ignore[arg-type]
    return replace(case, plan=empty, plan_dose=None)


def _states() -> dict[str, tuple[Case, str]]:
    """The plan as it may be found, by plan id, and what the refusal says."""
    case = contours()
    x, y, z = case.ct.grid.origin_mm
    elsewhere = replace(case.ct, grid=replace(case.ct.grid, origin_mm=(x + 200.0, y, z)))
    no_target = tuple(s for s in case.structures if s.name != "PTV")
    two_targets = tuple(
        replace(s, name="PTV2", dicom_type="PTV") if s.name == "Prostate" else s for s in case.structures
    )
    other_site = tuple(s for s in case.structures if s.name in ("BODY", "PTV"))
    return {
        "NoPTV": (replace(case, structures=no_target), "structure PTV: expected a structure with contours, found none"),
        "TwoPTV": (replace(case, structures=two_targets), "structure PTV: expected one structure, found PTV and PTV2"),
        "NoRx": (contours(prescription_gy=None, fractions=None), "The plan needs a prescription"),
        "OtherCT": (replace(case, ct=elsewhere), "contours_on_ct: expected body and PTV drawn on this CT"),
        "OtherSite": (
            replace(case, structures=other_site), "structure Rectum: expected a structure with contours, found none"
        ),
        "Evaluation": (
            replace(contours(normalisation_percent=100.0), plan_dose=prostate.prostate().plan_dose),
            "A plan without fields must have no dose to be given some, found an evaluation dose",
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cases = {"Contours": contours()}
    for number, (name, (case, _)) in enumerate(_states().items(), start=80):
        # Each on a structure set and an image of its own, as the contours or the CT differ.
        uids = replace(case.uids, plan=f"1.2.4.{number}", structure_set=f"1.2.5.{number}", ct_series=f"1.2.6.{number}")
        cases[name] = replace(case, uids=uids)
    return write_database(tmp_path_factory.mktemp("db"), cases, models=prostate.MODELS)


@pytest.fixture(scope="module")
def run(site: Eclipse, tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """A run on a plan with nothing but a set-up field, whose isocentre is elsewhere."""
    first = prostate.prostate().plan.beams[0]
    setup = replace(first, name="Setup", is_setup=True, meterset_mu=0.0, isocentre_mm=(10.0, 0.0, 0.0))
    case = replace(contours(), plan=replace(contours().plan, beams=(setup,)))
    database = write_database(tmp_path_factory.mktemp("db"), {prostate.PLAN: case}, models=prostate.MODELS)
    before = plan_files(database)
    answer = site.run("FluenceNet", database, prostate.PLAN, patient=PATIENT, save=True)
    assert answer["exit_code"] == 0, answer["message"]
    assert answer["saved"]
    (result,) = (job / "result" for job in site.jobs.glob("2*") if (job / "result" / "fluence_1.npy").is_file())
    return SavedRun(answer, database, before, result)


def test_the_copy_has_the_fields_of_the_networks_card_around_the_ptv(run: SavedRun) -> None:
    plan = run.written.plan
    assert [beam.control_points[0].gantry_deg for beam in plan.beams] == list(GANTRY_DEG)
    assert run.answer["outcome"]["fields_added"] == [beam.name for beam in plan.beams] == [
        f"G{angle:03.0f}" for angle in GANTRY_DEG
    ]  # fmt: skip
    (target,) = (s for s in run.written.structures if s.name == "PTV")
    points = np.concatenate(target.contours_mm)
    for beam in plan.beams:
        assert (beam.machine, beam.energy_label, beam.is_setup) == ("TrueBeam", "15X", False)
        # The target is a ball about the origin, its planes a little to one side.
        assert beam.isocentre_mm == pytest.approx((0.0, 0.0, 0.0), abs=1.5)
        seen = beam_frame(beam, plan.patient_position).project(points)
        jaws = beam.widest_jaws
        assert (seen.min(axis=0) > (jaws.x1_mm, jaws.y1_mm)).all()
        assert (seen.max(axis=0) < (jaws.x2_mm, jaws.y2_mm)).all()


def test_the_copy_delivers_the_networks_fluence(run: SavedRun) -> None:
    plan = run.written.plan
    for number, beam in enumerate(plan.beams, start=1):
        assert beam.fluence is not None
        np.testing.assert_array_equal(beam.fluence.values, np.load(run.result / f"fluence_{number}.npy"))
        assert (beam.technique, len(beam.control_points) > 100) == ("DYNAMIC", True)
    assert run.answer["outcome"]["mu"] == pytest.approx(sum(beam.meterset_mu for beam in plan.beams))


def _dose_in(case: Case, *names: str) -> tuple[NDArray[np.float64], float]:
    """Doses of points every 1.25 mm in structures together, Gy, and their volume, cm3."""
    assert case.plan_dose is not None
    points = respaced(case.plan_dose.grid, 1.25)
    inside = np.logical_or.reduce([rasterise(s, points) for s in case.structures if s.name in names])
    dose = resample(np.asarray(case.plan_dose.gy), case.plan_dose.grid, points)[inside]
    return np.asarray(dose, dtype=np.float64), dose.size * 1.25**3 / 1000


OF_A_FIGURE = 0.03
"""Eclipse's histograms and these points sample small structures and steep doses differently."""

OUTER_HALVES = 100.0 / 97.5
"""A histogram samples a body of 40 planes of 2.5 mm from the first to the last, and calls that its whole volume."""


def test_goals_are_measured_on_the_delivered_dose(run: SavedRun) -> None:
    case, prescription = run.written, prostate.PRESCRIPTION_GY
    goals = {goal["text"].split(" <=")[0].split(" >=")[0]: goal for goal in run.answer["outcome"]["goals"]}
    target, target_cc = _dose_in(case, "PTV")
    assert target.mean() == pytest.approx(prescription, rel=0.01)
    for name, percentile in (("PTV D95%", 5), ("PTV D98%", 2), ("PTV D2%", 98)):
        wanted = 100 * np.percentile(target, percentile) / prescription
        assert goals[name]["delivered"] == pytest.approx(wanted, rel=OF_A_FIGURE), name
    homogeneity = np.subtract(*np.percentile(target, (95, 5))) / prescription
    assert goals["PTV homogeneity"]["delivered"] == pytest.approx(homogeneity, abs=OF_A_FIGURE)
    body, body_cc = _dose_in(case, "BODY")
    covered_cc = OUTER_HALVES * body_cc * (body >= 0.95 * prescription).mean()
    assert goals["PTV conformity"]["delivered"] == pytest.approx(covered_cc / target_cc, rel=OF_A_FIGURE)
    (rectum,) = (goal for name, goal in goals.items() if name.startswith("Rectum V"))
    level = 60 * prescription / 72.6  # the table's dose is of a course of 72.6 Gy
    assert rectum["delivered"] == pytest.approx(100 * (_dose_in(case, "Rectum")[0] >= level).mean(), abs=3)
    bulb, _ = _dose_in(case, "PenileBulb")
    # Dose falls steeply along it, and Eclipse leaves its outer halves of a plane out.
    assert goals["Penile bulb Dmean"]["delivered"] == pytest.approx(bulb.mean(), abs=OF_A_FIGURE * prescription)
    heads, _ = _dose_in(case, "FemoralHead_L", "FemoralHead_R")
    assert goals["Femoral heads Dmax"]["delivered"] == pytest.approx(heads.max(), rel=OF_A_FIGURE)


def test_what_is_missed_is_said(run: SavedRun) -> None:
    goals = run.answer["outcome"]["goals"]
    met = sum(goal["met"] for goal in goals)
    assert f"Goals met: {met} of {len(goals)}" in run.answer["message"]
    for goal in goals:
        beyond = goal["limit"] - goal["delivered"] if ">=" in goal["text"] else goal["delivered"] - goal["limit"]
        assert goal["missed_by"] == pytest.approx(max(beyond, 0.0))
        assert goal["met"] is (beyond <= 0)
        assert (f"{goal['text']} missed by" in run.answer["message"]) is not goal["met"]


def test_the_fields_are_told(run: SavedRun) -> None:
    assert (
        "7 fields of TrueBeam, 15X, 600 MU/min, at gantry 0, 51, 103, 154, 206, 257, 309 degrees"
        in run.answer["message"]
    )
    assert "the wanted one was predicted from its contours" in run.answer["message"]


def test_the_plan_there_was_is_untouched(run: SavedRun) -> None:
    after = plan_files(run.database)
    assert {name: after[name] for name in run.before} == run.before
    assert run.answer["outcome"]["original_unchanged"] is True


@pytest.mark.parametrize("plan", _states())
def test_what_cannot_serve_is_refused_before_anything_is_changed(site: Eclipse, states: Path, plan: str) -> None:
    check_refused(site, "FluenceNet", states, plan, _states()[plan][1])


@pytest.mark.parametrize("step", ["adding fields", "writing fluence", "measuring goals"])
def test_what_was_added_is_taken_back(site: Eclipse, states: Path, step: str) -> None:
    before = plan_files(states)
    answer = site.run_and_save_anyway("FluenceNet", states, PATIENT, "C1", "Contours", ESAPI_BRIDGE_CANCEL_AT=step)
    assert answer["exit_code"] == 4, answer["message"]
    assert plan_files(states) == before


def test_an_installation_that_names_no_machine_is_told_which_options_do(
    host_16: Host, dose_model: str, states: Path, tmp_path: Path
) -> None:
    with installed(host_16, tmp_path, "FluenceNet", wanted_dose_model=dose_model) as site:
        answer = site.run("FluenceNet", states, "Contours", patient=PATIENT, save=True)
    assert answer["exit_code"] == REFUSED
    assert "--fluence-machine, --fluence-energy and --fluence-dose-rate" in answer["message"]
    assert not answer["changed"]
