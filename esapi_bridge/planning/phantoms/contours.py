"""Masks to planar contours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray

from esapi_bridge.case import Grid, Structure
from esapi_bridge.planning.outline import OUTLINE

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "BODY": (0, 255, 0),
    "GTV": (255, 128, 0),
    "PTV": (255, 0, 0),
    "SpinalCord": (255, 255, 0),
}
PALETTE = ((0, 128, 255), (0, 200, 200), (200, 0, 200), (160, 96, 32), (96, 160, 32), (128, 128, 255), (255, 160, 200))
DICOM_TYPES: Mapping[str, str] = {
    "BODY": "EXTERNAL",
    "GTV": "GTV",
    "PTV": "PTV",
    "LN_Pelvics": "CTV",
    "TumorBed": "CTV",
    "zAvoidance": "AVOIDANCE",
}


def contour_structures(
    masks: Mapping[str, NDArray[np.bool_]], grid: Grid, tissue: NDArray[np.float32]
) -> tuple[Structure, ...]:
    """Outline every mask on every plane of an axis-aligned grid.

    Parameters
    ----------
    masks
        Boolean arrays ``(z, y, x)`` by name.
    grid
        Their grid.
    tissue
        How much of each voxel belongs to the patient ``(z, y, x)``, see `esapi_bridge.planning.outline.tissue_share`.

    Returns
    -------
    tuple of Structure
        BODY first, numbered from 1; contours run half-way between the voxels inside and outside, those of the BODY
        where the share of tissue is a half; holes are contours of their own (even-odd filling).
    """
    names = sorted(masks, key=lambda name: (name != "BODY", name not in DICOM_TYPES))
    return tuple(
        Structure(
            number,
            name,
            DICOM_TYPES.get(name, "ORGAN"),
            COLOURS.get(name, PALETTE[number % len(PALETTE)]),
            _contours(tissue if name == "BODY" else masks[name], grid),
        )
        for number, name in enumerate(names, start=1)
    )


def _contours(share: NDArray[np.float32] | NDArray[np.bool_], grid: Grid) -> tuple[NDArray[np.float64], ...]:
    x, y, z = (grid.coordinates_mm(axis) for axis in range(3))
    padded_x = np.concatenate([[x[0] - grid.spacing_mm[0]], x, [x[-1] + grid.spacing_mm[0]]])
    padded_y = np.concatenate([[y[0] - grid.spacing_mm[1]], y, [y[-1] + grid.spacing_mm[1]]])
    contours = []
    for k in np.flatnonzero(share.max(axis=(1, 2)) >= OUTLINE):
        plane = np.pad(share[k], 1).astype(np.float32)
        lines = contour_generator(padded_x, padded_y, plane, line_type=LineType.Separate).lines(OUTLINE)
        for line in lines:
            points = np.asarray(line)[:-1]
            if len(points) >= 3:
                contours.append(np.column_stack([points, np.full(len(points), z[k])]))
    return tuple(contours)
