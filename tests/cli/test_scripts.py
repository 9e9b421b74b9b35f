"""``esapi-bridge scripts install|check``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from esapi_bridge.eclipse.install_python import find_python, find_runtime_assembly
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.eclipse import build_host
from tests.cli.conftest import Run
from tests.scripts.mono import needs_mono


@pytest.mark.slow
@needs_mono
def test_install_and_check(tmp_path: Path, esapi: Run, host_cache: Path) -> None:
    try:
        find_python()
        find_runtime_assembly()
    except BridgeError as error:
        pytest.skip(str(error))
    target = tmp_path / "scripts"
    host = build_host(cache=host_cache)
    chosen: tuple[str, ...] = ("--structure", "PTV=PTV_44", "--collect-energy", "6X", "--write-grid", "source")
    chosen += ("--collect-fine-model", "AcurosXB_15.6.06", "--collect-fine-option", "DoseReportingMode=Dose to medium")
    done = esapi("scripts", "install", "--esapi", host, "-o", target, "--json", *chosen)
    assert done.code == 0, done.err
    scripts = (
        "DeepDoseNet",
        "FluenceNet",
        "ExportCase",
        "CollectDoseNetData",
        "CollectFluenceNetData",
        "EsapiConformance",
        "EsapiConformanceWrite",
    )
    assert done.answer["scripts"] == [f"{name}.esapi.dll" for name in scripts]
    assert esapi("scripts", "check", target).code == 0
    assert esapi("scripts", "check", target, "--json").answer["changed"] == []
    settings = target / "esapi-bridge.json"
    written = json.loads(settings.read_text())
    assert (written["structures"], written["collect_energies"]) == ({"PTV": "PTV_44"}, ["6X"])
    assert (written["write_grid"], written["normalisation"]) == ("source", "prescription")
    assert (written["collect_coarse_model"], written["collect_fine_model"]) == (None, "AcurosXB_15.6.06")
    assert (written["collect_fine_grid_mm"], written["collect_random_fields"]) == (1.25, 100)
    assert written["collect_fine_options"] == {"DoseReportingMode": "Dose to medium"}
    settings.write_text(settings.read_text().replace("DDN_RESEARCH", "DDN_TREATED_"))
    done = esapi("scripts", "check", target)
    assert done.code == 3
    assert "the installation was changed: esapi-bridge.json" in done.err
    assert str(tmp_path) not in done.err
    done = esapi("scripts", "check", target, "--json")
    assert (done.code, done.answer["changed"]) == (3, ["esapi-bridge.json"])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ((), "--esapi"),
        (("--esapi", ".", "--structure", "PTV"), "PTV=PTV_44"),
        (("--esapi", ".", "--write-grid", "coarse"), "coarse"),
        (("--esapi", ".", "--normalisation", "maximum"), "maximum"),
    ],
)
def test_wrong_usage(tmp_path: Path, esapi: Run, options: tuple[str, ...], named: str) -> None:
    done = esapi("scripts", "install", "-o", tmp_path / "scripts", *options)
    assert done.code == 2
    assert named in done.err
    assert not (tmp_path / "scripts").exists()


def test_a_folder_without_esapi(tmp_path: Path, esapi: Run) -> None:
    done = esapi("scripts", "install", "-o", tmp_path / "scripts", "--esapi", tmp_path)
    assert done.code == 1
    assert "expected VMS.TPS.Common.Model.API.dll" in done.err
    assert str(tmp_path) not in done.err


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("clinic.yaml", "require_commissioned: true", "must be a file site.yaml"),
        ("site.yaml", "require: true", "site.yaml of this site must be corrected: require"),
        ("site.yaml", None, "site.yaml of this site must be readable"),
    ],
)
def test_settings_of_a_site_that_no_run_could_obey_are_refused(
    tmp_path: Path, esapi: Run, name: str, text: str | None, told: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    target = tmp_path / "scripts"
    done = esapi("scripts", "install", "-o", target, "--esapi", tmp_path, "--site", tmp_path / name)
    assert (done.code, target.exists()) == (3, False)
    assert told in done.err
    assert str(tmp_path) not in done.err


def test_a_folder_without_scripts_cannot_be_checked(tmp_path: Path, esapi: Run) -> None:
    done = esapi("scripts", "check", tmp_path)
    assert done.code == 1
    assert "expected an installation" in done.err
