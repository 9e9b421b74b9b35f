"""The scripts, built once against the mock, and a way to run them in the mock Eclipse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.eclipse.install import install
from esapi_bridge.eclipse.install_options import InstallOptions
from esapi_bridge.eclipse.install_python import find_python, find_runtime_assembly
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.eclipse import build_host


@dataclass(frozen=True)
class Eclipse:
    """A mock Eclipse with installed scripts."""

    host: Path
    scripts: Path
    home: Path

    def run(
        self,
        script: str,
        database: Path,
        plan: str | None = None,
        *switches: str,
        patient: str | None = None,
        save: bool = False,
        **environment: str,
    ) -> dict[str, Any]:
        """Run a script on a plan (none open: None) and return what the host says in JSON."""
        arguments: list[str | Path] = [
            "--database",
            database,
            "--run",
            self.scripts / f"{script}.esapi.dll",
            "--json",
            *switches,
        ]
        arguments += [] if plan is None else ["--plan", plan]
        arguments += [] if patient is None else ["--patient", patient]
        arguments += ["--save"] if save else []
        done = self.start(self.host / "MockEclipse.exe", *arguments, **environment)
        answer: dict[str, Any] = json.loads(done.stdout)
        assert answer["exit_code"] == done.returncode, done.stderr
        return answer

    def start(self, program: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a .NET program as a user of this Eclipse."""
        return subprocess.run(
            ["mono", program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={
                **os.environ,
                "HOME": str(self.home),
                "XDG_CONFIG_HOME": str(self.home / "config"),
                "XDG_DATA_HOME": str(self.home / "data"),
                "XDG_CACHE_HOME": str(self.home / "cache"),
                "ESAPI_BRIDGE_STATE": str(self.home / "state"),
                "ESAPI_BRIDGE_PYTHON": sys.executable,
                "ESAPI_BRIDGE_EXPORTS": str(self.home / "exports"),
                **environment,
            },
        )

    @property
    def jobs(self) -> Path:
        """Folder of the worker's jobs."""
        return self.home / "jobs"


@pytest.fixture(scope="session")
def host(host_cache: Path) -> Path:
    return build_host(cache=host_cache)


@contextmanager
def installed(host: Path, home: Path, **options: Any) -> Iterator[Eclipse]:
    """The scripts in a folder of their own, with a worker of their own that ends with them."""
    try:
        find_runtime_assembly()
        find_python()
    except BridgeError as error:
        pytest.skip(str(error))
    install(InstallOptions(esapi=host, target=home / "scripts", jobs=home / "jobs", idle_timeout_s=60, **options))
    yield Eclipse(host, home / "scripts", home)
    subprocess.run(
        [sys.executable, "-m", "esapi_bridge", "-q", "worker", "stop", "--jobs", str(home / "jobs")],
        env={**os.environ, "ESAPI_BRIDGE_STATE": str(home / "state")},
        check=False,
    )


@pytest.fixture(scope="session")
def eclipse(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eclipse]:
    """The scripts with ddn-lite, writing on a fine grid."""
    with installed(host, tmp_path_factory.mktemp("home")) as site:
        yield site


@pytest.fixture(scope="session")
def save_anyway(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host that saves after every script, compiled beside the mock's assemblies."""
    folder = tmp_path_factory.mktemp("save-anyway")
    assemblies = [host / f"VMS.TPS.Common.Model.{name}.dll" for name in ("API", "Types")]
    for assembly in host.glob("*.dll"):
        (folder / assembly.name).write_bytes(assembly.read_bytes())
    source = Path(__file__).parent / "programs" / "SaveAnyway.cs"
    return compile_library([source], folder / "SaveAnyway.exe", [*assemblies, "System.Core.dll"], target="exe")
