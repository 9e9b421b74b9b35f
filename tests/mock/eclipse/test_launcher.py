"""Building the host and what it is told."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.eclipse import HostOptions, build_host, run_host
from esapi_bridge.mock.eclipse.launcher import cache_folder, environment
from tests.mock.eclipse.conftest import Site

WPF = [] if os.name == "nt" else ["PresentationCore.dll", "PresentationFramework.dll"]


def test_the_same_sources_are_built_once(programs: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(path.name for path in programs.host.iterdir()) == [
        "MockEclipse.exe", *WPF, "VMS.TPS.Common.Model.API.dll", "VMS.TPS.Common.Model.Types.dll",
    ]  # fmt: skip
    before = (programs.host / "MockEclipse.exe").stat().st_mtime_ns
    assert build_host(cache=programs.host.parent) == programs.host
    assert (programs.host / "MockEclipse.exe").stat().st_mtime_ns == before
    assert [path.name for path in programs.host.parent.iterdir()] == [programs.host.name], "no half-built rest"


def test_another_api_version_is_another_build(programs: Site, tmp_path: Path) -> None:
    later = build_host(["ESAPI_16"], tmp_path)
    assert later.name != programs.host.name


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert cache_folder().is_relative_to(tmp_path)


def test_calculations_use_this_python_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment({})["ESAPI_BRIDGE_PYTHON"] == sys.executable
    assert environment({"ESAPI_BRIDGE_PYTHON": "other"})["ESAPI_BRIDGE_PYTHON"] == "other"
    assert environment({"PYTHONNET_PYDLL": "library"})["PYTHONNET_PYDLL"] == "library"


def test_options_become_the_hosts_command_line(tmp_path: Path) -> None:
    assert HostOptions(tmp_path).arguments() == ["--database", str(tmp_path)]
    options = HostOptions(tmp_path, plan="P 1", run="Script", save=True, as_json=True)
    assert options.arguments()[2:] == ["--plan", "P 1", "--run", "Script", "--save", "--json"]


def test_a_folder_without_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="mock database"):
        run_host(HostOptions(tmp_path))
