"""Which Python the scripts start inside Eclipse: its folder, its library, and pythonnet's assembly."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.errors import BridgeError

RUNTIME_ASSEMBLY = "Python.Runtime.dll"


@dataclass(frozen=True)
class HostedPython:
    """A Python that a .NET process can start.

    Parameters
    ----------
    home
        Its folder (``sys.base_prefix``).
    library
        ``python311.dll`` or ``libpython3.11.so``.
    executable
        The interpreter that runs the worker: the one this package is installed for.
    interpreter
        That of `home` itself: the scripts see it start before they load `library` into Eclipse.
    """

    home: Path
    library: Path
    executable: Path
    interpreter: Path


def find_python(home: Path | None = None) -> HostedPython:
    """The Python of this process, or that of the folder `home`, which must be of the same version.

    Raises
    ------
    BridgeError
        If there is no library that a process could load, or no interpreter beside it.
    """
    folder = Path(sys.base_prefix) if home is None else home
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if os.name == "nt":
        candidates = [folder / f"python{version.replace('.', '')}.dll"]
    else:
        name = str(sysconfig.get_config_var("INSTSONAME") or f"libpython{version}.so.1.0")
        stated = [Path(str(sysconfig.get_config_var("LIBDIR")))] if home is None else []
        candidates = [place / name for place in (*stated, folder / "lib", folder / "lib64")]
    library = next((path for path in candidates if path.is_file() and path.suffix != ".a"), None)
    if library is None:
        raise BridgeError(
            f"expected the library of Python {version} ({candidates[0].name}), found none; use a Python that was built "
            "with a shared library, such as that of python.org"
        )
    folder = folder.resolve()
    interpreter = folder / "python.exe" if os.name == "nt" else folder / "bin" / f"python{version}"
    if not interpreter.is_file():
        raise BridgeError(f"expected {interpreter.name} in the folder of Python {version}, found none; install it anew")
    return HostedPython(folder, library.resolve(), Path(sys.executable), interpreter)


def find_runtime_assembly() -> Path:
    """The ``Python.Runtime.dll`` of pythonnet.

    Raises
    ------
    BridgeError
        If pythonnet is not installed.
    """
    spec = importlib.util.find_spec("pythonnet")
    path = Path(spec.origin).parent / "runtime" / RUNTIME_ASSEMBLY if spec and spec.origin else None
    if path is None or not path.is_file():
        raise BridgeError("expected pythonnet, found none; install it with: pip install 'esapi-bridge[eclipse]'")
    return path


def framework_assembly(name: str) -> Path | str:
    """An assembly of the .NET Framework or Mono that a compiler does not find by its name alone.

    Raises
    ------
    BridgeError
        If it is not there.
    """
    if os.name == "nt":
        windows = Path(os.environ.get("WINDIR", r"C:\Windows")) / "Microsoft.NET"
        framework = windows / "Framework64" / "v4.0.30319"
        gac = sorted((windows / "assembly").glob(f"GAC_*/{Path(name).stem}/v4.0_*/{name}"))
        candidates = [framework / name, framework / "WPF" / name, *gac]
    else:
        mono = [Path(prefix) / "lib" / "mono" / "4.5" for prefix in ("/usr", "/usr/local")]
        candidates = [folder / part / name for folder in mono for part in ("", "Facades")]
    found = next((path for path in candidates if path.is_file()), None)
    if found is None:
        raise BridgeError(f"expected {name} of .NET Framework 4.7.2 or later, or of Mono, found none; update it")
    return found


def assembly_version(package_version: str, content_sha256: str, previous: str | None = None) -> str:
    """Four-part version of the scripts: the package's, and a number drawn from all that goes into them.

    Eclipse's approval holds for a version and its bytes; other bytes under an approved version are refused. So other
    content must have another version.

    Parameters
    ----------
    package_version
        Version of this package, for example ``0.1.0``.
    content_sha256
        Digest of everything that goes in.
    previous
        Version of the scripts with other content that are to be replaced; its number is not used again.
    """
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", package_version)
    release = ".".join(match.groups()) if match else "0.0.0"
    number = int(content_sha256[:8], 16) % 65534 + 1  # a part of a version has 16 bits, and 65535 is not allowed
    if previous == f"{release}.{number}":
        number = number % 65534 + 1
    return f"{release}.{number}"
