"""A fresh environment with the wheel and what it requires, as pip would make it; no network is needed.

The required packages are those of the running environment, linked into the new one; whatever else is installed here is
not there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from venv import EnvBuilder

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = "esapi-bridge"


@dataclass(frozen=True)
class Installation:
    """An environment and an empty folder to work in, both outside the checkout."""

    programs: Path
    folder: Path

    def run(self, *arguments: object, program: str = "esapi-bridge") -> subprocess.CompletedProcess[str]:
        """Run a program of the environment as a user would, whose home is the empty folder."""
        own = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG_"))}
        return subprocess.run(
            [self.programs / program, *map(str, arguments)],
            cwd=self.folder,
            env=environment | dict.fromkeys(own, str(self.folder)),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path, *extras: str, compiled: Installation | None = None) -> Installation:
    """Make an environment with the wheel, what it requires and what some of its extras bring.

    What `compiled`, an installation of the same wheel, has compiled so far need not be compiled again.
    """
    EnvBuilder(symlinks=True, with_pip=False).create(folder / "env")
    python = folder / "env" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], check=True)
    packages = site_packages(folder / "env")
    if compiled is not None:
        for package in ("dosenet", "esapi_bridge", "fluencenet"):
            shutil.rmtree(packages / package)
            (packages / package).symlink_to(site_packages(compiled.programs.parent) / package)
    for distribution in required(extras):
        for file in distribution.files or []:
            link = packages / file.parts[0]
            if file.parts[0] not in {"..", "__pycache__"} and not link.exists():
                link.symlink_to(Path(str(distribution.locate_file(file.parts[0]))))
    (folder / "work").mkdir()
    return Installation(python.parent, folder / "work")


def site_packages(environment: Path) -> Path:
    """Where an environment keeps its packages."""
    (packages,) = (environment / "lib").glob("python3.*/site-packages")
    return packages


def required(extras: Iterable[str]) -> list[metadata.Distribution]:
    """Distributions that the project requires, directly or not."""
    found: dict[tuple[str, str], metadata.Distribution] = {}
    to_do = [(PROJECT, extra) for extra in ("", *extras)]
    while to_do:
        name, extra = to_do.pop()
        if (name, extra) in found:
            continue
        found[name, extra] = metadata.distribution(name)
        for text in found[name, extra].requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                to_do += [(requirement.name, wanted) for wanted in ("", *requirement.extras)]
    return [distribution for (name, _), distribution in found.items() if name != PROJECT]
