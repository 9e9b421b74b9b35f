"""The stand-ins for WPF on Mono: values as WPF's, windows and questions as texts."""

from __future__ import annotations

import math
import os

import pytest

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import MockAssemblies
from tests.mock.esapi.conftest import SCENARIOS, run_dotnet


@pytest.mark.skipif(os.name == "nt", reason="Windows has WPF itself")
def test_values_windows_and_questions(mock_assemblies: MockAssemblies) -> None:
    folder = mock_assemblies.api.parent
    source = SCENARIOS / "wpf" / "Values.cs"
    program = compile_library([source], folder / "Values.exe", mock_assemblies.references, target="exe")
    assert run_dotnet(program).splitlines() == [
        "colour #FF0102FF #FFFFF8DC True #FFFF0000",
        "empty Empty True",
        "bounds -3,4,-2,5,4,11 True False",
        "centre 0 9",
        f"vector 0,0,2 {math.sqrt(16 + 1 + 6.25):.15g} 90",
        "message box 'Plan': Go on? [answered Yes]",
        "message box: Done [answered OK]",
        "message box: Sure? [answered Cancel]",
        "answers Yes OK Cancel",
        "loaded",
        "window 'Check':",
        "  Dose check",
        "  PTV 60 Gy",
        "  [x] approved",
        "  <OK>",
        "closing",
        "answer False True",
        "closing",
        "closed",
        "a closed window stays closed",
    ]
