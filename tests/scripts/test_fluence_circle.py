"""FluenceNet from plug-in to saved plan: worker, checks, network, leaf motions, dose, on the mock Eclipse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Case, FluenceMode, Jaws
from esapi_bridge.case.rasterise import rasterise
from tests.scripts import prostate
from tests.scripts.conftest import Eclipse, installed
from tests.scripts.fluence_model import make_fluence_model
from tests.scripts.host import Host
from tests.scripts.mono import needs_mono
from tests.scripts.plans import PATIENT, plan_files, write_database
from tests.scripts.refusals import check_refused
from tests.scripts.saved_run import SavedRun

pytestmark = [needs_mono, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eclipse]:
    home = tmp_path_factory.mktemp("home")
    with installed(host, home, "FluenceNet", fluence_model=str(make_fluence_model(home / "estimate"))) as found:
        yield found


@pytest.fixture(scope="module")
def run(site: Eclipse, tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    database = write_database(
        tmp_path_factory.mktemp("db"), {prostate.PLAN: prostate.prostate()}, models=prostate.MODELS
    )
    before = plan_files(database)
    answer = site.run("FluenceNet", database, prostate.PLAN, patient=PATIENT, save=True)
    assert answer["exit_code"] == 0, answer["message"]
    assert answer["saved"]
    (result,) = (job / "result" for job in site.jobs.glob("2*"))
    return SavedRun(answer, database, before, result)


def _target_gy(case: Case) -> np.ndarray:
    assert case.plan_dose is not None
    (target,) = (s for s in case.structures if s.name == "PTV")
    return np.asarray(case.plan_dose.gy[rasterise(target, case.plan_dose.grid)])


LIKE_WANTED = 0.05
"""Of the prescription. The wanted dose is made up, not of any machine; an untrained network comes about as near."""


def test_the_dose_is_about_the_one_that_was_wanted(run: SavedRun) -> None:
    wanted, delivered = _target_gy(prostate.prostate()), _target_gy(run.written)
    assert delivered.mean() == pytest.approx(wanted.mean(), rel=0.01)
    for percent in (5, 50, 95):
        difference = np.percentile(delivered, percent) - np.percentile(wanted, percent)
        assert abs(difference) < LIKE_WANTED * prostate.PRESCRIPTION_GY, percent
    outcome = run.answer["outcome"]
    assert outcome["normalisation"] == "prescription"
    stated = json.loads((run.result / "result.json").read_text())["normalisation"]
    assert outcome["delivered"]["mean_gy"] == pytest.approx(stated["mean_gy"], rel=1e-3)


def test_the_fluence_is_the_networks(run: SavedRun) -> None:
    parts = {part["beam_name"]: part for part in json.loads((run.result / "result.json").read_text())["fluences"]}
    beams = run.written.plan.treatment_beams
    assert set(parts) == {beam.name for beam in beams}
    for beam in beams:
        part = parts[beam.name]
        assert beam.fluence is not None
        np.testing.assert_array_equal(beam.fluence.values, np.load(run.result / part["array"]["file"]))
        assert (beam.fluence.x_origin_mm, beam.fluence.y_origin_mm) == (part["x_origin_mm"], part["y_origin_mm"])
        assert beam.fluence.values.max() > 0.1
        assert (beam.technique, len(beam.control_points) > 100) == ("DYNAMIC", True)


def test_the_plan_there_was_is_untouched(run: SavedRun) -> None:
    after = plan_files(run.database)
    assert {name: after[name] for name in run.before} == run.before
    assert run.answer["outcome"]["original_unchanged"] is True


def test_there_is_a_report(run: SavedRun) -> None:
    assert Path(run.answer["outcome"]["report"]).is_file()


def _states() -> dict[str, tuple[Case, str]]:
    """The plan as it may be found, by plan id, and what the refusal says."""
    case = prostate.prostate()
    beams = case.plan.beams

    def planned(**fields: object) -> Case:
        return replace(case, plan=replace(case.plan, **fields))  # type: ignore[arg-type]

    narrow = tuple(replace(point, jaws=Jaws(-10.0, 10.0, -30.0, 30.0)) for point in beams[0].control_points)
    ct = case.ct
    x, y, z = ct.grid.origin_mm
    elsewhere = replace(ct, grid=replace(ct.grid, origin_mm=(x + 200.0, y, z)))
    no_target = tuple(s for s in case.structures if s.name != "PTV")
    two_targets = tuple(
        replace(s, name="PTV2", dicom_type="PTV") if s.name == "Prostate" else s for s in case.structures
    )
    return {
        "NoPTV": (replace(case, structures=no_target), "structure PTV: expected a structure with contours, found none"),
        "TwoPTV": (replace(case, structures=two_targets), "structure PTV: expected one structure, found PTV and PTV2"),
        "FiveFields": (planned(beams=beams[:5]), "fields: expected 7 treatment beams, found 5"),
        "Energy6X": (
            planned(beams=tuple(replace(beam, energy_mv=6.0) for beam in beams)), "energy: expected 15X, found 6X"
        ),
        "FFF": (
            planned(beams=tuple(replace(beam, fluence_mode=FluenceMode.FFF) for beam in beams)), "energy: expected 15X"
        ),
        "Jaws": (
            planned(beams=(replace(beams[0], control_points=narrow), *beams[1:])), "ptv_in_field: expected the PTV"
        ),
        "OtherCT": (replace(case, ct=elsewhere), "contours_on_ct: expected body and PTV drawn on this CT"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = {name: case for name, (case, _) in _states().items()}
    cases = {}
    for number, (name, case) in enumerate(found.items(), start=80):
        # Each on a structure set and an image of its own, as the contours or the CT differ.
        uids = replace(case.uids, plan=f"1.2.4.{number}", structure_set=f"1.2.5.{number}", ct_series=f"1.2.6.{number}")
        cases[name] = replace(case, uids=uids)
    return write_database(tmp_path_factory.mktemp("db"), cases, models=prostate.MODELS)


@pytest.mark.parametrize("plan", _states())
def test_what_the_network_does_not_know_is_refused_by_name(site: Eclipse, states: Path, plan: str) -> None:
    check_refused(site, "FluenceNet", states, plan, _states()[plan][1])
