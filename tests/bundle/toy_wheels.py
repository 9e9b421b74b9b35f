"""Wheels of a few lines, for an index of our own in a folder."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PURE = "py3-none-any"
WINDOWS = "cp311-cp311-win_amd64"
LINUX = "cp311-cp311-manylinux2014_x86_64"

DOCTOR = "import sys\n\n\ndef main():\n    import alpha\n\n    print('toy', *sys.argv[1:], alpha.MADE_FOR)\n"
"""What stands for this project's command: it needs a package."""


def toy_wheel(
    folder: Path,
    name: str,
    version: str,
    requires: Sequence[str] = (),
    *,
    tag: str = PURE,
    metadata: Sequence[str] = ("License-Expression: MIT",),
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write a wheel as the specification has it, with one module unless `files` says otherwise."""
    place = f"{name.replace('-', '_')}-{version}.dist-info"
    head = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *metadata]
    contents = {
        **(files or {f"{name}.py": f"MADE_FOR = {tag!r}\n"}),
        f"{place}/METADATA": "\n".join([*head, *(f"Requires-Dist: {text}" for text in requires)]) + "\n",
        f"{place}/WHEEL": f"Wheel-Version: 1.0\nGenerator: toy\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{place}/licenses/LICENSE": f"Licence of {name}\n",
    }
    record = [f"{path},sha256={record_digest(text.encode())},{len(text.encode())}" for path, text in contents.items()]
    contents[f"{place}/RECORD"] = "\n".join([*record, f"{place}/RECORD,,"]) + "\n"
    path = folder / f"{place.removesuffix('.dist-info')}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in contents.items():
            archive.writestr(zipfile.ZipInfo(member), text)  # without today's date
    return path


def record_digest(data: bytes) -> str:
    """Digest as ``RECORD`` has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def toy_project(folder: Path, requires: Sequence[str], extras: Sequence[str] = ()) -> Path:
    """A wheel in the place of this project's own, with its command."""
    files = {
        "toy_bridge.py": DOCTOR,
        "esapi_bridge-9.9.dist-info/entry_points.txt": "[console_scripts]\nesapi-bridge = toy_bridge:main\n",
    }
    known = [f"Provides-Extra: {extra}" for extra in extras]
    return toy_wheel(folder, "esapi-bridge", "9.9", requires, metadata=known, files=files)
