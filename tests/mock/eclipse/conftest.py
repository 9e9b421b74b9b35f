"""The host is built once, with a database of two small patients and some scripts of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from esapi_bridge.case import PatientPosition
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.database import make_database
from esapi_bridge.mock.eclipse import build_host
from esapi_bridge.mock.esapi.build import script_references
from esapi_bridge.planning.export import ExportOptions, export_subject
from tests.planning.water import ENGINES, water_cylinder

SOURCES = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Site:
    """What a site has: cached programs, scripts and a database."""

    cache: Path
    host: Path
    scripts: Path
    database: Path

    def eclipse(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``esapi-bridge mock eclipse`` on the database."""
        return subprocess.run(
            [
                sys.executable, "-m", "esapi_bridge", "mock", "eclipse", str(self.database),
                "--scripts", str(self.scripts), *arguments,
            ],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "XDG_CACHE_HOME": str(self.cache), "LOCALAPPDATA": str(self.cache), **environment},
        )  # fmt: skip


def compile_script(source: Path, host: Path, folder: Path, name: str | None = None) -> Path:
    return compile_library([source], folder / f"{name or source.stem}.esapi.dll", script_references(host))


@pytest.fixture(scope="session")
def programs(dotnet: None, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Host, scripts and an untouched database; tests that save use `site`."""
    folder = tmp_path_factory.mktemp("site")
    host = build_host(cache=folder / "cache" / "esapi-bridge" / "mock-eclipse")
    for source in SOURCES.glob("*.cs"):
        compile_script(source, host, folder / "scripts")
    exports = [
        export_subject(
            water_cylinder(),
            folder / position,
            ExportOptions(beams=2, seed=seed, patient_position=position, reference=False),
            engines=ENGINES,
        ).folder
        for seed, position in enumerate((PatientPosition.HFS, PatientPosition.HFP), start=1)
    ]
    make_database(exports, folder / "database")
    return Site(folder / "cache", host, folder / "scripts", folder / "database")


@pytest.fixture
def site(programs: Site, tmp_path: Path) -> Site:
    """The programs with a database of its own."""
    shutil.copytree(programs.database, tmp_path / "database")
    return Site(programs.cache, programs.host, programs.scripts, tmp_path / "database")
