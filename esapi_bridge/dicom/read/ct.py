"""Read a CT series (DICOM PS3.3 A.3) as one volume in HU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from esapi_bridge.case import Grid, Unit, Volume
from esapi_bridge.case.grid import PARALLEL_WITHIN
from esapi_bridge.case.orientation import axes_of_orientation
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.dicom.read.elements import described, integer, last_digits, number, numbers, optional_number, text
from esapi_bridge.dicom.read.lattice import even_within_mm
from esapi_bridge.dicom.read.pixels import signed, stored_values
from esapi_bridge.errors import DamagedError, RefusedError

TISSUE_RANGE_HU = (-900.0, 3000.0)
"""A padding value in this range would hide tissue."""

UNSPECIFIED = "US"
"""Rescale Type of systems that do not say HU; taken for HU where there is air."""

SAME_TEXT_IN_SERIES = ("SeriesInstanceUID", "FrameOfReferenceUID", "PatientPosition", "Rows", "Columns")
"""Attributes that must agree in all slices."""

SAME_NUMBERS_IN_SERIES = {"ImageOrientationPatient": PARALLEL_WITHIN, "PixelSpacing": 1e-4, "KVP": 0.5}
"""Attributes that must agree in all slices to within so much, where they are stated.

Over 512 pixels the second moves no pixel by more than the positions of slices may be off (`EVEN_WITHIN_MM`). HU of bone
depend on the tube voltage, so slices of two voltages are no one CT. Rescale may differ, as each slice has its own, and
so may the convolution kernel, which changes sharpness but not HU.
"""


@dataclass(frozen=True)
class Scanner:
    """Origin of a CT as its header states it, for checks of the HU calibration.

    Parameters
    ----------
    manufacturer, model, station, kernel
        As stated; empty where not.
    kvp
        Tube voltage, kV; None where not stated.
    contrast_agent
        Contrast agent as stated; empty where none.
    """

    manufacturer: str
    model: str
    station: str
    kernel: str
    kvp: float | None
    contrast_agent: str


def read_scanner(image: Dataset) -> Scanner:
    """Read the origin of a CT from one of its slices."""
    return Scanner(
        manufacturer=text(image, "Manufacturer"),
        model=text(image, "ManufacturerModelName"),
        station=text(image, "StationName"),
        kernel=text(image, "ConvolutionKernel"),
        kvp=optional_number(image, "KVP"),
        contrast_agent=text(image, "ContrastBolusAgent"),
    )


def read_ct_series(slices: Sequence[Dataset]) -> Volume:
    """Stack CT slices, in any order, to a volume.

    Parameters
    ----------
    slices
        CT images of one series, with pixels.

    Returns
    -------
    Volume
        HU; index axes are the image row, the image column and the slice normal.

    Raises
    ------
    RefusedError
        If slices differ in orientation or size, are missing, duplicated, unevenly spaced, not in HU, or cannot be read.
    """
    if len(slices) < 2:
        raise RefusedError(f"a CT series must have at least 2 slices, found {len(slices)}")
    _require_agreement(slices)
    first = slices[0]
    axes = axes_of_orientation(numbers(first, "ImageOrientationPatient", 6))
    positions = np.asarray([numbers(item, "ImagePositionPatient", 3) for item in slices])
    order = np.argsort(positions @ axes[:, 2], kind="stable")
    digits = np.min([last_digits(item, "ImagePositionPatient") for item in slices], axis=0)
    spacing = _slice_spacing(positions[order], axes, float(digits @ np.abs(axes[:, 2])))
    row_spacing, column_spacing = numbers(first, "PixelSpacing", 2)
    values = np.empty((len(slices), integer(first, "Rows"), integer(first, "Columns")), dtype=np.float32)
    for place, index in enumerate(order):
        values[place] = hounsfield(slices[index])
    grid = Grid(
        size=(values.shape[2], values.shape[1], values.shape[0]),
        spacing_mm=(column_spacing, row_spacing, spacing),
        origin_mm=tuple(positions[order[0]].tolist()),
        direction=tuple(axes.ravel().tolist()),
    )
    if any(text(item, "RescaleType") == UNSPECIFIED for item in slices) and values.min() > TISSUE_RANGE_HU[0]:
        raise RefusedError(
            f"{described('RescaleType')} {UNSPECIFIED} is taken for HU only where there is air below "
            f"{TISSUE_RANGE_HU[0]:g} HU, found no value below {values.min():g}: export the CT in HU"
        )
    return Volume(values, grid, Unit.HU)


def assumptions(slices: Sequence[Dataset]) -> tuple[str, ...]:
    """What is assumed of a CT that can be read: legal, but worth a word."""
    found = []
    if any(text(item, "RescaleType") == UNSPECIFIED for item in slices):
        found.append(f"CT values of {described('RescaleType')} {UNSPECIFIED} (unspecified) are HU")
    kernels = sorted({text(item, "ConvolutionKernel", "none") for item in slices})
    if len(kernels) > 1:
        found.append(f"CT slices of several convolution kernels belong together: {', '.join(kernels[:3])}")
    return tuple(found)


def hounsfield(image: Dataset) -> NDArray[np.float32]:
    """Rescale one CT image to HU ``(rows, columns)``; padding becomes air.

    Raises
    ------
    RefusedError
        If the image is not in HU, its padding value is also that of tissue, or it cannot be decoded.
    """
    kind = text(image, "RescaleType", "HU").upper()
    if kind not in ("HU", UNSPECIFIED):
        raise RefusedError(f"CT values must be rescaled to HU, found {described('RescaleType')} {kind}")
    slope, intercept = number(image, "RescaleSlope"), number(image, "RescaleIntercept")
    if slope <= 0:
        raise RefusedError(f"{described('RescaleSlope')} must be positive, found {slope:g}")
    stored = stored_values(image)
    if stored.shape[0] != 1:
        raise RefusedError(f"a CT image must have one frame, found {stored.shape[0]}")
    values = stored[0] * slope + intercept
    padding = _padding_range(image)
    if padding is not None:
        low, high = (value * slope + intercept for value in padding)
        is_padding = (stored[0] >= padding[0]) & (stored[0] <= padding[1])
        if is_padding.any() and high >= TISSUE_RANGE_HU[0] and low <= TISSUE_RANGE_HU[1]:
            raise RefusedError(
                "the padding value of a CT must lie outside tissue "
                f"({TISSUE_RANGE_HU[0]:g} to {TISSUE_RANGE_HU[1]:g} HU), found {low:g} to {high:g} HU"
            )
        values[is_padding] = AIR_HU
    result: NDArray[np.float32] = values.astype(np.float32)
    return result


def _padding_range(image: Dataset) -> tuple[int, int] | None:
    """Read which stored values mean no measurement, Pixel Padding Value (0028,0120) to Range Limit (0028,0121)."""
    ends = []
    for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit"):
        if keyword in image and image.get(keyword) is not None:
            value = image.get(keyword)
            word = int.from_bytes(value[:2], "little") if isinstance(value, bytes) else int(value)
            padding = _stored(word, image)
            if padding is not None:
                ends.append(padding)
    return (min(ends), max(ends)) if ends else None


def _stored(word: int, image: Dataset) -> int | None:
    """The stored value that a padding value stands for; None for one that no pixel can have.

    It may be written with the sign of the pixels or without, in the bits that are stored or in the whole word: -2000 of
    12 signed bits as -2000, 63536 or 2096. In 12 unsigned bits, 63536 cannot occur.
    """
    bits, is_signed = integer(image, "BitsStored"), integer(image, "PixelRepresentation") == 1
    if 0 <= word < 1 << bits:
        return int(signed(np.asarray([word], dtype=np.int64), image)[0])
    words = 1 << integer(image, "BitsAllocated")
    in_word = word - words if is_signed and word >= words // 2 else word
    return in_word if is_signed and -(1 << (bits - 1)) <= in_word < 0 else None


def _require_agreement(slices: Sequence[Dataset]) -> None:
    for keyword in SAME_TEXT_IN_SERIES:
        for item in slices[1:]:
            _require_same(keyword, text(slices[0], keyword), text(item, keyword), same=False)
    for keyword, within in SAME_NUMBERS_IN_SERIES.items():
        stated = [numbers(item, keyword) for item in slices if text(item, keyword) or keyword != "KVP"]
        for values in stated[1:]:
            same = len(values) == len(stated[0]) and float(np.abs(np.subtract(values, stated[0])).max()) <= within
            _require_same(keyword, stated[0], values, same=same)


def _require_same(keyword: str, first: object, other: object, *, same: bool) -> None:
    if not same and other != first:
        raise RefusedError(f"all slices of a CT must agree in {described(keyword)}, found {first} and {other}")


def _slice_spacing(positions: NDArray[np.float64], axes: NDArray[np.float64], last_digit_mm: float) -> float:
    """Distance of sorted slices, mm, after checking that they are aligned along the slice normal."""
    within = even_within_mm(last_digit_mm)
    heights = positions @ axes[:, 2]
    shift = (positions - positions[0]) @ axes[:, :2]
    allowed = within + PARALLEL_WITHIN * (heights - heights[0])
    if (np.abs(shift).max(axis=1) > allowed).any():
        worst = shift[int(np.abs(shift).max(axis=1).argmax())]
        raise RefusedError(
            f"CT slices must lie straight behind each other, found one shifted by {np.round(worst, 3).tolist()} mm "
            "(tilted gantry or mixed series?)"
        )
    gaps = np.diff(heights)
    if gaps.min() < within:
        at = heights[int(gaps.argmin())]
        raise RefusedError(f"each CT slice must be there once, found duplicates at {at:.2f} mm along the slice normal")
    mean = float((heights[-1] - heights[0]) / (len(heights) - 1))
    off = np.abs(heights - (heights[0] + mean * np.arange(len(heights)))).max()
    if off > within:
        spacing = float(np.median(gaps))
        at = int(np.abs(gaps - spacing).argmax())
        multiple = gaps[at] / spacing
        is_multiple = multiple > 1.5 and abs(multiple - round(multiple)) < 0.05 * multiple
        what = "missing slices" if is_multiple else "uneven slices"
        raise RefusedError(
            f"CT slices must be evenly spaced, found {what}: {spacing:.3f} mm elsewhere, {gaps[at]:.3f} mm "
            f"between {heights[at]:.2f} and {heights[at + 1]:.2f} mm along the slice normal "
            f"({off:.3f} mm off the even lattice, allowed {within:.3g})"
        )
    if not np.isfinite(mean) or mean <= 0:
        raise DamagedError(f"slice spacing must be positive, found {mean} mm")
    return mean
