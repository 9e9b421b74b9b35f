"""The mock under a short name, and how samples are run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from esapi_bridge.case import Case
from esapi_bridge.case.folder import read_case
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import MockAssemblies
from tests.mock.esapi.conftest import run_dotnet

SAMPLES = Path(__file__).parent


@pytest.fixture(scope="session")
def mock(mock_assemblies: MockAssemblies) -> MockAssemblies:
    return mock_assemblies


def run_sample(mock: MockAssemblies, name: str, database: Path, patient: str, plan: str, **environment: str) -> None:
    """Run a sample on a plan of the first course, and save what it changed."""
    program = mock.api.parent / f"{name}.exe"
    if not program.exists():
        sources = [SAMPLES / f"{name}.cs", SAMPLES / "RunAndSave.cs"]
        compile_library(sources, program, [mock.api, mock.types], target="exe")
    run_dotnet(program, database, patient, "C1", plan, **environment)


def saved_plans(database: Path, patient: str) -> dict[str, Case]:
    """Cases of a patient's plans by plan id, as they lie in the database."""
    home = database / "patients" / patient
    record = json.loads((home / "patient.json").read_text())
    return {
        plan["id"]: read_case(home / "plans" / plan["folder"])
        for course in record["courses"]
        for plan in course["plans"]
    }
