"""The case folder on disk: ``case.json``, one ``.npy`` file per array and ``SHA256SUMS``.

A folder appears whole or not at all, and is read only if every byte is the one that was written. ``SHA256SUMS`` has
the form of ``sha256sum``, so ``sha256sum -c SHA256SUMS`` checks a folder without this package.
"""

from __future__ import annotations

from pathlib import Path

from esapi_bridge.case.described_arrays import MOST_JSON_BYTES, parse, read_described, sealed_files
from esapi_bridge.case.encode import decode, encode
from esapi_bridge.case.plan import Case
from esapi_bridge.case.schema import CaseFile
from esapi_bridge.errors import BridgeError, RefusedError, os_reason
from esapi_bridge.folders.durable import write_to_disk
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.whole import output_folder

CASE_FILE = "case.json"


def write_case(case: Case, folder: Path) -> Path:
    """Write a case folder; it appears under its name only when complete and on disk.

    Parameters
    ----------
    case
        What to write.
    folder
        The folder to make; its parent is made if need be.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    BridgeError
        If the folder exists already or cannot be written.
    """
    if folder.exists():
        raise BridgeError("a case folder is never overwritten: expected a name that is free, found one that exists")
    description, arrays = encode(case)
    with output_folder(folder) as partial:
        for name, data in sealed_files(CASE_FILE, description, arrays).items():
            write_to_disk(partial / name, data)
    return folder


def read_case(folder: Path) -> Case:
    """Read a case folder after checking every byte of it.

    Raises
    ------
    BridgeError
        If there is no case folder or it cannot be read.
    RefusedError
        If the folder is not exactly what was written: a digest, a name, a shape or the schema differs.
    """
    if not (folder / CASE_FILE).is_file():
        raise BridgeError(f"expected a case folder holding {CASE_FILE}, found none; give the folder itself")
    description, arrays = read_described(folder, CASE_FILE, CaseFile, "case")
    try:
        return decode(description, arrays)
    except ValueError as error:
        raise RefusedError(f"the case contradicts itself: {error}") from error


def describe_case(folder: Path) -> CaseFile:
    """Read what a case folder says of itself; its arrays are neither read nor checked, as `read_case` does.

    Raises
    ------
    BridgeError
        If its description cannot be read.
    RefusedError
        If it does not follow the schema.
    """
    try:
        return parse(read_plain(folder / CASE_FILE, MOST_JSON_BYTES, CASE_FILE), CASE_FILE, CaseFile)
    except OSError as error:
        raise BridgeError(f"the case folder could not be read: {os_reason(error)}") from error
