"""Installed from the wheel, without extras and outside the checkout: what README promises works, or names the extra."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.dicom import write_export, write_rtdose
from tests.installed import Installation, build_wheel, install
from tests.scripts.mono import needs_mono
from tests.scripts.plans import PATIENT, PLAN, cylinder
from tests.tasks import fluence_case

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="links to folders need a privilege on Windows"),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """``pip install esapi-bridge``."""
    return install(wheel, tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def with_eclipse(wheel: Path, bare: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """``pip install 'esapi-bridge[eclipse]'``."""
    return install(wheel, tmp_path_factory.mktemp("eclipse"), "eclipse", compiled=bare)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small plan with its own doses as reference beside it."""
    folder, case = tmp_path_factory.mktemp("export") / "cylinder", cylinder()
    files = write_export(case, folder, patient_id=PATIENT, patient_name="Canary^Carl")
    (folder / "reference").mkdir()
    assert case.plan_dose is not None
    for name, dose in (("plan", case.plan_dose), *case.beam_doses.items()):
        write_rtdose(dose, Path(str(files["plan"])), folder / "reference" / f"RD.{name}.dcm", description="reference")
    return folder


def test_it_comes_from_the_wheel_and_brings_no_extra(bare: Installation) -> None:
    done = bare.run("doctor", "--json")
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert {"lightning", "zarr", "pythonnet"} <= set(missing(json.loads(text)))
    assert not (bare.folder / "esapi_bridge").exists()


def missing(report: object) -> list[str]:
    """Names of what the doctor found none of, at any depth of its answer."""
    if isinstance(report, dict):
        own = [str(report["name"])] if report.get("found") == "none" else []
        return own + [name for value in report.values() for name in missing(value)]
    return [name for value in report for name in missing(value)] if isinstance(report, list) else []


def test_the_networks_are_there(bare: Installation) -> None:
    done = bare.run("models", "--json")
    assert done.returncode == 0, done.stderr
    assert "ddn-lite" in done.stdout
    assert "dual-frame-lite" in done.stdout


def test_dose_and_compare(bare: Installation, export: Path) -> None:
    done = bare.run("dose", export, "-o", "dose", "--json")
    assert done.returncode == 0, done.stderr
    assert (bare.folder / "dose" / "report.html").is_file()
    (plan,) = (file for file in (bare.folder / "dose").glob("*.dcm") if "beam" not in file.name.lower())
    done = bare.run("compare", plan, plan, "--json")
    assert done.returncode == 0, done.stderr
    assert "100" in done.stdout


def test_fluence(bare: Installation, tmp_path: Path) -> None:
    write_export(fluence_case.make_case(), tmp_path / "pelvis", patient_id=PATIENT, patient_name="Canary^Carl")
    done = bare.run("fluence", tmp_path / "pelvis", "-o", "fluence")
    assert done.returncode == 0, done.stderr
    assert len(list((bare.folder / "fluence").glob("*.optimal_fluence"))) == 7


DEMO = """
import shutil, sys
from pathlib import Path
from esapi_bridge.cli.app import main
from esapi_bridge.planning import export
export.export_phantom = lambda site, folder, options, progress: Path(shutil.copytree(sys.argv[1], folder))
main(["demo", "--no-fluence", "-o", "demo"])
"""


def test_the_demo_with_a_small_plan_in_the_place_of_the_phantoms(bare: Installation, export: Path) -> None:
    done = bare.run("-c", DEMO, export, program="python")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("DDN vs Reference") == 2
    assert (bare.folder / "demo" / "dose" / "report.html").is_file()


def test_a_plan_on_a_ct_of_ones_own(bare: Installation) -> None:
    """Two engines of the planning system and the writer of an export, on a cylinder of water."""
    ct = cylinder().ct
    spacing, origin = ct.grid.spacing_mm[::-1], ct.grid.origin_mm[::-1]
    np.savez(bare.folder / "ct.npz", hu=ct.values, spacing_zyx_mm=spacing, origin_zyx_mm=origin)
    done = bare.run("mock", "export", "--ct", "ct.npz", "--beams", 1, "-o", "planned")
    assert done.returncode == 0, done.stderr
    assert len(list((bare.folder / "planned" / "reference").glob("*.dcm"))) == 2


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (("data", "dose", "-o", "pairs"), "train"),
        (("data", "fluence", "-o", "plans"), "train"),
        (("data", "collect", ".", "--mu-per-fluence", "120", "-o", "plans"), "train"),
        (("train", "dose", ".", "--steps", "1", "-o", "run"), "train"),
        (("train", "fluence", ".", "--steps", "1", "-o", "run"), "train"),
        (("evaluate", "dose", "."), "train"),
        (("evaluate", "fluence", "."), "train"),
    ],
)
def test_what_needs_an_extra_names_it(bare: Installation, command: tuple[str, ...], extra: str) -> None:
    done = bare.run(*command)
    assert done.returncode == 1, done.stderr
    assert f"pip install 'esapi-bridge[{extra}]'" in " ".join(done.stderr.split())


@needs_mono
def test_the_tour_of_the_mock(with_eclipse: Installation, export: Path) -> None:
    done = with_eclipse.run("mock", "eclipse", export, "--plan", PLAN, "--run", "DeepDoseNet", "--save", "--json")
    with_eclipse.run("worker", "stop")
    assert done.returncode == 0, done.stderr + done.stdout
    answer = json.loads(done.stdout)
    assert answer["saved"]
    assert answer["outcome"]["plan"].startswith("DDN_")


@needs_mono
def test_the_tour_of_the_mock_names_its_extra(bare: Installation, export: Path) -> None:
    done = bare.run("mock", "eclipse", export, "-o", "database", "--plan", PLAN, "--run", "DeepDoseNet", "--json")
    assert done.returncode == 1
    assert "pip install 'esapi-bridge[eclipse]'" in " ".join(done.stderr.split())
