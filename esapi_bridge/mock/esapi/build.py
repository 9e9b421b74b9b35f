"""Compile the mock's assemblies."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.eclipse.install_python import framework_assembly

SOURCES = Path(__file__).parent
WPF_SOURCES = SOURCES.parent / "wpf"
WPF = ("PresentationCore.dll", "PresentationFramework.dll")
"""Assemblies of WPF that Mono has not, and this package stands in for: values and texts, nothing is drawn."""

FRAMEWORK = ("System.Core.dll", "System.Data.dll", "System.Xml.dll", "System.Drawing.dll", "System.Windows.Forms.dll")

IMPLIED_SYMBOLS = {"ESAPI_18": ("ESAPI_16", "ESAPI_18"), "ESAPI_16": ("ESAPI_16",)}
"""A later version has the members of the earlier ones; without a symbol the mock has those of 15.6."""


@dataclass(frozen=True)
class MockAssemblies:
    """Where the assemblies are.

    Parameters
    ----------
    api
        ``VMS.TPS.Common.Model.API.dll``; also holds the host's doors, namespace ``EsapiBridge.Mock``.
    types
        ``VMS.TPS.Common.Model.Types.dll``.
    """

    api: Path
    types: Path

    @property
    def references(self) -> list[Path | str]:
        """What a script is compiled against."""
        return script_references(self.api.parent)


def script_references(folder: Path) -> list[Path | str]:
    """What a script is compiled against: the mock in a folder, WPF, and what every script has of the Framework."""
    scripting: list[Path | str] = [folder / f"VMS.TPS.Common.Model.{part}.dll" for part in ("API", "Types")]
    wpf = map(framework_assembly, WPF) if os.name == "nt" else (folder / name for name in WPF)
    return [*scripting, framework_assembly("WindowsBase.dll"), *wpf, *FRAMEWORK]


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
    wpf = _build_wpf(out)
    types = compile_library(_sources("types"), out / "VMS.TPS.Common.Model.Types.dll", symbols=defined)
    references: list[Path | str] = [types, "System.Core.dll", "System.Numerics.dll", *wpf]
    api = compile_library(
        _sources("api", "store", "masks", "session"), out / "VMS.TPS.Common.Model.API.dll", references, defined
    )
    return MockAssemblies(api, types)


def _build_wpf(out: Path) -> list[Path | str]:
    """The assemblies of WPF: the Framework's own on Windows, elsewhere stand-ins."""
    found: list[Path | str] = [framework_assembly("WindowsBase.dll")]
    if os.name == "nt":
        return found + [framework_assembly(name) for name in WPF]
    for name, room in zip(WPF, ("core", "framework"), strict=True):
        sources = [WPF_SOURCES / "AssemblyVersion.cs", *(WPF_SOURCES / room).glob("*.cs")]
        found.append(compile_library(sources, out / name, ["System.Core.dll", *found]))
    return found


def _sources(*rooms: str) -> list[Path]:
    """Sources of one assembly: those of its rooms, and the version that both assemblies have."""
    return [SOURCES / "AssemblyVersion.cs", *(source for room in rooms for source in (SOURCES / room).glob("*.cs"))]
