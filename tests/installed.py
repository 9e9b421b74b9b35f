"""A fresh environment with the wheel and what it requires, as pip would make it; no network is needed.

The required packages are those of the running environment, linked into the new one; whatever else is installed here is
not there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from venv import EnvBuilder

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = "esapi-bridge"


SESSION = """
import contextlib, io, json, shutil, sys
from pathlib import Path
from esapi_bridge.cli.app import main
from esapi_bridge.planning import export
export.export_phantom = lambda site, folder, options, progress: Path(shutil.copytree("phantom", folder))
for words in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(words)
        except SystemExit as end:
            code = end.code
    print(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}))
"""
"""Runs command lines one after the other, with the folder ``phantom`` in the place of what the demo would plan."""


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Installation:
    """An environment, an empty folder to work in, and one for compiled C#, all outside the checkout."""

    environment: Path
    folder: Path
    cache: Path

    def run(self, *arguments: object, program: str = "esapi-bridge", told: str = "") -> Ended:
        """Run a program of the environment as a user would, whose home is the empty folder."""
        own = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG_"))}
        done = subprocess.run(
            [self.environment / "bin" / program, *map(str, arguments)],
            cwd=self.folder,
            env=variables | dict.fromkeys(own, str(self.folder)) | {"XDG_CACHE_HOME": str(self.cache)},
            input=told,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def run_all(self, commands: Iterable[Sequence[str]]) -> dict[tuple[str, ...], Ended]:
        """Run command lines in one process, which imports and compiles once; by their words."""
        words = [list(command) for command in commands]
        done = self.run("-c", SESSION, program="python", told=json.dumps(words))
        assert done.code == 0, done.err
        answers = [Ended(**json.loads(line)) for line in done.out.splitlines()]
        return dict(zip(map(tuple, words), answers, strict=True))

    @property
    def packages(self) -> Path:
        """Where the environment keeps its packages."""
        (packages,) = (self.environment / "lib").glob("python3.*/site-packages")
        return packages

    @contextmanager
    def extra(self, name: str) -> Iterator[None]:
        """Have what an extra brings, for as long as the block lasts."""
        added = link(self.packages, required([name]))
        try:
            yield
        finally:
            for path in added:
                path.unlink()


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path, cache: Path) -> Installation:
    """Make an environment with the wheel and what it requires."""
    EnvBuilder(symlinks=True, with_pip=False).create(folder / "env")
    (folder / "work").mkdir()
    made = Installation(folder / "env", folder / "work", cache)
    python = folder / "env" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], check=True)
    link(made.packages, required(()))
    return made


def link(packages: Path, distributions: Iterable[metadata.Distribution]) -> list[Path]:
    """Link what is not there yet into an environment's packages; returns the new links."""
    made = []
    for distribution in distributions:
        for file in distribution.files or []:
            new = packages / file.parts[0]
            if file.parts[0] not in {"..", "__pycache__"} and not new.exists():
                new.symlink_to(Path(str(distribution.locate_file(file.parts[0]))))
                made.append(new)
    return made


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
