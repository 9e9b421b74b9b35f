"""What is opened: a database as it is, or one made of exports and opened again as it was left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from esapi_bridge.eclipse import install
from esapi_bridge.eclipse.install_options import InstallOptions
from esapi_bridge.eclipse.install_python import find_python, find_runtime_assembly
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.database import DOSE_MODELS
from esapi_bridge.mock.eclipse import launcher
from esapi_bridge.mock.eclipse.opening import compile_scripts, open_database
from esapi_bridge.planning.export import ExportOptions, export_subject
from tests.mock.eclipse.conftest import Site
from tests.patience import LONGEST_S
from tests.planning.water import ENGINES, water_cylinder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def water(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("water") / "export"
    return export_subject(water_cylinder(), folder, ExportOptions(beams=1, reference=False), engines=ENGINES).folder


@pytest.fixture
def export(water: Path, tmp_path: Path) -> Path:
    """An export of its own, which may be changed."""
    return Path(shutil.copytree(water, tmp_path / "export"))


def test_a_database_is_opened_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "database.json").write_text("{}")
    assert open_database([tmp_path]) == tmp_path
    with pytest.raises(BridgeError, match="one database or exports"):
        open_database([tmp_path, tmp_path])
    with pytest.raises(BridgeError, match="one database or exports"):
        open_database([tmp_path], tmp_path / "other")


def test_a_database_is_made_of_an_export_once(export: Path) -> None:
    steps: list[str] = []
    database = open_database([export], progress=lambda step, *_: steps.append(step))
    assert database == export.with_name("export-eclipse")
    assert steps
    patient = database / "patients" / "MOCK0001" / "patient.json"
    facts = json.loads(patient.read_text())
    patient.write_text(json.dumps(facts | {"last_name": "Saved"}))
    assert open_database([export], progress=lambda *_: pytest.fail("nothing is made again")) == database
    assert json.loads(patient.read_text())["last_name"] == "Saved"


def test_a_database_of_other_exports_is_not_opened_for_these(export: Path) -> None:
    open_database([export])
    (export / "RS.new.dcm").write_bytes(b"another structure set")
    with pytest.raises(BridgeError, match="found one of others") as caught:
        open_database([export])
    assert str(export) not in str(caught.value)
    assert open_database([export.with_name("export-eclipse")])


def test_the_database_may_be_named(export: Path, tmp_path: Path) -> None:
    assert open_database([export], tmp_path / "named") == tmp_path / "named"
    assert not export.with_name("export-eclipse").exists()


def test_scripts_are_compiled_into_the_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The compiler itself is replaced; that the scripts run is tested with the scripts."""
    asked: list[InstallOptions] = []

    def installed(options: InstallOptions) -> install.Installed:
        asked.append(options)
        return install.Installed(options.target, "1.0.0.1")

    monkeypatch.setattr(install, "install", installed)
    monkeypatch.setattr(launcher, "build_host", lambda: tmp_path / "host")
    assert compile_scripts(tmp_path / "db") == tmp_path / "db" / "scripts"
    pairs = asked[0].dose_pairs
    assert (pairs.coarse.model, pairs.fine.model) == DOSE_MODELS
    exports = tmp_path / "db" / "cases"
    assert asked == [InstallOptions(tmp_path / "host", tmp_path / "db" / "scripts", exports=exports, dose_pairs=pairs)]


def test_an_export_is_all_that_a_script_needs(programs: Site, export: Path) -> None:
    """The whole way: database made, scripts compiled, one run; again, and nothing is made anew."""
    try:
        find_python()
        find_runtime_assembly()
    except BridgeError as error:
        pytest.skip(str(error))
    command = [sys.executable, "-m", "esapi_bridge", "mock", "eclipse", str(export), "--run", "ExportCase", "--plan"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(programs.cache), "LOCALAPPDATA": str(programs.cache)}
    database = export.with_name("export-eclipse")
    installed = set()
    for cases in (1, 2):
        done = subprocess.run(
            [*command, "ct1", "--json"], capture_output=True, text=True, check=False, env=environment, timeout=LONGEST_S
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["outcome"]["exit_code"] == 0
        assert len(list((database / "cases").iterdir())) == cases
        installed.add((database / "scripts" / "scripts.json").stat().st_mtime_ns)
    assert len(installed) == 1
