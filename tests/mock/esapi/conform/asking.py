"""The questions of the conformance script, put to a mock without its window and installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.eclipse.install import READ_ONLY_ROOMS, script_sources
from esapi_bridge.mock.esapi import MockAssemblies
from tests.mock.esapi.conftest import run_dotnet

PROGRAM = Path(__file__).parent / "Ask.cs"


def answers(mock: MockAssemblies, database: Path) -> dict[str, Any]:
    """The document that the questions make of a plan of this mock."""
    common = script_sources() / "Common"
    sources = [path for room in (*READ_ONLY_ROOMS, "Conformance") for path in (common / room).glob("*.cs")]
    program = compile_library(
        [PROGRAM, *(script_sources() / "EsapiConformanceWrite").glob("*Rows.cs"), *sources],
        mock.api.parent / "Ask.exe",
        [*mock.references, "System.Web.Extensions.dll"],
        target="exe",
    )
    document: dict[str, Any] = json.loads(run_dotnet(program, database, "HFS", "Plan A"))
    return document
