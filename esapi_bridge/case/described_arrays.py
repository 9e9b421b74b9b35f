"""A folder of arrays that a JSON file describes: one ``.npy`` file per array and ``SHA256SUMS``, read byte by byte."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from esapi_bridge.case.encode import Arrays
from esapi_bridge.case.schema import SCHEMA_VERSION, ArrayFile, CalculationPart
from esapi_bridge.errors import BridgeError, RefusedError, faults_of, os_reason
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.sealed import MOST_SUMS_BYTES, SUMS_FILE, read_sums

MOST_JSON_BYTES, MOST_ARRAY_BYTES = 16 * 2**20, 4 * 2**30
"""Sizes of a description, some ten thousand control points, and of an array."""

Description = TypeVar("Description", bound=BaseModel)


def sealed_files(name: str, description: BaseModel, arrays: Arrays) -> dict[str, bytes]:
    """Files of a folder by name: the description, its arrays, and the list of all digests."""
    files = {array_name: _npy_bytes(array) for array_name, array in arrays.items()}
    files[name] = description.model_dump_json(indent=1, by_alias=True).encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {file}\n" for file, data in sorted(files.items()))
    return {**files, SUMS_FILE: sums.encode()}


def read_described(folder: Path, name: str, kind: type[Description], what: str) -> tuple[Description, Arrays]:
    """Read a folder's description and its arrays after checking every byte.

    Parameters
    ----------
    folder
        The folder.
    name
        File of the description.
    kind
        What it describes.
    what
        What the folder is of, for messages.

    Raises
    ------
    BridgeError
        If the folder cannot be read.
    RefusedError
        If it is not exactly what was written: a digest, a name, a shape or the schema differs.
    """
    try:
        files = _verified_files(folder, name, what)
    except OSError as error:
        raise BridgeError(f"the {what} folder could not be read: {os_reason(error)}") from error
    description = parse(files.pop(name), name, kind)
    declared = list(_array_files(description))
    names = [array.file for array in declared]
    if sorted(names) != sorted(files):
        unlike = sorted(set(names) ^ set(files)) or sorted({one for one in names if names.count(one) > 1})
        raise RefusedError(f"{name} and {SUMS_FILE} must name the same arrays once each, they differ in {unlike}")
    return description, {array.file: _array(array, files[array.file]) for array in declared}


def parse(data: bytes, name: str, kind: type[Description]) -> Description:
    """Read a description from JSON.

    Raises
    ------
    RefusedError
        If it does not follow its schema.
    """
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{name} must be JSON, it is not") from error
    version = raw.get("schema") if isinstance(raw, dict) else None
    if version != SCHEMA_VERSION:
        raise RefusedError(f"{name} must have schema {SCHEMA_VERSION}, found {version!r:.20}; update esapi-bridge")
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise RefusedError(f"{name} must follow schema {SCHEMA_VERSION}: {faults_of(error)}") from error


def _npy_bytes(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _verified_files(folder: Path, description: str, what: str) -> dict[str, bytes]:
    """Read the files that the list names and no others, each once: what was checked is what is used.

    Apart from `sealed.check_sealed` on purpose, which reads a file to check it and leaves using it to others.
    """
    found = {entry.name: entry for entry in folder.iterdir()}
    if SUMS_FILE not in found:
        raise RefusedError(f"expected {SUMS_FILE} in the {what} folder, found none; write the {what} again")
    names = rf"{re.escape(description)}|[a-z][a-z0-9_]*\.npy"
    sums = read_sums(read_plain(found[SUMS_FILE], MOST_SUMS_BYTES, SUMS_FILE), names)
    if set(found) != {*sums, SUMS_FILE}:
        missing, extra = sorted(set(sums) - set(found)), len(set(found) - set(sums) - {SUMS_FILE})
        raise RefusedError(f"the {what} folder must hold the listed files only: missing {missing}, {extra} not listed")
    files = {}
    for name, digest in sums.items():
        if found[name].is_symlink() or not found[name].is_file():
            raise RefusedError(f"{name} must be a plain file, found a link or a folder")
        data = read_plain(found[name], MOST_JSON_BYTES if name == description else MOST_ARRAY_BYTES, name)
        if hashlib.sha256(data).hexdigest() != digest:
            raise RefusedError(f"{name} must be as written, its SHA-256 differs; write the {what} again")
        files[name] = data
    if description not in files:
        raise RefusedError(f"{SUMS_FILE} must list {description}")
    return files


def _array_files(part: object) -> Iterator[ArrayFile]:
    """Every array that a description refers to, however deep."""
    if isinstance(part, ArrayFile):
        yield part
    elif isinstance(part, CalculationPart):
        yield part.array
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
