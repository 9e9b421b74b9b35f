"""Compile the mock's two assemblies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.eclipse.compiler import compile_library

SOURCES = Path(__file__).parent

IMPLIED_SYMBOLS = {"ESAPI_18": ("ESAPI_16", "ESAPI_18"), "ESAPI_16": ("ESAPI_16",)}
"""A later version has the members of the earlier ones; without a symbol the mock has those of 15.6."""


@dataclass(frozen=True)
class MockAssemblies:
    """Where the two assemblies are.

    Parameters
    ----------
    api
        ``VMS.TPS.Common.Model.API.dll``; also holds the host's doors, namespace ``EsapiBridge.Mock``.
    types
        ``VMS.TPS.Common.Model.Types.dll``.
    """

    api: Path
    types: Path


def build_mock(out: Path, symbols: Sequence[str] = ()) -> MockAssemblies:
    """Compile the mock ESAPI.

    Parameters
    ----------
    out
        Folder of the assemblies, made if need be.
    symbols
        ``ESAPI_16`` or ``ESAPI_18`` for the members of these versions, ``ESAPI_13`` for names that 15.6 has no
        longer; none for 15.6.

    Raises
    ------
    BridgeError
        If there is no compiler or the sources do not compile.
    """
    defined = sorted({implied for symbol in symbols for implied in IMPLIED_SYMBOLS.get(symbol, (symbol,))})
    types = compile_library(_sources("types"), out / "VMS.TPS.Common.Model.Types.dll", symbols=defined)
    references: list[Path | str] = [types, "System.Core.dll", "System.Numerics.dll"]
    api = compile_library(
        _sources("api", "store", "masks", "session"), out / "VMS.TPS.Common.Model.API.dll", references, defined
    )
    return MockAssemblies(api, types)


def _sources(*rooms: str) -> list[Path]:
    """Sources of one assembly: those of its rooms, and the version that both assemblies have."""
    return [SOURCES / "AssemblyVersion.cs", *(source for room in rooms for source in (SOURCES / room).glob("*.cs"))]
