"""The mock Eclipse as one process that many runs share: starting it, and Python in it, costs more than a run."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.eclipse.launcher import PROGRAM, SHARED_SOURCES

PROGRAMS = Path(__file__).parent / "programs"
END = "\x1e"
"""What the line starts with that follows what a run wrote."""


class Process:
    """A process of the mock Eclipse, started by its first run and there for those that follow, as Eclipse is."""

    def __init__(self, program: Path, log: Path, environment: Mapping[str, str]) -> None:
        self.program = program
        self._log = log
        self.environment = environment
        self._process: subprocess.Popen[str] | None = None

    def run(
        self, program: str, arguments: Iterable[str | Path], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of ``ManyRuns.cs``, for which some variables are set."""
        words = [str(word) for word in arguments]
        wanted = {"program": program, "arguments": words, "environment": environment}
        process = self._process = self._process or self._start()
        begin = self._log.stat().st_size
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
        lines = []
        while (line := process.stdout.readline()) and not line.startswith(END):
            lines.append(line)
        told = self._log.read_bytes()[begin:].decode(errors="replace")
        assert line, f"Eclipse ended: {told}"
        return subprocess.CompletedProcess([program, *words], int(line.removeprefix(END)), "".join(lines), told)

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                ["mono", self.program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env=dict(self.environment),
            )

    def end(self) -> None:
        """Close it."""
        if self._process is not None:
            self._process.communicate()


@dataclass(frozen=True)
class Host:
    """The host's assemblies, with ``ManyRuns.exe``, and a folder for what Python compiles."""

    folder: Path
    pycache: Path

    @classmethod
    def build(cls, host: Path, folder: Path, pycache: Path) -> Host:
        """Copy a host into a folder and compile beside it what runs it again and again."""
        shutil.copytree(host, folder, dirs_exist_ok=True)
        pycache.mkdir(exist_ok=True)
        sources = [PROGRAMS / "ManyRuns.cs", PROGRAMS / "SaveAnyway.cs", *SHARED_SOURCES]
        names = ("VMS.TPS.Common.Model.API.dll", "VMS.TPS.Common.Model.Types.dll", PROGRAM)
        references: list[Path | str] = [*(folder / name for name in names), "System.Core.dll"]
        compile_library(sources, folder / "ManyRuns.exe", references, target="exe")
        return cls(folder, pycache)

    def process(self, log: Path, environment: Mapping[str, str]) -> Process:
        """A process of its own."""
        return Process(self.folder / "ManyRuns.exe", log, environment)
