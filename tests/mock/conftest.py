"""What tests of the mock in C# need."""

import os
import shutil

import pytest

from esapi_bridge.eclipse.compiler import find_compiler
from esapi_bridge.errors import BridgeError


@pytest.fixture(scope="session")
def dotnet() -> None:
    """A compiler and, but for Windows, Mono to run what it makes."""
    try:
        find_compiler()
    except BridgeError as error:
        pytest.skip(str(error))
    if os.name != "nt" and shutil.which("mono") is None:
        pytest.skip("the mock runs under Mono, which is not installed")
