"""Which images of a CT series are slices of the planning CT: those that the structure set names, and what fits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.grid import PARALLEL_WITHIN
from esapi_bridge.case.orientation import axes_of_orientation
from esapi_bridge.dicom.read.aside import Aside
from esapi_bridge.dicom.read.elements import numbers, text
from esapi_bridge.dicom.read.scan import Entry
from esapi_bridge.errors import RefusedError

NEAREST_SHARE = 0.75
"""An image closer than this share of the slice distance to a named slice is another image of the same place."""

ACROSS = 0.7
"""Cosine of two plane normals below which one image is a scout of the other: 45 degrees."""


@dataclass(frozen=True)
class _Plane:
    axes: NDArray[np.float64]
    position_mm: NDArray[np.float64]
    lattice: tuple[str, str, str]

    def lies_like(self, other: _Plane) -> bool:
        return self.lattice == other.lattice and bool(np.abs(self.axes - other.axes).max() <= PARALLEL_WITHIN)


def slices_of(series: Sequence[Entry], named: frozenset[str], aside: Aside) -> list[Entry]:
    """Choose the slices of a series.

    Parameters
    ----------
    series
        CT images of one series.
    named
        SOP Instance UIDs that the structure set refers to; all of them are slices. A structure set may name only those
        images that it is drawn on, so others that lie like them at places of their own are slices too. Where it names
        none, all images are.
    aside
        Counts the rest.

    Raises
    ------
    RefusedError
        If a named image does not say where it lies.
    """
    chosen = [entry for entry in series if entry.uid in named]
    if not chosen:
        return list(series)
    planes = [_plane(entry) for entry in chosen]
    normal = planes[0].axes[:, 2]
    heights = np.sort([plane.position_mm @ normal for plane in planes])
    spacing = float(np.median(np.diff(heights))) if len(heights) > 1 else 0.0
    for entry in series:
        if entry.uid in named:
            continue
        try:
            plane = _plane(entry)
        except RefusedError:
            aside.add(entry.header, "not named by the structure set, without a place")
            continue
        nearest = np.abs(heights - plane.position_mm @ normal).min()
        if not plane.lies_like(planes[0]):
            aside.add(entry.header, "not named by the structure set, lies otherwise")
        elif nearest < NEAREST_SHARE * spacing or spacing == 0:
            aside.add(entry.header, "not named by the structure set, at the place of a slice")
        else:
            chosen.append(entry)
    return chosen


def without_scouts(series: Sequence[Entry], aside: Aside) -> list[Entry]:
    """Leave aside the single images of a series that lie across the others, also those that the structure set names."""
    normals = []
    for entry in series:
        try:
            normals.append(_plane(entry).axes[:, 2])
        except RefusedError:
            normals.append(np.zeros(3))  # like none; only needed images must say where they lie
    directions = np.stack(normals)
    along = np.abs(directions @ directions.T) >= ACROSS
    most = along[int(along.sum(axis=0).argmax())]
    if 2 * most.sum() <= len(series):
        return list(series)
    fits = most | ~directions.any(axis=1)
    for entry, is_slice in zip(series, fits, strict=True):
        if not is_slice:
            aside.add(entry.header, "scout across the slices")
    return [entry for entry, is_slice in zip(series, fits, strict=True) if is_slice]


def _plane(entry: Entry) -> _Plane:
    header = entry.header
    return _Plane(
        axes_of_orientation(numbers(header, "ImageOrientationPatient", 6)),
        np.asarray(numbers(header, "ImagePositionPatient", 3)),
        (text(header, "Rows"), text(header, "Columns"), str(numbers(header, "PixelSpacing", 2))),
    )
