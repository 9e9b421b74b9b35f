"""A VMAT plan of 6X through the scripts: read whole, refused or taken by the network's card, its dose in a new plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Beam, Case
from esapi_bridge.case.folder import read_case
from esapi_bridge.eclipse.install_options import WriteGrid
from esapi_bridge.models import find_model
from tests.scripts.conftest import Eclipse, installed
from tests.scripts.host import Host
from tests.scripts.mono import needs_mono
from tests.scripts.plans import PATIENT, VMAT, cylinder, plan_files, vmat, write_database
from tests.scripts.saved_run import SavedRun
from tests.tasks.conftest import make_model

pytestmark = [needs_mono, pytest.mark.slow]

DONE, REFUSED = 0, 3


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_database(tmp_path_factory.mktemp("db"), {VMAT: vmat(cylinder())})


@pytest.fixture(scope="module")
def exported(eclipse: Eclipse, database: Path) -> Case:
    """What a script reads of it."""
    answer = eclipse.run("ExportCase", database, VMAT, patient=PATIENT)
    assert answer["exit_code"] == DONE, answer["message"]
    return read_case(Path(answer["outcome"]["folder"]))


def assert_same_motion(one: Beam, other: Beam) -> None:
    """Every control point, its angles, jaws and leaves; ESAPI's leaves have 32 bits."""
    assert (one.technique, one.energy_label, one.meterset_mu) == ("ARC", "6X", other.meterset_mu)
    assert len(one.control_points) == len(other.control_points) == 15
    for a, b in zip(one.control_points, other.control_points, strict=True):
        angles = (a.meterset_weight, a.gantry_deg, a.collimator_deg, a.couch_deg)
        assert angles == pytest.approx((b.meterset_weight, b.gantry_deg, b.collimator_deg, b.couch_deg))
        assert a.jaws == b.jaws
        assert a.leaves_mm is not None
        assert b.leaves_mm is not None
        np.testing.assert_allclose(a.leaves_mm, b.leaves_mm, atol=1e-4)
    assert one.mlc_boundaries_mm is not None
    assert other.mlc_boundaries_mm is not None
    np.testing.assert_array_equal(one.mlc_boundaries_mm, other.mlc_boundaries_mm)


def test_a_script_reads_every_control_point_of_an_arc(exported: Case) -> None:
    for one, other in zip(exported.plan.beams, vmat(cylinder()).plan.beams, strict=True):
        assert_same_motion(one, other)
    assert set(exported.beam_doses) == {1, 2}


def test_the_shipped_networks_card_decides_about_arcs(eclipse: Eclipse, database: Path) -> None:
    card = find_model("ddn-lite", "dose").card.valid_for
    takes = "6X" in card.energies and "ARC" in card.techniques
    answer = eclipse.run("DeepDoseNet", database, VMAT, patient=PATIENT, save=False)
    assert answer["exit_code"] == (DONE if takes else REFUSED), answer["message"]
    if not takes:
        assert "energy: expected" in answer["message"]
        assert "technique: expected" in answer["message"]
        assert not answer["changed"]


@pytest.fixture(scope="module")
def run(host: Host, database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedRun]:
    """DeepDoseNet with a network for anything, writing on the plan's own grid."""
    home = tmp_path_factory.mktemp("home")
    model = make_model(home / "anything", energies=(), machines=(), validity={})
    with installed(host, home, "DeepDoseNet", model=str(model), write_grid=WriteGrid.SOURCE) as site:
        before = plan_files(database)
        answer = site.run("DeepDoseNet", database, VMAT, patient=PATIENT, save=True)
        assert answer["exit_code"] == DONE, answer["message"]
        (result,) = (job / "result" for job in site.jobs.glob("2*"))
        yield SavedRun(answer, database, before, result)


def test_the_dose_of_a_vmat_plan_is_in_a_new_plan(run: SavedRun) -> None:
    dose, given = run.written.plan_dose, cylinder().plan_dose
    assert dose is not None
    assert given is not None
    assert dose.grid.matches(given.grid)
    assert float(dose.gy.max()) == pytest.approx(float(given.gy.max()), rel=0.1)
    assert run.written.plan.beams == ()
    after = plan_files(run.database)
    assert {name: after[name] for name in run.before} == run.before


def test_its_page_names_the_arcs(run: SavedRun) -> None:
    page = Path(run.answer["outcome"]["report"]).read_text()
    assert page.count("330° to 26°, clockwise") == 1
    assert page.count("118° to 62°, counter-clockwise") == 1
