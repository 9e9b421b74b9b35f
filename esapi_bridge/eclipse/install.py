"""Build the scripts for an Eclipse (or its mock) and put them into a folder with settings and lists of digests."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import esapi_bridge
from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.eclipse import hashes
from esapi_bridge.eclipse.compiler import compile_library, find_compiler
from esapi_bridge.eclipse.esapi_folder import API_ASSEMBLY
from esapi_bridge.eclipse.install_options import InstallOptions
from esapi_bridge.eclipse.install_python import (
    RUNTIME_ASSEMBLY,
    assembly_version,
    find_runtime_assembly,
    framework_assembly,
)
from esapi_bridge.errors import BridgeError, os_reason

API, TYPES = API_ASSEMBLY, "VMS.TPS.Common.Model.Types.dll"
RECORD_FILE = "scripts.json"

READ_ONLY_ROOMS = ("Files", "Run", "Reading")
"""Shared sources of scripts that only read: no code that writes to Eclipse goes into them."""

SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "DeepDoseNet": (*READ_ONLY_ROOMS, "Python", "Writing"),
    "FluenceNet": (*READ_ONLY_ROOMS, "Python", "Writing"),
    "ExportCase": READ_ONLY_ROOMS,
    "CollectDoseNetData": (*READ_ONLY_ROOMS, "Writing"),
    "CollectFluenceNetData": READ_ONLY_ROOMS,
    "EsapiConformance": (*READ_ONLY_ROOMS, "Conformance"),
    "EsapiConformanceWrite": (*READ_ONLY_ROOMS, "Conformance"),
}
"""Scripts and the shared sources that each is made of."""


@dataclass(frozen=True)
class Installed:
    """What an installation left.

    Parameters
    ----------
    target
        Folder of the scripts.
    version
        Version of the scripts' assemblies.
    scripts
        Their file names.
    is_unchanged
        Whether the same scripts were there already, and were left as they are so that their approval holds.
    """

    target: Path
    version: str
    scripts: tuple[str, ...] = field(default_factory=tuple)
    is_unchanged: bool = False


def install(options: InstallOptions) -> Installed:
    """Compile all scripts against an Eclipse's assemblies and install them.

    Raises
    ------
    BridgeError
        If an assembly, the compiler, pythonnet or Python's library is missing, the sources do not compile, or the
        target cannot be written (Eclipse may have the scripts open).
    """
    _check(options)
    target = options.target.resolve()
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".installing-", dir=target) as folder:
            return _install(options, target, Path(folder))
    except OSError as error:
        raise BridgeError(
            f"the scripts could not be installed: {os_reason(error)}; close every Eclipse that uses them"
        ) from error


def check(target: Path) -> list[str]:
    """Names of the files of an installation that are missing, were changed or do not belong there.

    Raises
    ------
    BridgeError
        If there is no installation.
    """
    if not (target / hashes.SETTINGS_FILE).is_file():
        raise BridgeError(f"expected an installation ({hashes.SETTINGS_FILE}), found none; install the scripts first")
    return hashes.check_installation(target.resolve() / hashes.SETTINGS_FILE)


def script_sources() -> Path:
    """Folder of the scripts' C# sources: beside the packages in a checkout, inside them when installed."""
    package = Path(esapi_bridge.__file__).resolve().parent
    for folder in (package.parent / "esapi_scripts", package / "eclipse" / "esapi_scripts"):
        if (folder / "Common").is_dir():
            return folder
    raise BridgeError("expected the C# sources of the scripts, found none; install esapi-bridge again")


def _check(options: InstallOptions) -> None:
    for name in (API, TYPES):
        if not (options.esapi / name).is_file():
            raise BridgeError(f"expected {name} in the folder of --esapi, found none; give Eclipse's esapi/API folder")
    options.check()


