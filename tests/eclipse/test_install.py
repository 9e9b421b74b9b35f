"""Installing the scripts: what lies in the folder, when it changes, and that no changed byte goes unseen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from esapi_bridge.eclipse import hashes
from esapi_bridge.eclipse.install import SCRIPTS, check, install
from esapi_bridge.eclipse.install_options import InstallOptions
from esapi_bridge.eclipse.install_python import find_python, find_runtime_assembly
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.eclipse import build_host
from tests.scripts.mono import needs_mono
from tests.scripts.plans import PATIENT, PLAN, cylinder, write_database

pytestmark = needs_mono

FILES = {
    "CollectDoseNetData.esapi.dll",
    "CollectFluenceNetData.esapi.dll",
    "EsapiConformance.esapi.dll",
    "EsapiConformanceWrite.esapi.dll",
    "DeepDoseNet.esapi.dll",
    "ExportCase.esapi.dll",
    "FluenceNet.esapi.dll",
    "Python.Runtime.dll",
    "esapi-bridge.json",
    "installation.sha256",
    "scripts.json",
    "scripts.sha256",
}


@pytest.fixture(scope="module")
def options(host_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> InstallOptions:
    """An installation whose network is a folder of its own."""
    try:
        find_python()
        find_runtime_assembly()
    except BridgeError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("install")
    model = folder / "network"
    model.mkdir()
    (model / "card.yaml").write_text("name: own\n")
    (model / "model.safetensors").write_bytes(bytes(1000))
    options = InstallOptions(esapi=build_host(cache=host_cache), target=folder / "scripts", model=str(model))
    assert not install(options).is_unchanged
    return options


@pytest.mark.slow
def test_what_is_installed(options: InstallOptions) -> None:
    assert {path.name for path in options.target.iterdir()} == FILES
    settings = json.loads((options.target / "esapi-bridge.json").read_text())
    assert Path(settings["python_library"]).is_file()
    assert Path(settings["python_executable"]).is_file()
    assert settings["intended_use"] == "Research use only, not for clinical use."
    assert check(options.target) == []


def test_the_same_again_leaves_the_approved_files_alone(options: InstallOptions) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in options.target.iterdir()}
    installed = install(options)
    assert installed.is_unchanged
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in options.target.iterdir()} == before


@pytest.mark.slow
def test_other_content_gets_another_version(options: InstallOptions, tmp_path: Path) -> None:
    target = tmp_path / "scripts"
    first = install(replace(options, target=target))
    other = install(replace(options, target=target, course="OTHER"))
    assert not other.is_unchanged
    assert first.version != other.version
    assert check(target) == []


@pytest.mark.parametrize("name", sorted(FILES - {"scripts.json"}))
def test_a_changed_file_is_found(options: InstallOptions, name: str) -> None:
    path = options.target / name
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    try:
        path.write_bytes(damaged)
        assert check(options.target)
    finally:
        path.write_bytes(whole)
    assert check(options.target) == []


def test_package_and_network_are_on_the_list(options: InstallOptions) -> None:
    changed, listed = hashes.check_list(options.target / hashes.LOADED_LIST)
    assert changed == []
    names = {path.as_posix() for path in listed}
    for end in ("esapi_bridge/eclipse/bridge.py", "dosenet/weights.py", "network/model.safetensors"):
        assert any(name.endswith(end) for name in names), end


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_database(tmp_path_factory.mktemp("db"), {PLAN: cylinder()})


@pytest.mark.parametrize(
    "damaged", ["esapi-bridge.json", "installation.sha256", "scripts.sha256", "Python.Runtime.dll", "model", "added"]
)
def test_a_script_of_a_changed_installation_reads_no_patient(
    options: InstallOptions, database: Path, tmp_path: Path, damaged: str
) -> None:
    """The script itself looks, before its first access to the plan; here nothing is open that it could read."""
    network = Path(options.model)
    path = {"model": network / "model.safetensors", "added": network / "added.py"}.get(
        damaged, options.target / damaged
    )
    whole = path.read_bytes() if path.exists() else None
    try:
        path.write_bytes(b"import os\n" if whole is None else whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
        done = subprocess.run(
            [
                "mono", options.esapi / "MockEclipse.exe", "--database", database, "--patient", PATIENT, "--plan", PLAN,
                "--run", options.target / "ExportCase.esapi.dll", "--json",
            ],
            env={**os.environ, "ESAPI_BRIDGE_EXPORTS": str(tmp_path / "exports")},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    finally:
        if whole is None:
            path.unlink()
        else:
            path.write_bytes(whole)
    answer = json.loads(done.stdout)
    assert answer["exit_code"] == 3
    named = "" if damaged == "scripts.sha256" else path.name  # there the changed line names another file
    assert answer["message"].startswith(f"The installation was changed: {named}")
    assert "Nothing was read" in answer["message"]
    assert not (tmp_path / "exports").exists()


@pytest.mark.slow
@pytest.mark.parametrize("eclipse", ["ESAPI_16", "ESAPI_18"])
def test_the_scripts_compile_against_later_eclipses(host_cache: Path, tmp_path: Path, eclipse: str) -> None:
    host = build_host([eclipse], cache=host_cache)
    assert len(install(InstallOptions(esapi=host, target=tmp_path / "scripts")).scripts) == len(SCRIPTS)


def test_no_esapi_assemblies(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=r"expected VMS\.TPS\.Common\.Model\.API\.dll in the folder of --esapi"):
        install(InstallOptions(esapi=tmp_path, target=tmp_path / "scripts"))
    assert not (tmp_path / "scripts").exists()


def test_sources_that_do_not_compile_change_nothing(options: InstallOptions, tmp_path: Path) -> None:
    """Assemblies of something else: the compiler refuses, and the installation that was there stays whole."""
    wrong = tmp_path / "esapi"
    wrong.mkdir()
    for name in ("VMS.TPS.Common.Model.API.dll", "VMS.TPS.Common.Model.Types.dll"):
        shutil.copy(options.esapi / "VMS.TPS.Common.Model.Types.dll", wrong / name)
    with pytest.raises(BridgeError, match="must compile with"):
        install(replace(options, esapi=wrong))
    assert check(options.target) == []
    assert {path.name for path in options.target.iterdir()} == FILES


def test_check_needs_an_installation(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="install the scripts first"):
        check(tmp_path)
