"""Stored pixel values of uncompressed images, exactly as DICOM PS3.5 8.1 lays them out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian

from esapi_bridge.dicom.read.elements import integer
from esapi_bridge.errors import BridgeError, RefusedError

LARGEST_VOXEL_COUNT = 2**30
"""More voxels than this are refused before memory is asked for."""


def stored_values(dataset: Dataset) -> NDArray[np.int64]:
    """Decode Pixel Data to whole numbers ``(frames, rows, columns)``.

    Only the Bits Stored count: higher bits, which old systems used for overlays, are masked off and the sign is
    extended from the highest stored bit.

    Raises
    ------
    BridgeError
        If the pixel data is missing or its length does not fit the stated size.
    RefusedError
        If the layout is one that CT and dose do not use.
    """
    rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
    frames = integer(dataset, "NumberOfFrames") if "NumberOfFrames" in dataset else 1
    allocated, stored = integer(dataset, "BitsAllocated"), integer(dataset, "BitsStored")
    samples = integer(dataset, "SamplesPerPixel")
    high = integer(dataset, "HighBit")
    if min(rows, columns, frames) < 1 or rows * columns * frames > LARGEST_VOXEL_COUNT:
        raise BridgeError(
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
        raise BridgeError("an image must hold pixel data, found none")
    expected = rows * columns * frames * allocated // 8
    if len(content) not in (expected, expected + expected % 2):
        raise BridgeError(f"pixel data must be {expected} bytes long for its stated size, found {len(content)}")
    order = ">" if _is_big_endian(dataset) else "<"
    raw = np.frombuffer(content, dtype=f"{order}u{allocated // 8}", count=rows * columns * frames).astype(np.int64)
    return signed(raw, dataset).reshape(frames, rows, columns)


def signed(raw: NDArray[np.int64], dataset: Dataset) -> NDArray[np.int64]:
    """Keep the stored bits of raw words, as signed or unsigned numbers by Pixel Representation (0028,0103)."""
    stored = integer(dataset, "BitsStored")
    values = raw & ((1 << stored) - 1)
    if integer(dataset, "PixelRepresentation") == 1:
        values = values - ((values >> (stored - 1)) << stored)
    return values


def _is_big_endian(dataset: Dataset) -> bool:
    meta = getattr(dataset, "file_meta", None)
    return meta is not None and meta.get("TransferSyntaxUID") == ExplicitVRBigEndian
