"""Stored pixel values of images, exactly as DICOM PS3.5 8.1 lays them out, and of lossless compressed ones."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    UID,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from esapi_bridge.dicom.read.elements import integer
from esapi_bridge.errors import DamagedError, RefusedError

LOSSLESS_SYNTAXES = (RLELossless, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless)
"""Compressions that give back every stored value; some are read only with the extra ``compressed``."""

LONGEST_COMPRESSION = 2
"""A compressed frame that is this many times longer than its pixels is no compression, but may inflate to any size."""

LARGEST_VOXEL_COUNT = 100_000_000
"""More voxels than this, 400 MB of dose, are refused before memory is asked for."""


def stored_values(dataset: Dataset) -> NDArray[np.integer[Any]]:
    """Decode Pixel Data to whole numbers ``(frames, rows, columns)``.

    Only the Bits Stored count: higher bits, which old systems used for overlays, are masked off and the sign is
    extended from the highest stored bit.

    Raises
    ------
    DamagedError
        If the pixel data is missing or its length does not fit the stated size.
    RefusedError
        If the layout is one that CT and dose do not use, or what decodes it is not installed.
    """
    rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
    frames = integer(dataset, "NumberOfFrames") if "NumberOfFrames" in dataset else 1
    allocated, stored = integer(dataset, "BitsAllocated"), integer(dataset, "BitsStored")
    samples = integer(dataset, "SamplesPerPixel")
    high = integer(dataset, "HighBit")
    if min(rows, columns, frames) < 1 or rows * columns * frames > LARGEST_VOXEL_COUNT:
        raise DamagedError(
            f"an image must have between 1 and {LARGEST_VOXEL_COUNT} voxels, "
            f"found {frames} frames of {rows} x {columns}"
        )
    if samples != 1 or allocated not in (8, 16, 32) or not 1 <= stored <= allocated or high != stored - 1:
        raise RefusedError(
            "pixels must have one sample of 8, 16 or 32 bits with the stored bits lowest, found "
            f"{samples} samples, {allocated} bits allocated, {stored} stored, high bit {high}"
        )
    content = dataset.get("PixelData")
    if not isinstance(content, bytes):
        raise DamagedError("an image must hold Pixel Data (7FE0,0010), found none")
    syntax = UID(str(getattr(dataset, "file_meta", {}).get("TransferSyntaxUID", "")))
    if syntax in LOSSLESS_SYNTAXES:
        return signed(_decoded(dataset, content, syntax, (rows, columns, frames, allocated // 8)), dataset)
    expected = rows * columns * frames * allocated // 8
    if len(content) not in (expected, expected + expected % 2):
        raise DamagedError(
            f"Pixel Data (7FE0,0010) must be {expected} bytes long for its stated size, found {len(content)}"
        )
    order = "<" if dataset.original_encoding[1] is not False else ">"
    raw = np.frombuffer(content, dtype=f"{order}u{allocated // 8}", count=rows * columns * frames)
    return signed(raw, dataset).reshape(frames, rows, columns)


def signed(raw: NDArray[np.integer[Any]], dataset: Dataset) -> NDArray[np.integer[Any]]:
    """Keep the stored bits of raw words, as signed or unsigned numbers by Pixel Representation (0028,0103).

    They keep the width of the words: eight bytes for each voxel of one would be more than many machines have.
    """
    width = raw.dtype.itemsize
    unused = 8 * width - integer(dataset, "BitsStored")
    words = raw.astype(f"u{width}", copy=False)
    if integer(dataset, "PixelRepresentation") == 1:
        return (words << unused).view(f"i{width}") >> unused  # the sign moves along
    return words & (2 ** (8 * width - unused) - 1) if unused else words


def _decoded(
    dataset: Dataset, content: bytes, syntax: UID, shape: tuple[int, int, int, int]
) -> NDArray[np.integer[Any]]:
    """Decode compressed frames to raw words ``(frames, rows, columns)``.

    Every frame states its size a second time; it is compared with the header before anything is inflated.
    """
    rows, columns, frames, word_bytes = shape
    decoder = get_decoder(syntax)
    if not decoder.is_available:
        raise RefusedError(
            f"pixels in {syntax.name} need a decoder that is not installed: "
            "install esapi-bridge[compressed] (python-gdcm), or export without compression"
        )
    packed = list(generate_frames(content, number_of_frames=frames))
    for frame in packed:
        found = (rows, columns) if syntax == RLELossless else _size_in_codestream(frame)
        if found != (rows, columns):
            raise DamagedError(f"a compressed frame must be {rows} x {columns} as its header says, found {found}")
        if len(frame) > LONGEST_COMPRESSION * rows * columns * word_bytes + 1024:
            raise DamagedError(
                f"a compressed frame of {rows * columns * word_bytes} bytes must be shorter, found {len(frame)}"
            )
    values, _ = decoder.as_array(dataset, raw=True)
    return np.asarray(values).reshape(frames, rows, columns)


def _size_in_codestream(frame: bytes) -> tuple[int, int]:
    """Rows and columns that a JPEG, JPEG-LS or JPEG 2000 codestream states.

    SOF3 and SOF55 (ITU-T T.81 B.2.2, T.87 C.2.2), or SIZ (T.800 A.5.1).
    """
    if frame[:4] == b"\xff\x4f\xff\x51":
        right, below, left, above = struct.unpack_from(">4I", frame, 8)
        return below - above, right - left
    at = 2
    while frame[at] == 0xFF:
        marker, length = struct.unpack_from(">xBH", frame, at)
        if marker in (0xC3, 0xF7):
            rows, columns = struct.unpack_from(">HH", frame, at + 5)
            return rows, columns
        at += 2 + length
    raise DamagedError("a compressed frame must state its size, found none")
