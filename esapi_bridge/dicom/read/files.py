"""Open a DICOM file safely: bounded in size and syntax, and with one family of errors."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
from pydicom import Dataset
from pydicom.filereader import data_element_generator
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RTStructureSetStorage,
)

from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.limits import MOST_META_BYTES, require_bounded
from esapi_bridge.dicom.read.pixels import LOSSLESS_SYNTAXES
from esapi_bridge.errors import DamagedError, RefusedError

UNCOMPRESSED_SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
"""Read without any codec."""

LARGEST_FILE_BYTES = 600 * 2**20
"""Larger files are refused before they are read."""

HEAD_BYTES = 132
"""As many bytes tell whether a file is DICOM."""


def looks_like_dicom(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a DICOM file, with or without preamble, little or big endian."""
    is_big_endian = head[:2] == b"\x00\x08" and head[4:6].isalpha() and head[4:6].isupper()
    return head[128:132] == b"DICM" or head[:2] in (b"\x08\x00", b"\x02\x00") or is_big_endian


def read_content(path: Path) -> bytes:
    """Read the bytes of a file of bounded size.

    Raises
    ------
    RefusedError
        If it is too large.
    """
    require_size(path)
    return path.read_bytes()


def require_size(path: Path) -> None:
    """Refuse a file that is too large to be read."""
    size = path.stat().st_size
    if size > LARGEST_FILE_BYTES:
        raise RefusedError(f"a DICOM file must have at most {LARGEST_FILE_BYTES} bytes, found {size}")


def read_dataset(path: Path, *, pixels: bool = True) -> Dataset:
    """Read one DICOM file.

    Raises
    ------
    RefusedError
        If the file is deflated, too large, or its pixels are compressed with loss.
    DamagedError
        If it cannot be read.
    """
    with bridge_errors_only("a DICOM file"):
        return parse_dataset(read_content(path), pixels=pixels)


def parse_dataset(content: bytes, *, pixels: bool = True) -> Dataset:
    """Read the content of one DICOM file; see `read_dataset`.

    Where the file states no transfer syntax, its first element tells: implicit little endian, the default of the
    standard, unless it has a value representation. Of compressed files the header can always be read.
    """
    with bridge_errors_only("a DICOM file"):
        is_whole = require_openable(content, pixels=pixels)
        stream = io.BytesIO(content)
        dataset = pydicom.dcmread(stream, force=True, stop_before_pixels=not pixels)
        if not pixels and "Rows" in dataset and stream.tell() == len(content):
            raise DamagedError("an image must hold Pixel Data (7FE0,0010), found none: the file is cut short")
        if "SOPClassUID" not in dataset:
            raise DamagedError("a DICOM object must state its SOP Class UID (0008,0016), found none")
        if not is_whole and dataset.SOPClassUID == RTStructureSetStorage:  # contours would be missed without a word
            raise DamagedError("an RT Structure Set must be there to its last element, found less: it is cut short")
        return dataset


def require_openable(content: bytes, *, pixels: bool) -> bool:
    """Refuse what is not DICOM, in a transfer syntax that is not read, or beyond the limits, before it is parsed.

    Returns whether every element ends within what is given.

    Parameters
    ----------
    content
        A file, or its beginning.
    pixels
        Whether its pixels are to be read.
    """
    if not looks_like_dicom(content[:HEAD_BYTES]):
        raise DamagedError("a DICOM file was expected, found something else")
    syntax = stated_syntax(content)
    if syntax:
        _require_readable(UID(syntax), pixels)
    return require_bounded(content)


def storage_class(content: bytes) -> str | None:
    """SOP class that the file meta information states; None for files without it."""
    return _meta(content, 0x00020002)


def instance_uid(content: bytes) -> str | None:
    """SOP Instance UID that the file meta information states; None for files without it."""
    return _meta(content, 0x00020003)


def stated_syntax(content: bytes) -> str | None:
    """Transfer Syntax UID that the file meta information states; None for files without it."""
    return _meta(content, 0x00020010)


def _require_readable(syntax: UID, pixels: bool) -> None:
    if syntax in UNCOMPRESSED_SYNTAXES or (pixels and syntax in LOSSLESS_SYNTAXES):
        return
    if not pixels and syntax.is_transfer_syntax and syntax != DeflatedExplicitVRLittleEndian and syntax.is_encapsulated:
        return
    raise RefusedError(
        "transfer syntax must be uncompressed little or big endian or a lossless compression of pixels, "
        f"found {syntax.name}: export without compression"
    )


def _meta(content: bytes, tag: int) -> str | None:
    with bridge_errors_only("a DICOM file"):
        return _file_meta(content).get(tag) if content[128:132] == b"DICM" else None


def _file_meta(content: bytes) -> dict[int, str]:
    """Read the file meta information alone, since opening a deflated file would inflate it whole."""
    stream = io.BytesIO(content[:MOST_META_BYTES])
    stream.seek(HEAD_BYTES)
    elements = data_element_generator(stream, False, True, stop_when=lambda tag, _vr, _length: tag >> 16 != 2)
    return {
        int(element.tag): bytes(element.value).decode("ascii", "replace").rstrip("\0 ")
        for element in elements
        if isinstance(element.value, bytes)
    }
