"""Root of a Zarr store: made whole by whoever is first, however many processes begin at once."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import zarr

METADATA = "zarr.json"
"""File by which Zarr v3 knows a folder as a group."""


def make_root(path: Path, schema: int) -> None:
    """Make a store if there is none here: an empty group whose attribute ``schema`` is there from the first moment.

    Zarr looks whether there is a group before it makes one, and writes attributes after: of two processes at once one
    fails, and a third may read a store without a schema. Here the group is made aside and its one file is renamed.

    Parameters
    ----------
    path
        Folder of the store, made if missing.
    schema
        Version of the store's layout.
    """
    if has_group(path):
        return
    path.mkdir(parents=True, exist_ok=True)
    part = path / f".root.{os.getpid()}.{os.urandom(4).hex()}.part"
    try:
        zarr.open_group(str(part), mode="w", zarr_format=3, attributes={"schema": schema})
        with suppress(FileExistsError):  # by Windows, where another was first; elsewhere the same bytes are replaced
            (part / METADATA).rename(path / METADATA)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def has_group(path: Path) -> bool:
    """Whether a folder is a group of Zarr v3."""
    return (path / METADATA).is_file()
