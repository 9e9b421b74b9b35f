"""Build the mock Eclipse once and start it: with Mono, or directly on Windows."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.eclipse.install_python import find_python
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.esapi import build_mock
from esapi_bridge.mock.esapi.build import WPF_SOURCES, script_references

SOURCES = Path(__file__).parent
MOCK_SOURCES = SOURCES.parent / "esapi"
SHARED_SOURCES = (MOCK_SOURCES / "store" / "Json.cs",)
"""Sources of the mock that the host compiles too, as they are internal there."""

PROGRAM = "MockEclipse.exe"


@dataclass(frozen=True)
class HostOptions:
    """What the mock Eclipse is to do.

    Parameters
    ----------
    database
        Folder of the database, see `esapi_bridge.mock.database`.
    scripts
        Folder of compiled scripts for the menu; None for none.
    patient, course, plan
        Ids of what is to be open; patient and course of a plan may be left out.
    run
        Script (``.esapi.dll``, single ``.cs`` file, or name in `scripts`) to run without a window; None for the window.
    save
        Keep what a script changed, if it ended well.
    as_json
        Answer in JSON.
    screenshots, start
        Take pictures of the window and of this script at work into a folder, then close.
    no_licence, clinical
        Behave as a site that may not write by script, or where scripts need an approval.
    """

    database: Path
    scripts: Path | None = None
    patient: str | None = None
    course: str | None = None
    plan: str | None = None
    run: str | None = None
    save: bool = False
    as_json: bool = False
    screenshots: Path | None = None
    start: str | None = None
    no_licence: bool = False
    clinical: bool = False

    def arguments(self) -> list[str]:
        """Return the command line of the host."""
        values = {
            "--database": self.database, "--scripts": self.scripts, "--patient": self.patient, "--course": self.course,
            "--plan": self.plan, "--run": self.run, "--screenshots": self.screenshots, "--start": self.start,
        }  # fmt: skip
        switches = {
            "--save": self.save, "--json": self.as_json, "--no-licence": self.no_licence, "--clinical": self.clinical,
        }  # fmt: skip
        return [
            *(part for name, value in values.items() if value is not None for part in (name, str(value))),
            *(name for name, is_set in switches.items() if is_set),
        ]


def cache_folder() -> Path:
    """Folder of what can be built again: ``%LOCALAPPDATA%``, ``$XDG_CACHE_HOME`` or ``~/.cache``."""
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "esapi-bridge" / "mock-eclipse"


def build_host(symbols: Sequence[str] = (), cache: Path | None = None) -> Path:
    """Compile mock ESAPI and host, unless the same sources were compiled before.

    Parameters
    ----------
    symbols
        ``ESAPI_16`` or ``ESAPI_18`` for the members of these versions; none for 15.6.
    cache
        Where to keep what was built; the user's cache by default.

    Returns
    -------
    Path
        Folder with ``MockEclipse.exe`` and the mock's assemblies, for ``scripts install --esapi``.

    Raises
    ------
    BridgeError
        If there is no compiler or the sources do not compile.
    """
    sources = sorted([*SOURCES.glob("*.cs"), *SHARED_SOURCES])
    everything = sorted({*sources, *MOCK_SOURCES.rglob("*.cs"), *WPF_SOURCES.rglob("*.cs")})
    digest = hashlib.sha256(" ".join(sorted(symbols)).encode())
    for path in everything:
        digest.update(f"\n{path.relative_to(SOURCES.parent).as_posix()}\n".encode() + path.read_bytes())
    built = (cache or cache_folder()) / digest.hexdigest()[:16]
    if (built / PROGRAM).is_file():
        return built
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=built.parent) as scratch:
        folder = Path(scratch) / "host"
        mock = build_mock(folder, symbols)
        stand_in = () if os.name == "nt" else ("WPF_STAND_IN",)
        compile_library(sources, folder / PROGRAM, mock.references, stand_in, target="exe")
        try:
            folder.rename(built)
        except OSError:
            if not (built / PROGRAM).is_file():  # otherwise another process was first
                raise
    return built


def run_host(options: HostOptions, symbols: Sequence[str] = ()) -> int:
    """Start the mock Eclipse, wait for its end and return its exit code: that of the script, if it ran one.

    Raises
    ------
    BridgeError
        If there is no database, or the host cannot be built or started.
    """
    if not (options.database / "database.json").is_file():
        raise BridgeError(
            "expected a database, found none; make one with 'esapi-bridge mock database EXPORT_DIR -o DIR'"
        )
    host = build_host(symbols)
    with tempfile.TemporaryDirectory(prefix="script-") as folder:
        if options.run is not None and options.run.endswith(".cs"):
            options = replace(options, run=str(compile_single_file(Path(options.run), host, Path(folder))))
        done = subprocess.run(  # noqa: S603  the program just built, no shell
            [*_runtime(), str(host / PROGRAM), *options.arguments()], env=environment(), check=False
        )
    return done.returncode


def compile_single_file(source: Path, host: Path, folder: Path) -> Path:
    """Compile a single-file plug-in, as Eclipse does when it runs one.

    Parameters
    ----------
    source
        The ``.cs`` file, C# 5.
    host
        Folder of the mock's assemblies.
    folder
        Receives ``NAME.esapi.dll``.

    Raises
    ------
    BridgeError
        If there is no such file, no compiler, or the source does not compile.
    """
    if not source.is_file():
        raise BridgeError("expected a single-file script *.cs, found none of this name")
    return compile_library([source], folder / f"{source.stem}.esapi.dll", script_references(host))


def environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment of the host: which Python calculates, and which library scripts host."""
    found = dict(os.environ if base is None else base)
    found.setdefault("ESAPI_BRIDGE_PYTHON", sys.executable)
    if "PYTHONNET_PYDLL" not in found:
        with contextlib.suppress(BridgeError):  # a script that hosts Python says so; others need none
            found["PYTHONNET_PYDLL"] = str(find_python().library)
    return found


def _runtime() -> list[str]:
    if os.name == "nt":
        return []
    mono = shutil.which("mono")
    if mono is None:
        raise BridgeError("expected Mono to run the mock Eclipse, found none; install it (Debian: mono-runtime)")
    return [mono]
