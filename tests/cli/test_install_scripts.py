"""``esapi-bridge install-scripts``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from esapi_bridge.eclipse.install_python import find_python, find_runtime_assembly
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.eclipse import build_host
from tests.scripts.mono import needs_mono


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "esapi_bridge", "install-scripts", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@needs_mono
def test_install_and_check(tmp_path: Path) -> None:
    try:
        find_python()
        find_runtime_assembly()
    except BridgeError as error:
        pytest.skip(str(error))
    target = tmp_path / "scripts"
    host = build_host(cache=tmp_path / "host")
    done = run("--esapi", host, "--target", target, "--json", "--structure", "PTV=PTV_44", "--collect-energy", "6X")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    scripts = ("DeepDoseNet", "FluenceNet", "ExportCase", "CollectFluenceNetData")
    assert facts["scripts"] == [f"{name}.esapi.dll" for name in scripts]
    assert facts["intended_use"] == "Research use only, not for clinical use."
    assert run("--target", target, "--check").returncode == 0
    settings = target / "esapi-bridge.json"
    chosen = json.loads(settings.read_text())
    assert (chosen["structures"], chosen["collect_energies"]) == ({"PTV": "PTV_44"}, ["6X"])
    settings.write_text(settings.read_text().replace("DDN_RESEARCH", "DDN_TREATED_"))
    done = run("--target", target, "--check")
    assert done.returncode == 3
    assert "the installation was changed: esapi-bridge.json" in done.stderr
    assert str(tmp_path) not in done.stderr


def test_the_folder_of_esapi_is_needed(tmp_path: Path) -> None:
    done = run("--target", tmp_path)
    assert done.returncode == 2
    assert "--esapi" in done.stderr


def test_a_structure_without_an_id(tmp_path: Path) -> None:
    done = run("--target", tmp_path / "scripts", "--esapi", tmp_path, "--structure", "PTV")
    assert done.returncode == 2
    assert "PTV=PTV_44" in done.stderr


def test_a_folder_without_esapi(tmp_path: Path) -> None:
    done = run("--target", tmp_path / "scripts", "--esapi", tmp_path)
    assert done.returncode == 1
    assert "expected VMS.TPS.Common.Model.API.dll" in done.stderr
    assert str(tmp_path) not in done.stderr
