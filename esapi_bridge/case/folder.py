"""The case folder on disk: ``case.json``, one ``.npy`` file per array and ``SHA256SUMS``.

A folder appears whole or not at all, and is read only if every byte is the one that was written. ``SHA256SUMS`` has
the form of ``sha256sum``, so ``sha256sum -c SHA256SUMS`` checks a folder without this package.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from esapi_bridge.case.encode import decode, encode
from esapi_bridge.case.plan import Case
from esapi_bridge.case.schema import SCHEMA_VERSION, ArrayFile, CaseFile
from esapi_bridge.errors import BridgeError, RefusedError, faults_of, os_reason
from esapi_bridge.folders.durable import write_to_disk
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.sealed import MOST_SUMS_BYTES, SUMS_FILE, read_sums
from esapi_bridge.folders.whole import output_folder

CASE_FILE = "case.json"

MOST_JSON_BYTES, MOST_ARRAY_BYTES = 16 * 2**20, 4 * 2**30
"""Sizes of ``case.json``, some ten thousand control points, and of an array."""

NAMES = r"case\.json|[a-z][a-z0-9_]*\.npy"
"""Names that a case folder may hold, as a regular expression."""


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
    files = {name: _npy_bytes(array) for name, array in arrays.items()}
    files[CASE_FILE] = description.model_dump_json(indent=1, by_alias=True).encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    files[SUMS_FILE] = sums.encode()
    with output_folder(folder) as partial:
        for name, data in files.items():
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
    try:
        files = _verified_files(folder)
    except OSError as error:
        raise BridgeError(f"the case folder could not be read: {os_reason(error)}") from error
    description = _parse(files.pop(CASE_FILE))
    declared = list(_array_files(description))
    names = [array.file for array in declared]
    if sorted(names) != sorted(files):
        unlike = sorted(set(names) ^ set(files)) or sorted({name for name in names if names.count(name) > 1})
        raise RefusedError(f"{CASE_FILE} and {SUMS_FILE} must name the same arrays once each, they differ in {unlike}")
    arrays = {array.file: _array(array, files[array.file]) for array in declared}
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
        return _parse(read_plain(folder / CASE_FILE, MOST_JSON_BYTES, CASE_FILE))
    except OSError as error:
        raise BridgeError(f"the case folder could not be read: {os_reason(error)}") from error


def _npy_bytes(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _verified_files(folder: Path) -> dict[str, bytes]:
    """Read the files that the list names and no others, each once: what was checked is what is used.

    Apart from `sealed.check_sealed` on purpose, which reads a file to check it and leaves using it to others.
    """
    found = {entry.name: entry for entry in folder.iterdir()}
    if SUMS_FILE not in found:
        raise RefusedError(f"expected {SUMS_FILE} in the case folder, found none; write the case again")
    sums = read_sums(read_plain(folder / SUMS_FILE, MOST_SUMS_BYTES, SUMS_FILE), NAMES)
    if set(found) != {*sums, SUMS_FILE}:
        missing, extra = sorted(set(sums) - set(found)), len(set(found) - set(sums) - {SUMS_FILE})
        raise RefusedError(f"the case folder must hold the listed files only: missing {missing}, {extra} not listed")
    files = {}
    for name, digest in sums.items():
        if found[name].is_symlink() or not found[name].is_file():
            raise RefusedError(f"{name} must be a plain file, found a link or a folder")
        data = read_plain(found[name], MOST_JSON_BYTES if name == CASE_FILE else MOST_ARRAY_BYTES, name)
        if hashlib.sha256(data).hexdigest() != digest:
            raise RefusedError(f"{name} must be as written, its SHA-256 differs; write the case again")
        files[name] = data
    if CASE_FILE not in files:
        raise RefusedError(f"{SUMS_FILE} must list {CASE_FILE}")
    return files


def _parse(data: bytes) -> CaseFile:
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{CASE_FILE} must be JSON, it is not") from error
    version = raw.get("schema") if isinstance(raw, dict) else None
    if version != SCHEMA_VERSION:
        raise RefusedError(f"{CASE_FILE} must have schema {SCHEMA_VERSION}, found {version!r:.20}; update esapi-bridge")
    try:
        return CaseFile.model_validate_json(data)
    except ValidationError as error:
        raise RefusedError(f"{CASE_FILE} must follow schema {SCHEMA_VERSION}: {faults_of(error)}") from error


def _array_files(part: object) -> Iterator[ArrayFile]:
    """Every array that a description refers to, however deep."""
    if isinstance(part, ArrayFile):
        yield part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _array_files(getattr(part, name))
    elif isinstance(part, dict | tuple):
        for item in part.values() if isinstance(part, dict) else part:
            yield from _array_files(item)


def _array(declared: ArrayFile, data: bytes) -> NDArray[Any]:
    """View the bytes of an NPY file as the array that the description declares, without copying or unpickling."""
    buffer = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(buffer)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    except ValueError as error:
        raise RefusedError(f"{declared.file} must be an NPY file, it is not") from error
    found = (version, shape, fortran, dtype)
    if found != ((1, 0), declared.shape, False, np.dtype(declared.dtype)):
        raise RefusedError(
            f"{declared.file} must be {declared.dtype} {declared.shape} in C order, NPY 1.0; found {dtype} {shape}"
        )
    if len(data) - buffer.tell() != dtype.itemsize * int(np.prod([int(n) for n in shape], dtype=object)):
        raise RefusedError(f"{declared.file} must hold exactly the values of its shape {shape}")
    return np.frombuffer(data, dtype, offset=buffer.tell()).reshape(shape)
