"""The mock is built once, every trap provoked once; each test judges one row of docs/reference/mock-esapi.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import MockAssemblies, build_mock
from tests.mock.esapi.patients import make_database

SCENARIOS = Path(__file__).parent / "csharp"
REPOSITORY = Path(__file__).parents[3]


def run_dotnet(program: Path, *arguments: Path | str, **environment: str) -> str:
    """Standard output of a .NET program, which must end well."""
    runtime = [] if os.name == "nt" else ["mono"]
    done = subprocess.run(
        [*runtime, str(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def mock_assemblies_16(dotnet: None, tmp_path_factory: pytest.TempPathFactory) -> MockAssemblies:
    """The mock with the members of 16.1."""
    return build_mock(tmp_path_factory.mktemp("mock-esapi-16"), ["ESAPI_16"])


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_database(tmp_path_factory.mktemp("db") / "gray", dose_unit="Gy", scale=1e-4)


@pytest.fixture(scope="session")
def fake_calculation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that takes Python's place; what it is asked is a line of JSON each in ``evidence`` beside it."""
    if os.name == "nt":
        pytest.skip("the program in the place of the calculation process is a Unix script")
    program = tmp_path_factory.mktemp("calculation") / "python"
    script = Path(__file__).parent / "fake_calculation.py"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{REPOSITORY}" exec "{sys.executable}" "{script}" "$@"\n')
    program.chmod(0o755)
    return program


@pytest.fixture(scope="session")
def seen(
    mock_assemblies: MockAssemblies, database: Path, fake_calculation: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, dict[str, Any]]:
    """What every row showed, by its number."""
    centigray = make_database(
        tmp_path_factory.mktemp("db") / "centigray",
        dose_unit="cGy",
        scale=2e-4,
        intercept=-1.0,
        ct_offset=500,
        patients=("HFS",),
    )
    references = mock_assemblies.references
    folder = mock_assemblies.api.parent
    read_only = SCENARIOS / "ReadOnlyScript.cs"
    script = compile_library([read_only], folder / "ReadOnlyScript.dll", references)
    sources = [source for source in SCENARIOS.glob("*.cs") if source != read_only]
    traps = compile_library(sources, folder / "Traps.exe", references, target="exe")
    output = run_dotnet(
        traps,
        database,
        centigray,
        script,
        ESAPI_BRIDGE_PYTHON=str(fake_calculation),
        FAKE_CALCULATION_EVIDENCE=str(fake_calculation.parent / "evidence"),
        TMPDIR=str(tmp_path_factory.mktemp("jobs")),
    )
    rows = {row["row"]: row for row in map(json.loads, output.splitlines())}
    for row in rows.values():
        assert "failure" not in row, row
    return rows
