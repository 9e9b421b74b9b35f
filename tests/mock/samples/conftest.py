"""The mock, compiled once for all sample scripts."""

from __future__ import annotations

import pytest

from esapi_bridge.mock.esapi import MockAssemblies, build_mock


@pytest.fixture(scope="session")
def mock(dotnet: None, tmp_path_factory: pytest.TempPathFactory) -> MockAssemblies:
    return build_mock(tmp_path_factory.mktemp("mock-of-samples"))
