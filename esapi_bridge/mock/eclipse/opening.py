"""What the mock Eclipse opens: a database, made of exports where none is given, and this package's own scripts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from esapi_bridge.errors import BridgeError
from esapi_bridge.progress import Progress

DATABASE_FILE = "database.json"
EXPORTS_FILE = "exports.json"
"""Says of a database that was made here which exports it was made of."""

SCRIPTS_FOLDER = "scripts"
"""Folder of the database for scripts that were compiled for it."""

CASES_FOLDER = "cases"
"""Folder of the database for what these scripts export and collect."""


RANDOM_FIELDS = 3
"""Random fields of a patient that CollectDoseNetData calculates here: a minute or two each, on one machine."""


def open_database(folders: Sequence[Path], output: Path | None = None, *, progress: Progress | None = None) -> Path:
    """Return the database that was given, or make one of the exports that were.

    Parameters
    ----------
    folders
        One database, or exported DICOM folders.
    output
        Database to make of the exports; beside the first one by default. If it was made of the same exports before, it
        is left as it is, with everything that was saved in it.
    progress
        Told before every export.

    Raises
    ------
    BridgeError
        If databases and exports are mixed, the folder holds something else, or an export cannot be read.
    """
    databases = [folder for folder in folders if (folder / DATABASE_FILE).is_file()]
    if databases:
        if len(folders) > 1 or output is not None:
            raise BridgeError("expected one database or exports to make one of, found both: give one of the two")
        return databases[0]
    first = folders[0].resolve()
    database = output or first.with_name(f"{first.name}-eclipse")
    made_of = _digest(folders)
    if (database / DATABASE_FILE).is_file():
        if _made_of(database) != made_of:
            raise BridgeError(
                "expected a database of these exports, found one of others where it would be made: open that one by "
                "its own name, or choose another with --output"
            )
        return database
    from esapi_bridge.mock.database import make_database

    make_database(folders, database, progress=progress)
    (database / EXPORTS_FILE).write_text(json.dumps({"schema": 1, "sha256": made_of}) + "\n", encoding="utf-8")
    return database


def compile_scripts(database: Path, *, progress: Progress | None = None) -> Path:
    """Compile this package's scripts for the mock and return their folder, in the database.

    Scripts that were compiled there before from the same sources, networks and settings are left as they are.

    Raises
    ------
    BridgeError
        If the compiler, pythonnet or Python's library is missing.
    """
    from esapi_bridge.eclipse.collect_options import DoseModelOptions, DosePairOptions
    from esapi_bridge.eclipse.install import install
    from esapi_bridge.eclipse.install_options import InstallOptions
    from esapi_bridge.mock.database import DOSE_MODELS
    from esapi_bridge.mock.eclipse.launcher import build_host

    if progress is not None:
        progress("compiling the mock Eclipse", 0, 2)
    host = build_host()
    if progress is not None:
        progress("compiling the scripts", 1, 2)
    options = InstallOptions(
        esapi=host,
        target=database / SCRIPTS_FOLDER,
        exports=database / CASES_FOLDER,
        dose_pairs=DosePairOptions(
            DoseModelOptions(DOSE_MODELS[0]),
            DoseModelOptions(DOSE_MODELS[1], grid_mm=1.25),
            random_fields=RANDOM_FIELDS,
        ),
    )
    return install(options).target


def _digest(folders: Sequence[Path]) -> str:
    """Digest of what identifies the files of some exports without reading them: names, sizes and times."""
    digest = hashlib.sha256()
    for folder in sorted(folder.resolve() for folder in folders):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            status = path.stat()
            digest.update(f"{path.relative_to(folder).as_posix()} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _made_of(database: Path) -> str | None:
    try:
        found = json.loads((database / EXPORTS_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return str(found.get("sha256")) if isinstance(found, dict) else None
