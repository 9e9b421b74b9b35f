"""What tests of the mock in C# need."""

import os
import shutil

import pytest

from esapi_bridge.eclipse.compiler import find_compiler
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.esapi import MockAssemblies, build_mock


@pytest.fixture(scope="session")
def dotnet() -> None:
    """A compiler and, but for Windows, Mono to run what it makes."""
    try:
        find_compiler()
    except BridgeError as error:
        pytest.skip(str(error))
    if os.name != "nt" and shutil.which("mono") is None:
        pytest.skip("the mock runs under Mono, which is not installed")


@pytest.fixture(scope="session")
def mock_assemblies(dotnet: None, tmp_path_factory: pytest.TempPathFactory) -> MockAssemblies:
    """The mock of 15.6, compiled once."""
    return build_mock(tmp_path_factory.mktemp("mock-esapi"))
