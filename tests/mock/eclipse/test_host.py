"""The host: what is open, how scripts are entered, what is kept, how a run ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from esapi_bridge.case import PatientPosition
from esapi_bridge.case.folder import read_case
from esapi_bridge.mock.eclipse import build_host
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from tests.mock.eclipse.conftest import SOURCES, Site, compile_script
from tests.patience import LONGEST_S
from tests.planning.water import water_cylinder

INTENDED_USE = "Research use only, not for clinical use."


def courses(site: Site, patient: str = "MOCK0001") -> list[str]:
    facts = json.loads((site.database / "patients" / patient / "patient.json").read_text())
    return [course["id"] for course in facts["courses"]]


@pytest.mark.slow
def test_a_script_sees_what_is_open(programs: Site) -> None:
    done = programs.eclipse("--run", "Look", "--plan", "ct2")
    assert done.returncode == 0, done.stderr
    assert "looked at ct2 with 2 beams in Mock Eclipse" in done.stdout
    assert "nothing changed" in done.stdout
    assert INTENDED_USE in done.stderr
    nothing = programs.eclipse("--run", str(programs.scripts / "Look.esapi.dll"))
    assert "looked at nothing" in nothing.stdout


def test_changes_are_kept_only_when_saved(site: Site) -> None:
    done = site.eclipse("--run", "AddCourse", "--plan", "ct1", "--json")
    facts = json.loads(done.stdout)
    assert (facts["changed"], facts["saved"], facts["exit_code"]) == (True, False, 0)
    assert facts["message"] == "unattended 1"
    assert facts["intended_use"] == INTENDED_USE
    assert courses(site) == ["C1"]
    facts = json.loads(site.eclipse("--run", "AddCourse", "--patient", "MOCK0001", "--save", "--json").stdout)
    assert facts["saved"] is True
    assert courses(site) == ["C1", "NEW"]


@pytest.mark.parametrize(("wanted", "code"), [("3", 3), ("4", 4), ("1", 1), ("throw", 1)])
def test_a_script_that_did_not_end_well_is_never_saved(site: Site, wanted: str, code: int) -> None:
    before = {path: path.read_bytes() for path in site.database.rglob("*") if path.is_file()}
    done = site.eclipse("--run", "AddCourse", "--plan", "ct1", "--save", "--json", WANTED_CODE=wanted)
    assert done.returncode == code
    facts = json.loads(done.stdout)
    assert (facts["changed"], facts["saved"], facts["exit_code"]) == (True, False, code)
    assert {path: path.read_bytes() for path in site.database.rglob("*") if path.is_file()} == before


def test_what_cannot_be_saved_is_a_failure(site: Site) -> None:
    done = site.eclipse("--run", "EmptyDose", "--plan", "ct1", "--save", "--json")
    facts = json.loads(done.stdout)
    assert done.returncode == facts["exit_code"] == 1
    assert "cannot be saved" in facts["message"]
    assert facts["saved"] is False
    patient = json.loads((site.database / "patients/MOCK0001/patient.json").read_text())
    assert [plan["id"] for plan in patient["courses"][0]["plans"]] == ["ct1"]


@pytest.mark.parametrize(("switch", "message"), [("--no-licence", "No valid license"), ("--clinical", "not approved")])
def test_a_site_that_forbids_writing(site: Site, switch: str, message: str) -> None:
    done = site.eclipse("--run", "AddCourse", "--plan", "ct1", "--save", switch)
    assert done.returncode == 1
    assert message in done.stdout
    assert courses(site) == ["C1"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--run", "Look", "--plan", "none"],
        ["--run", "Look", "--patient", "MOCK0002", "--plan", "ct1"],
        ["--run", "Nothing", "--plan", "ct1"],
        ["--plan", "ct1", "--save"],
    ],
)
def test_wrong_usage_ends_with_code_two(programs: Site, arguments: list[str]) -> None:
    assert programs.eclipse(*arguments).returncode == 2


def test_a_script_for_another_version_is_not_loaded(programs: Site, tmp_path: Path) -> None:
    later = build_host(["ESAPI_16"], tmp_path / "cache")
    script = compile_script(SOURCES / "Look.cs", later, tmp_path)
    done = programs.eclipse("--run", str(script))
    assert done.returncode == 2
    assert "required Eclipse Scripting API version" in done.stderr


def test_a_script_with_an_entry_that_the_host_lacks_is_refused(programs: Site, tmp_path: Path) -> None:
    source = tmp_path / "Odd.cs"
    source.write_text(
        "using VMS.TPS.Common.Model.API; namespace VMS.TPS { public class Script {"
        " public void Execute(ScriptContext context, string window) { } } }"
    )
    done = programs.eclipse("--run", str(compile_script(source, programs.host, tmp_path)))
    assert done.returncode == 2
    assert "Execute(ScriptContext)" in done.stderr


@pytest.mark.slow
def test_leaf_motions_and_dose_are_calculated_by_this_package(site: Site) -> None:
    """Menu to saved plan: the dose of a uniform fluence is that of the open field with the unit's monitor units."""
    done = site.eclipse("--run", "Recalculate", "--plan", "ct1", "--save", "--json")
    facts = json.loads(done.stdout)
    assert done.returncode == 0, facts["message"]
    assert "Sliding window" in facts["message"]
    plans = json.loads((site.database / "patients/MOCK0001/patient.json").read_text())["courses"][0]["plans"]
    assert [plan["id"] for plan in plans] == ["ct1", "LMC"]
    case = read_case(site.database / "patients/MOCK0001/plans" / plans[1]["folder"])
    model = load_beam_model("10X-FFF")
    for beam in case.plan.beams:
        assert len(beam.control_points) > 100
        assert beam.fluence is not None
    assert case.plan_dose is not None
    total = np.zeros(case.plan_dose.grid.shape)
    for beam in case.plan.beams:
        # The jaws were fitted to the fluence, so without the leaves the field is the open one.
        first = replace(beam.control_points[0], leaves_mm=None)
        field = replace(beam, control_points=(first,), mlc_boundaries_mm=None, meterset_mu=mu_per_fluence(model))
        total += pencil_beam(water_cylinder().ct, field, model, case.plan_dose.grid, PatientPosition.HFS).gy
    inner = case.plan_dose.gy > 0.5 * case.plan_dose.gy.max()
    np.testing.assert_allclose(case.plan_dose.gy[inner], total[inner], rtol=0.01)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt" or shutil.which("xvfb-run") is None, reason="no virtual screen")
def test_the_window_shows_menu_and_result(programs: Site, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    screen = shutil.which("xvfb-run")
    assert screen is not None
    done = subprocess.run(
        [
            screen, "-a", "-s", "-screen 0 1000x660x24", sys.executable, "-m", "esapi_bridge", "mock", "eclipse",
            str(programs.database), "--scripts", str(programs.scripts), "--plan", "ct1",
            "--screenshots", str(pictures), "--start", "Look",
        ],
        capture_output=True, text=True, check=False, timeout=LONGEST_S,
        env={**os.environ, "XDG_CACHE_HOME": str(programs.cache)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "looked at ct1" in done.stdout
    menu, result = (imread(pictures / name)[..., :3] for name in ("menu.png", "result.png"))
    assert menu.shape == result.shape == (660, 1000, 3)
    changed = np.abs(menu - result).max(axis=2) > 0.1
    rows, columns = np.nonzero(changed)
    assert rows.size > 1000, "the open menu covers part of the window"
    assert rows.max() < 250
    assert columns.max() < 400
    colourful = np.ptp(result[80:480, 230:990], axis=2) > 0.2
    assert colourful.mean() > 0.02, "the dose is drawn over the CT"
    assert courses(programs) == ["C1"]
