"""Installed from the wheel, without extras and outside the checkout: what README promises works, or names the extra."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.bundle.pins import pinned_versions
from esapi_bridge.dicom import write_export, write_rtdose
from tests.installed import Ended, Installation, build_wheel, install
from tests.scripts import prostate
from tests.scripts.mono import needs_mono
from tests.scripts.plans import PATIENT, PLAN, cylinder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="links to folders need a privilege on Windows"),
]

NAME = "Canary^Carl"

DOCTOR = ("doctor", "--json")
MODELS = ("models", "list", "--json")
DOSE = ("dose", "phantom", "-o", "dose", "--json")
COMPARE = ("compare", "dose/RTDOSE_PLAN.dcm", "dose/RTDOSE_PLAN.dcm", "--json")
FLUENCE = ("fluence", "pelvis", "-o", "fluence", "--no-report")
DEMO = ("demo", "--no-fluence", "-o", "demo")
ON_A_CT = ("mock", "export", "--ct", "ct.npz", "--beams", "1", "-o", "planned")
NEED_TRAIN = (
    ("data", "dose", "-o", "pairs"),
    ("data", "fluence", "-o", "plans"),
    ("data", "collect", "fluence", ".", "--mu-per-fluence", "120", "-o", "plans"),
    ("train", "dose", ".", "--steps", "1", "-o", "run"),
    ("train", "fluence", ".", "--steps", "1", "-o", "run"),
    ("evaluate", "dose", "."),
    ("evaluate", "fluence", "."),
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory, host_cache: Path) -> Installation:
    """``pip install esapi-bridge``, and what to work on: a plan with its own doses as reference, seven fields, a CT."""
    made = install(wheel, tmp_path_factory.mktemp("bare"), host_cache.parents[1])
    case, folder = cylinder(), made.folder
    files = write_export(case, folder / "phantom", patient_id=PATIENT, patient_name=NAME)
    (folder / "phantom" / "reference").mkdir()
    assert case.plan_dose is not None
    for name, dose in (("plan", case.plan_dose), *case.beam_doses.items()):
        reference = folder / "phantom" / "reference" / f"RD.{name}.dcm"
        write_rtdose(dose, Path(str(files["plan"])), reference, description="reference")
    write_export(prostate.prostate(), folder / "pelvis", patient_id=PATIENT, patient_name=NAME)
    spacing, origin = case.ct.grid.spacing_mm[::-1], case.ct.grid.origin_mm[::-1]
    np.savez(folder / "ct.npz", hu=case.ct.values, spacing_zyx_mm=spacing, origin_zyx_mm=origin)
    return made


@pytest.fixture(scope="module")
def ended(bare: Installation) -> Mapping[tuple[str, ...], Ended]:
    """Every command that needs no script, each as its words say, in one process."""
    return bare.run_all([MODELS, DOSE, COMPARE, FLUENCE, DEMO, ON_A_CT, *NEED_TRAIN])


def test_it_comes_from_the_wheel_and_brings_no_extra(bare: Installation) -> None:
    """By the command that an installation puts among the programs."""
    done = bare.run(*DOCTOR)
    assert done.code == 0, done.err
    assert {"lightning", "zarr", "pythonnet"} <= set(missing(json.loads(done.out)))
    assert not (bare.folder / "esapi_bridge").exists()


PACK = """
import sys
from pathlib import Path
from esapi_bridge.bundle.own_wheel import own_wheel
from esapi_bridge.bundle.pins import pinned_versions
print(own_wheel(Path(sys.argv[1])).name, pinned_versions()["torch"])
"""


def test_a_bundle_can_be_made_of_it(bare: Installation, wheel: Path, tmp_path: Path) -> None:
    """Without a checkout: the wheel packed again holds the same bytes, and the tested versions are known."""
    done = bare.run("-c", PACK, tmp_path, program="python")
    assert done.code == 0, done.err
    assert done.out.split() == [wheel.name, pinned_versions()["torch"]]
    assert contents(tmp_path / wheel.name) == contents(wheel)


def contents(wheel: Path) -> dict[str, list[bytes]]:
    """Lines of every file of a wheel, those of its list in order."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name: archive.read(name).splitlines() for name in archive.namelist()}
    return {name: sorted(lines) if name.endswith("/RECORD") else lines for name, lines in found.items()}


def missing(report: object) -> list[str]:
    """Names of what the doctor found none of, at any depth of its answer."""
    if isinstance(report, dict):
        own = [str(report["name"])] if report.get("found") == "none" else []
        return own + [name for value in report.values() for name in missing(value)]
    return [name for value in report for name in missing(value)] if isinstance(report, list) else []


def test_the_networks_are_there(ended: Mapping[tuple[str, ...], Ended]) -> None:
    assert ended[MODELS].code == 0, ended[MODELS].err
    assert "ddn-lite" in ended[MODELS].out
    assert "dual-frame-lite" in ended[MODELS].out


def test_dose_and_compare(bare: Installation, ended: Mapping[tuple[str, ...], Ended]) -> None:
    assert ended[DOSE].code == 0, ended[DOSE].err
    assert (bare.folder / "dose" / "report.html").is_file()
    assert ended[COMPARE].code == 0, ended[COMPARE].err
    assert json.loads(ended[COMPARE].out)["gamma_pass_percent"] == 100


def test_fluence(bare: Installation, ended: Mapping[tuple[str, ...], Ended]) -> None:
    assert ended[FLUENCE].code == 0, ended[FLUENCE].err
    assert len(list((bare.folder / "fluence").glob("*.optimal_fluence"))) == 7


def test_the_demo_with_a_small_plan_in_the_place_of_the_phantoms(
    bare: Installation, ended: Mapping[tuple[str, ...], Ended]
) -> None:
    assert ended[DEMO].code == 0, ended[DEMO].err
    assert ended[DEMO].out.count("DDN vs Reference") == 2
    assert (bare.folder / "demo" / "dose" / "report.html").is_file()


def test_a_plan_on_a_ct_of_ones_own(bare: Installation, ended: Mapping[tuple[str, ...], Ended]) -> None:
    """Two engines of the planning system and the writer of an export, on a cylinder of water."""
    assert ended[ON_A_CT].code == 0, ended[ON_A_CT].err
    assert len(list((bare.folder / "planned" / "reference").glob("*.dcm"))) == 2


@pytest.mark.parametrize("command", NEED_TRAIN, ids=" ".join)
def test_what_needs_an_extra_names_it(ended: Mapping[tuple[str, ...], Ended], command: tuple[str, ...]) -> None:
    assert ended[command].code == 1, ended[command].err
    assert "pip install 'esapi-bridge[train]'" in " ".join(ended[command].err.split())


@needs_mono
def test_the_tour_of_the_mock(bare: Installation) -> None:
    with bare.extra("eclipse"):
        done = bare.run("mock", "eclipse", "phantom", "--plan", PLAN, "--run", "DeepDoseNet", "--save", "--json")
        bare.run("worker", "stop")
    assert done.code == 0, done.err + done.out
    answer = json.loads(done.out)
    assert answer["saved"]
    assert answer["outcome"]["plan"].startswith("DDN_")


@needs_mono
def test_the_tour_of_the_mock_names_its_extra(bare: Installation) -> None:
    done = bare.run("mock", "eclipse", "phantom", "-o", "db", "--plan", PLAN, "--run", "DeepDoseNet", "--json")
    assert done.code == 1
    assert "pip install 'esapi-bridge[eclipse]'" in " ".join(done.err.split())
