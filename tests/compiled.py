"""What the C# compiler made in this run of the suite, found again by what it was made of."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock

from esapi_bridge.eclipse import compiler

start_compiler = compiler._run

OUT, REFERENCE = "-out:", "-reference:"


class Compiled:
    """Assemblies in a folder that processes of the suite share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, command: list[str], name: str) -> subprocess.CompletedProcess[str]:
        """Start the compiler, unless it succeeded with the same content of the same names before."""
        (out,) = (Path(word.removeprefix(OUT)) for word in command if word.startswith(OUT))
        self._folder.mkdir(exist_ok=True)
        kept = self._folder / digest(command)
        with FileLock(f"{kept}.lock"):
            if kept.is_file():
                shutil.copyfile(kept, out)
                return subprocess.CompletedProcess(command, 0, "", "")
            done = start_compiler(command, name)
            if done.returncode == 0:
                shutil.copyfile(out, kept)
            return done


def digest(command: Iterable[str]) -> str:
    """SHA-256 of options, and of names and content of the files that a command line names."""
    found = hashlib.sha256()
    for word in command:
        path = Path(word.removeprefix(OUT).removeprefix(REFERENCE))
        text = word.replace(str(path), path.name) if path.is_absolute() else word
        found.update(
            text.encode() + b"\0" + (path.read_bytes() if path.is_absolute() and path.is_file() else b"") + b"\0"
        )
    return found.hexdigest()