def _install(options: InstallOptions, target: Path, staging: Path) -> Installed:
    shutil.copyfile(find_runtime_assembly(), staging / RUNTIME_ASSEMBLY)
    _write(staging / hashes.SETTINGS_FILE, json.dumps(options.settings(), indent=1) + "\n")
    loaded = hashes.list_text(
        [staging / hashes.SETTINGS_FILE, staging / RUNTIME_ASSEMBLY, *hashes.package_files(options.listed())], staging
    )
    _write(staging / hashes.LOADED_LIST, loaded)
    content = _content_sha256(options, loaded, target)
    record = _record(target)
    names = tuple(f"{name}.esapi.dll" for name in SCRIPTS)
    if record.get("content_sha256") == content and not hashes.check_installation(target / hashes.SETTINGS_FILE):
        return Installed(target, str(record["version"]), names, is_unchanged=True)
    version = assembly_version(__version__, content, record.get("version"))
    generated = staging / "Installation.cs"
    _write(generated, _installation_source(target, hashlib.sha256(loaded.encode()).hexdigest(), version))
    for name, rooms in SCRIPTS.items():
        references = _references(options.esapi, staging, rooms)
        compile_library([generated, *_sources(name, rooms)], staging / f"{name}.esapi.dll", references, platform="x64")
    _write(
        staging / hashes.SCRIPTS_LIST,
        hashes.list_text([staging / hashes.LOADED_LIST, *(staging / name for name in names)], staging),
    )
    new_record = {
        "schema": 1,
        "intended_use": INTENDED_USE,
        "version": version,
        "content_sha256": content,
        "compiler": find_compiler().name,
        "scripts": names,
    }
    _write(staging / RECORD_FILE, json.dumps(new_record, indent=1) + "\n")
    # Lists come last: an installation that is cut short does not match its list, and its scripts refuse to run.
    last = (hashes.LOADED_LIST, hashes.SCRIPTS_LIST, RECORD_FILE)
    for name in (RUNTIME_ASSEMBLY, hashes.SETTINGS_FILE, *names, *last):
        (staging / name).replace(target / name)
    return Installed(target, version, names)


def _sources(name: str, rooms: tuple[str, ...]) -> list[Path]:
    folder = script_sources()
    folders = [*(folder / "Common" / room for room in rooms), folder / name]
    return [path for room in folders for path in sorted(room.glob("*.cs"))]


def _content_sha256(options: InstallOptions, loaded: str, target: Path) -> str:
    """Digest of all that goes into the scripts; line ends of the sources do not count."""
    digest = hashlib.sha256(f"{target}\n{loaded}".encode())
    for path in (options.esapi / API, options.esapi / TYPES):
        digest.update(hashes.sha256_of(path).encode())
    for name, rooms in SCRIPTS.items():
        for path in sorted(_sources(name, rooms)):
            digest.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _references(esapi: Path, staging: Path, rooms: tuple[str, ...]) -> list[Path | str]:
    references: list[Path | str] = [esapi / API, esapi / TYPES]
    references += ["System.Core.dll", "System.Drawing.dll", "System.Web.Extensions.dll", "System.Windows.Forms.dll"]
    # ESAPI's structures name colours and meshes of WPF, which on Mono is the mock's.
    references += [framework_assembly("WindowsBase.dll"), _wpf("PresentationCore.dll", esapi)]
    if "Python" in rooms:
        references += [staging / RUNTIME_ASSEMBLY, framework_assembly("netstandard.dll")]
        references += ["Microsoft.CSharp.dll", "System.Numerics.dll"]
    return references


def _wpf(name: str, esapi: Path) -> Path | str:
    return framework_assembly(name) if os.name == "nt" else esapi / name


def _installation_source(target: Path, list_sha256: str, version: str) -> str:
    folder = str(target).replace('"', '""')
    return f"""// Written by 'esapi-bridge scripts install'.
using System.Reflection;

[assembly: AssemblyVersion("{version}")]
[assembly: AssemblyFileVersion("{version}")]
[assembly: AssemblyProduct("esapi-bridge")]
[assembly: AssemblyDescription("{INTENDED_USE}")]

namespace EsapiBridge.Scripts
{{
    /// <summary>Where this script was installed, and the digest of the list of all it loads.</summary>
    public static class Installation
    {{
        /// <summary>Folder of the installation.</summary>
        public const string Folder = @"{folder}";

        /// <summary>SHA-256 of the list.</summary>
        public const string ListSha256 = "{list_sha256}";
    }}
}}
"""


def _record(target: Path) -> dict[str, str]:
    try:
        record = json.loads((target / RECORD_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
