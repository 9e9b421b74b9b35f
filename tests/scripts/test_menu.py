"""Scripts picked from the mock's Scripting menu, with their own windows: what they leave is what they leave without."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from esapi_bridge.case.pair_folder import find_images
from esapi_bridge.eclipse.collect_options import DoseModelOptions, DosePairOptions
from tests.scripts.calculation_server import CalculationServer, calculation_server
from tests.scripts.conftest import Eclipse, installed
from tests.scripts.host import Host
from tests.scripts.mono import needs_mono
from tests.scripts.plans import PATIENT, PLAN, courses_of, cylinder, write_database

SCREEN = shutil.which("xvfb-run")
pytestmark = [
    needs_mono,
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt" or SCREEN is None, reason="Xvfb is missing: no window can be opened"),
]

COARSE, FINE = "pencil beam [mock]", "collapsed cone [mock]"
PAIRS = DosePairOptions(DoseModelOptions(COARSE, 10.0), DoseModelOptions(FINE, 5.0), random_fields=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalculationServer]:
    with calculation_server(tmp_path_factory.mktemp("pipes")) as serving:
        yield serving


@pytest.fixture(scope="module")
def site(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eclipse]:
    home = tmp_path_factory.mktemp("home")
    with installed(host, home, "CollectDoseNetData", "DeepDoseNet", dose_pairs=PAIRS) as eclipse:
        yield eclipse


@pytest.mark.parametrize("script", ["CollectDoseNetData", "DeepDoseNet"])
def test_a_script_picked_from_the_menu(site: Eclipse, server: CalculationServer, tmp_path: Path, script: str) -> None:
    database = write_database(tmp_path / "db", {PLAN: cylinder()}, models={"PhotonVolumeDose": [COARSE, FINE]})
    before, pictures = courses_of(database), tmp_path / "pictures"
    names = {"ESAPI_BRIDGE_PYTHON": str(server.program), "ESAPI_BRIDGE_EXPORTS": str(tmp_path / "collected")}
    assert SCREEN is not None
    outcome = site.pick(SCREEN, script, database, PLAN, PATIENT, pictures, **names)
    assert outcome["exit_code"] == 0, outcome["message"]
    if script == "CollectDoseNetData":
        (image,) = find_images(tmp_path / "collected")
        assert image.field_names == ("random-0000",)
    else:
        assert len(list(site.jobs.glob("*/result/plan_dose.npy"))) == 1
    assert courses_of(database) == before, "the window was closed without saving"
    menu, end, result = (imread(pictures / f"{name}.png")[..., :3] for name in ("menu", "outcome", "result"))
    assert np.any(menu != end, axis=2).mean() > 0.1, "the script's own window stands before the plan"
    changed = np.any(menu != result, axis=2)[:, 230:].mean()
    assert (changed > 0.1) == (script == "DeepDoseNet"), "only a new plan is shown instead of the open one"
