"""The C# compiler of this machine: ``csc.exe`` of the .NET Framework on Windows, Mono's ``mcs`` elsewhere.

Both come with what they compile for, so that a site needs no development tools. Sources are held to C# 5, the last
version that the Framework's own compiler knows.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from esapi_bridge.errors import BridgeError, RefusedError, os_reason

LANGUAGE_VERSION = "5"
"""The last C# that ``csc.exe`` of the .NET Framework 4 compiles."""

Target = Literal["library", "exe", "winexe"]
"""What to make: a library, a console program or a program with windows."""

Platform = Literal["anycpu", "x64"]

BLOCKED = frozenset({5, 225, 1260, 4551})
"""Windows' codes for a program that may not start: access denied, infected, disabled by policy, integrity policy."""

MESSAGES_SHOWN = 5
"""How many of the compiler's errors are repeated to the user."""


@dataclass(frozen=True)
class Compiler:
    """A C# compiler.

    Parameters
    ----------
    command
        The program to start.
    name
        ``csc`` or ``mcs``.
    """

    command: Path
    name: Literal["csc", "mcs"]


def find_compiler() -> Compiler:
    """The compiler of this machine.

    Raises
    ------
    BridgeError
        If there is none.
    """
    if _is_windows():
        framework = Path(os.environ.get("WINDIR", r"C:\Windows")) / "Microsoft.NET"
        for folder in ("Framework64", "Framework"):
            command = framework / folder / "v4.0.30319" / "csc.exe"
            if command.is_file():
                return Compiler(command, "csc")
    found = shutil.which("mcs")
    if found is None:
        raise BridgeError(
            "expected a C# compiler, found none; Windows has csc.exe with the .NET Framework 4, "
            "elsewhere install Mono's mcs (Debian: mono-mcs)"
        )
    return Compiler(Path(found), "mcs")


def compile_library(
    sources: Iterable[Path],
    output: Path,
    references: Sequence[Path | str] = (),
    symbols: Sequence[str] = (),
    target: Target = "library",
    platform: Platform = "anycpu",
) -> Path:
    """Compile C# 5 sources; the output appears only if they compile.

    Parameters
    ----------
    sources
        The ``.cs`` files.
    output
        The assembly to make, replaced if it exists.
    references
        Assemblies to compile against: a path, or the name of one of the framework such as ``System.Windows.Forms.dll``.
    symbols
        Conditional compilation symbols.
    target
        What to make.
    platform
        Processors it runs on; what is loaded into Eclipse, or loads a Python of 64 bits, is ``x64``.

    Returns
    -------
    Path
        `output`.

    Raises
    ------
    BridgeError
        If there is no compiler or the sources do not compile; holds the first errors without any folder.
    RefusedError
        If the machine does not let the compiler start.
    """
    compiler = find_compiler()
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".compile-", dir=output.parent) as folder:
        partial = Path(folder) / output.name  # the assembly takes its own name from its file's
        arguments = [
            "-nologo",
            f"-langversion:{LANGUAGE_VERSION}",
            "-codepage:65001",
            "-optimize+",
            f"-target:{target}",
            f"-platform:{platform}",
            f"-out:{partial}",
            *(f"-reference:{reference}" for reference in references),
            *(f"-define:{symbol}" for symbol in symbols),
            *(str(source) for source in sorted(sources)),
        ]
        done = _run([str(compiler.command), *arguments], compiler.name)
        if done.returncode != 0:
            raise BridgeError(f"{output.name} must compile with {compiler.name}, it does not: {_errors(done)}")
        partial.replace(output)
    return output


def _run(command: list[str], name: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 -- the compiler found above, no shell
            command, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        code = getattr(error, "winerror", None)
        if isinstance(error, PermissionError) or code in BLOCKED:
            raise RefusedError(
                f"the C# compiler {name} must be allowed to start, it was blocked by a policy or virus scanner of this "
                f"machine (error {code or error.errno}); have it allowed there, or install from an account that may"
            ) from error
        raise BridgeError(f"the C# compiler {name} could not be started: {os_reason(error)}") from error


def _is_windows() -> bool:
    return os.name == "nt"


def _errors(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stdout + "\n" + done.stderr).splitlines() if "error" in line]
    # A source's folder says nothing about its error, and may say something about a patient or user.
    shown = [re.sub(r"^.*[\\/](?=[^\\/]+\.cs\()", "", line) for line in lines[:MESSAGES_SHOWN]]
    return "; ".join(shown) or f"the compiler ended with {done.returncode}"
