"""Read a CT series (DICOM PS3.3 A.3) as one volume in HU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from esapi_bridge.case import Grid, Unit, Volume
from esapi_bridge.case.orientation import axes_of_orientation
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.dicom.read.elements import number, numbers, optional_number, text
from esapi_bridge.dicom.read.pixels import signed, stored_values
from esapi_bridge.errors import BridgeError, RefusedError

POSITION_TOLERANCE_MM = 0.05
"""Largest departure of a slice from the even lattice."""

"""Given to pixels outside the reconstructed field of view, which scanners mark with a padding value."""

TISSUE_RANGE_HU = (-900.0, 3000.0)
"""A padding value in this range would hide tissue."""

SAME_IN_SERIES = {
    "SeriesInstanceUID": "Series Instance UID",
    "FrameOfReferenceUID": "Frame of Reference UID",
    "ImageOrientationPatient": "Image Orientation (Patient)",
    "PatientPosition": "Patient Position",
    "PixelSpacing": "Pixel Spacing",
    "Rows": "Rows",
    "Columns": "Columns",
    "RescaleSlope": "Rescale Slope",
    "RescaleIntercept": "Rescale Intercept",
    "RescaleType": "Rescale Type",
    "KVP": "KVP",
    "ConvolutionKernel": "Convolution Kernel",
}
"""Attributes that must agree in all slices, with their names."""


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
        If slices differ in orientation, scaling or size, or are missing, duplicated or unevenly spaced.
    BridgeError
        If a slice cannot be read.
    """
    if len(slices) < 2:
        raise RefusedError(f"a CT series must have at least 2 slices, found {len(slices)}")
    _require_agreement(slices)
    first = slices[0]
    axes = axes_of_orientation(numbers(first, "ImageOrientationPatient", 6))
    positions = np.asarray([numbers(item, "ImagePositionPatient", 3) for item in slices])
    order = np.argsort(positions @ axes[:, 2], kind="stable")
    spacing = _slice_spacing(positions[order], axes)
    row_spacing, column_spacing = numbers(first, "PixelSpacing", 2)
    values = np.stack([hounsfield(slices[index]) for index in order])
    grid = Grid(
        size=(values.shape[2], values.shape[1], values.shape[0]),
        spacing_mm=(column_spacing, row_spacing, spacing),
        origin_mm=tuple(positions[order[0]].tolist()),
        direction=tuple(axes.ravel().tolist()),
    )
    return Volume(values, grid, Unit.HU)


def hounsfield(image: Dataset) -> NDArray[np.float32]:
    """Rescale one CT image to HU ``(rows, columns)``; padding becomes air.

    Raises
    ------
    RefusedError
        If the image is not in HU, or its padding value is also that of tissue.
    BridgeError
        If it cannot be decoded.
    """
    kind = text(image, "RescaleType", "HU")
    if kind != "HU":
        raise RefusedError(f"CT values must be rescaled to HU, found {kind}")
    slope, intercept = number(image, "RescaleSlope"), number(image, "RescaleIntercept")
    if slope <= 0:
        raise RefusedError(f"Rescale Slope must be positive, found {slope:g}")
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
            raw = int.from_bytes(value[:2], "little") if isinstance(value, bytes) else int(value)
            ends.append(int(signed(np.asarray([raw], dtype=np.int64), image)[0]))
    return (min(ends), max(ends)) if ends else None


def _require_agreement(slices: Sequence[Dataset]) -> None:
    for keyword, name in SAME_IN_SERIES.items():
        first = _comparable(slices[0], keyword)
        for item in slices[1:]:
            other = _comparable(item, keyword)
            if other != first:
                raise RefusedError(f"all slices of a CT must agree in {name}, found {first} and {other}")


def _comparable(image: Dataset, keyword: str) -> object:
    if keyword in ("ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"):
        return tuple(round(value, 4) + 0.0 for value in numbers(image, keyword))
    return text(image, keyword)


def _slice_spacing(positions: NDArray[np.float64], axes: NDArray[np.float64]) -> float:
    """Distance of sorted slices, mm, after checking that they are aligned along the slice normal."""
    shift = (positions - positions[0]) @ axes[:, :2]
    if np.abs(shift).max() > POSITION_TOLERANCE_MM:
        worst = shift[int(np.abs(shift).max(axis=1).argmax())]
        raise RefusedError(
            f"CT slices must lie straight behind each other, found one shifted by {np.round(worst, 3).tolist()} mm "
            "(tilted gantry or mixed series?)"
        )
    heights = positions @ axes[:, 2]
    gaps = np.diff(heights)
    if gaps.min() < POSITION_TOLERANCE_MM:
        at = heights[int(gaps.argmin())]
        raise RefusedError(f"each CT slice must be there once, found duplicates at {at:.2f} mm along the slice normal")
    spacing = float(np.median(gaps))
    worst_gap = float(gaps[int(np.abs(gaps - spacing).argmax())])
    if abs(worst_gap - spacing) > POSITION_TOLERANCE_MM:
        at = int(np.abs(gaps - spacing).argmax())
        multiple = worst_gap / spacing
        what = "missing slices" if abs(multiple - round(multiple)) < 0.02 and multiple > 1 else "uneven slices"
        raise RefusedError(
            f"CT slices must be evenly spaced, found {what}: {spacing:.3f} mm elsewhere, {worst_gap:.3f} mm "
            f"between {heights[at]:.2f} and {heights[at + 1]:.2f} mm along the slice normal"
        )
    mean = float((heights[-1] - heights[0]) / (len(heights) - 1))
    even = heights[0] + mean * np.arange(len(heights))
    if np.abs(heights - even).max() > POSITION_TOLERANCE_MM:
        raise RefusedError(
            f"CT slices must be evenly spaced, found one {np.abs(heights - even).max():.3f} mm off the even lattice"
        )
    if not np.isfinite(mean) or mean <= 0:
        raise BridgeError(f"slice spacing must be positive, found {mean} mm")
    return mean
