"""Arrays as short text inside a page; ``scripts/viewer/unpack.js`` is the other end.

Values become whole numbers of steps. Neighbours differ little, so differences along the axes (modulo 2^16 or 2^8) are
mostly small; with the sign in the lowest bit, and low and high bytes apart, zlib makes them short.
"""

from __future__ import annotations

import base64
import math
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Grid
from esapi_bridge.report.packed import round_step

DOSE_STEPS = 4_000
"""Most steps from zero to the highest dose, and two fifths of them the least; ten times as many make a page of the
demonstration a quarter larger."""

_AXES = {"x": 2, "y": 1, "z": 0}


@dataclass(frozen=True)
class Steps:
    """How values are stored: value = offset + step * count, counts from 0.

    Parameters
    ----------
    step
        1, 2 or 5 times a power of ten, in the unit of the values.
    digits
        Decimals that show a whole number of steps exactly.
    offset
        Value of count 0, a whole number of steps.
    """

    step: float
    digits: int
    offset: float = 0.0

    @classmethod
    def of_dose(cls, top_gy: float) -> Steps:
        """Choose the steps of doses up to the highest one, which is above zero."""
        step = round_step(top_gy, DOSE_STEPS)
        return cls(step, max(0, -math.floor(math.log10(step) + 1e-9)))

    def counts(self, values: NDArray[np.float32], most: int) -> NDArray[np.int64]:
        """Nearest counts, 0 to `most`."""
        return np.clip(np.rint((values.astype(np.float64) - self.offset) / self.step), 0, most).astype(np.int64)


def pack_volume(
    name: str, grid: Grid, counts: NDArray[np.unsignedinteger[Any]], steps: Steps, missing: int | None, differences: str
) -> dict[str, object]:
    """Describe a volume for the page.

    Parameters
    ----------
    name
        What it is called.
    grid
        Its lattice, along the patient axes.
    counts
        ``(z, y, x)``, uint8 or uint16.
    steps
        What the counts mean.
    missing
        Count that says that nothing is known; None where there is none.
    differences
        Axes along which neighbours are subtracted: all where values are smooth, one where they are noisy.
    """
    packed = counts
    for axis in differences:
        packed = np.diff(packed, axis=_AXES[axis], prepend=packed.dtype.type(0))
    signed = packed.view(f"i{packed.itemsize}")
    folded = ((signed << 1) ^ (signed >> (8 * packed.itemsize - 1))).view(packed.dtype).ravel()
    planes = [folded.astype(np.uint8)] + ([(folded >> 8).astype(np.uint8)] if packed.itemsize == 2 else [])
    return {
        "name": name,
        **_lattice(grid),
        "offset": steps.offset,
        "step": steps.step,
        "digits": steps.digits,
        "missing": missing,
        "bytes": packed.itemsize,
        "differences": differences,
        "data": _text(b"".join(plane.tobytes() for plane in planes)),
    }


def pack_mask(mask: NDArray[np.bool_], grid: Grid) -> dict[str, object]:
    """Describe a mask ``(z, y, x)`` as bits: rows padded to bytes, each slice compared with the one before."""
    bits = np.packbits(mask, axis=2)
    bits[1:] ^= bits[:-1].copy()
    return {**_lattice(grid), "data": _text(bits.tobytes())}


def _lattice(grid: Grid) -> dict[str, object]:
    return {"size": grid.size, "spacing_mm": grid.spacing_mm, "origin_mm": grid.origin_mm}


def _text(data: bytes) -> str:
    compressor = zlib.compressobj(strategy=zlib.Z_FILTERED)  # made for small differences
    return base64.b64encode(compressor.compress(data) + compressor.flush()).decode("ascii")
