"""Open a DICOM file safely: bounded in size and syntax, and with one family of errors."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
from pydicom import Dataset
from pydicom.filereader import data_element_generator
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.errors import BridgeError, RefusedError

READABLE_SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
"""Uncompressed transfer syntaxes: deflated files can outgrow all memory, compressed ones need codecs."""

LARGEST_FILE_BYTES = 4 * 1024**3
"""Larger files are refused before they are read."""


def looks_like_dicom(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a DICOM file, with or without preamble."""
    return head[128:132] == b"DICM" or head[:2] in (b"\x08\x00", b"\x02\x00")


def read_content(path: Path) -> bytes:
    """Read the bytes of a file of bounded size.

    Raises
    ------
    RefusedError
        If it is too large.
    """
    size = path.stat().st_size
    if size > LARGEST_FILE_BYTES:
        raise RefusedError(f"a DICOM file must have at most {LARGEST_FILE_BYTES} bytes, found {size}")
    return path.read_bytes()


def read_dataset(path: Path, *, pixels: bool = True) -> Dataset:
    """Read one DICOM file.

    Raises
    ------
    RefusedError
        If the file is in a compressed or deflated transfer syntax, or too large.
    BridgeError
        If it cannot be read.
    """
    with bridge_errors_only("a DICOM file"):
        return parse_dataset(read_content(path), pixels=pixels)


def parse_dataset(content: bytes, *, pixels: bool = True) -> Dataset:
    """Read the content of one DICOM file; see `read_dataset`."""
    with bridge_errors_only("a DICOM file"):
        if not looks_like_dicom(content[:132]):
            raise BridgeError("a DICOM file was expected, found something else")
        if content[128:132] == b"DICM":
            syntax = UID(_file_meta(content).get(0x00020010, ""))
            if syntax not in READABLE_SYNTAXES:
                raise RefusedError(
                    "transfer syntax must be uncompressed little or big endian, "
                    f"found {syntax.name or 'none'}: export without compression"
                )
        dataset = pydicom.dcmread(io.BytesIO(content), force=True, stop_before_pixels=not pixels)
        if "SOPClassUID" not in dataset:
            raise BridgeError("a DICOM object must state its SOP Class UID, found none")
        return dataset


def storage_class(content: bytes) -> str | None:
    """SOP class that the file meta information states; None for files without it."""
    with bridge_errors_only("a DICOM file"):
        return _file_meta(content).get(0x00020002) if content[128:132] == b"DICM" else None


def _file_meta(content: bytes) -> dict[int, str]:
    """Read the file meta information alone, since opening a deflated file would inflate it whole."""
    stream = io.BytesIO(content)
    stream.seek(132)
    elements = data_element_generator(stream, False, True, stop_when=lambda tag, _vr, _length: tag >> 16 != 2)
    return {
        int(element.tag): bytes(element.value).decode("ascii", "replace").rstrip("\0 ")
        for element in elements
        if isinstance(element.value, bytes)
    }
