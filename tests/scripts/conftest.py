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

from esapi_bridge.eclipse.install import SCRIPTS, install
from esapi_bridge.eclipse.install_options import InstallOptions
from esapi_bridge.eclipse.install_python import find_python, find_runtime_assembly
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.eclipse import build_host
from esapi_bridge.mock.eclipse.launcher import PROGRAM
from tests.scripts.host import Host, Process


@dataclass(frozen=True)
class Eclipse:
    """A mock Eclipse with installed scripts."""

    scripts: Path
    home: Path
    process: Process

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
        done = self.process.run("MockEclipse", arguments, environment)
        answer: dict[str, Any] = json.loads(done.stdout)
        assert answer["exit_code"] == done.returncode, done.stderr
        return answer

    def run_and_save_anyway(
        self, script: str, database: Path, patient: str, course: str, plan: str, times: str = "1", **environment: str
    ) -> dict[str, Any]:
        """Run a script and save whatever it left behind, even if it failed; return its outcome."""
        outcome = database.with_name("outcome.json")
        unattended = {"ESAPI_BRIDGE_UNATTENDED": "1", "ESAPI_BRIDGE_OUTCOME": str(outcome)}
        words = (database, self.scripts / f"{script}.esapi.dll", patient, course, plan, times)
        done = self.process.run("SaveAnyway", words, {**unattended, **environment})
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(outcome.read_text())
        return answer

    def pick(
        self, screen: str, script: str, database: Path, plan: str, patient: str, pictures: Path, **environment: str
    ) -> dict[str, Any]:
        """Pick a script from the menu of the window, which presses its own Start; return its outcome.

        `screen` is xvfb-run. The window discards what the script changed and closes.
        """
        outcome = pictures.with_suffix(".json")
        words: list[str | Path] = [
            "--database",
            database,
            "--scripts",
            self.scripts,
            "--patient",
            patient,
            "--plan",
            plan,
        ]
        done = subprocess.run(
            [
                screen, "-a", "-s", "-screen 0 1000x660x24", "mono", self.process.program.with_name(PROGRAM), *words,
                "--screenshots", pictures, "--start", script,
            ],
            capture_output=True, text=True, check=False,
            env={
                **self.process.environment, **environment,
                "ESAPI_BRIDGE_START": "1", "ESAPI_BRIDGE_OUTCOME": str(outcome),
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(outcome.read_text())
        return answer

    @property
    def jobs(self) -> Path:
        """Folder of the worker's jobs."""
        return self.home / "jobs"


@pytest.fixture(scope="session")
def host(host_cache: Path, for_all: Path, tmp_path_factory: pytest.TempPathFactory) -> Host:
    """The host, and beside its assemblies the program that runs it again and again."""
    return Host.build(build_host(cache=host_cache), tmp_path_factory.mktemp("host"), for_all / "pycache")


@contextmanager
def installed(host: Host, home: Path, *scripts: str, **options: Any) -> Iterator[Eclipse]:
    """Scripts (all where none is named) in a folder of their own, with a worker of their own that ends with them."""
    try:
        find_runtime_assembly()
        find_python()
    except BridgeError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("esapi_bridge.eclipse.install.SCRIPTS", {name: SCRIPTS[name] for name in scripts or SCRIPTS})
        install(
            InstallOptions(esapi=host.folder, target=home / "scripts", jobs=home / "jobs", idle_timeout_s=60, **options)
        )
    # What the worker's Python compiles would be the same in every home.
    (home / "data" / "esapi-bridge").mkdir(parents=True)
    (home / "data" / "esapi-bridge" / "pycache").symlink_to(host.pycache)
    process = host.process(
        home / "eclipse.log",
        {
            **os.environ,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "ESAPI_BRIDGE_STATE": str(home / "state"),
            "ESAPI_BRIDGE_PYTHON": sys.executable,
            "ESAPI_BRIDGE_EXPORTS": str(home / "exports"),
        },
    )
    yield Eclipse(home / "scripts", home, process)
    process.end()
    subprocess.run(
        [sys.executable, "-m", "esapi_bridge", "-q", "worker", "stop", "--jobs", str(home / "jobs")],
        env={**os.environ, "ESAPI_BRIDGE_STATE": str(home / "state")},
        check=False,
    )


@pytest.fixture(scope="session")
def eclipse(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eclipse]:
    """The scripts with ddn-lite, writing on a fine grid."""
    with installed(host, tmp_path_factory.mktemp("home")) as site:
        yield site
