"""The list of everything an installation of the scripts loads, with its SHA-256, and the comparison with it.

Two lists in the form of ``sha256sum`` lie beside the scripts. `LOADED_LIST` names what the scripts load: settings,
``Python.Runtime.dll`` and every file of this project's Python packages, networks included; its own digest is compiled
into the scripts. `SCRIPTS_LIST` names the scripts. Files beside the list are named without a folder, others with all
of it. Standard library only: this also runs inside Eclipse.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SETTINGS_FILE = "esapi-bridge.json"
LOADED_LIST = "installation.sha256"
SCRIPTS_LIST = "scripts.sha256"

CACHE_FOLDER = "__pycache__"
"""Compiled files are left out: the scripts tell Python to keep its own elsewhere."""

LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def package_files(packages: Iterable[Path]) -> Iterator[Path]:
    """Every file of the packages but compiled ones."""
    for package in packages:
        for path in sorted(package.rglob("*")):
            if path.is_file() and path.parent.name != CACHE_FOLDER:
                yield path


def list_text(files: Iterable[Path], folder: Path) -> str:
    """A list of files for `folder`, as ``sha256sum`` writes it."""
    return "".join(f"{sha256_of(path)}  {path.name if path.parent == folder else path.as_posix()}\n" for path in files)


def check_list(path: Path) -> tuple[list[str], set[Path]]:
    """Compare the files of a list with the disk.

    Returns
    -------
    tuple
        Names of files that are missing or not as listed, without folders; and all files listed.
    """
    try:
        *lines, rest = path.read_bytes().decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return [path.name], set()
    if rest:
        return [path.name], set()
    changed, listed = [], set()
    for line in lines:
        match = LINE.fullmatch(line)
        if match is None:
            return [path.name], set()
        file = path.parent / match[2]
        listed.add(file)
        try:
            if sha256_of(file) != match[1]:
                changed.append(file.name)
        except OSError:
            changed.append(file.name)
    return changed, listed


def check_installation(settings_file: Path) -> list[str]:
    """Compare an installation with its lists.

    Parameters
    ----------
    settings_file
        The settings beside the scripts, ``esapi-bridge.json``.

    Returns
    -------
    list of str
        Names of the files that are missing, were changed or do not belong there, without folders; empty if none.
    """
    folder = settings_file.parent
    changed, listed = check_list(folder / LOADED_LIST)
    changed_scripts, scripts = check_list(folder / SCRIPTS_LIST)
    changed += changed_scripts
    # Each list must name what it is for: a list cut short would otherwise pass.
    changed += [name for name, files in ((SETTINGS_FILE, listed), (LOADED_LIST, scripts)) if folder / name not in files]
    changed += [path.name for path in folder.glob("*.dll") if path not in listed | scripts]
    try:
        packages = [Path(package) for package in json.loads(settings_file.read_bytes())["packages"]]
    except (OSError, ValueError, KeyError, TypeError):
        return sorted({*changed, settings_file.name})
    unlisted = [path.name for path in package_files(packages) if path not in listed]
    return sorted({*changed, *unlisted})
