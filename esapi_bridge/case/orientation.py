"""Index axes of images in the eight patient positions, and lossless re-indexing between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Case, Dose, Grid, Volume
from esapi_bridge.case.grid import PARALLEL_WITHIN
from esapi_bridge.case.position import SUPPORT_TO_PATIENT, PatientPosition
from esapi_bridge.errors import RefusedError

T = TypeVar("T")


def axes_of_orientation(orientation: tuple[float, ...]) -> NDArray[np.float64]:
    """Index axes of an image: row direction, column direction and their cross product, as 3x3 columns (LPS).

    Parameters
    ----------
    orientation
        Image Orientation (Patient) (0020,0037), six direction cosines.

    Raises
    ------
    RefusedError
        If the two directions are not unit vectors at right angles, to `PARALLEL_WITHIN`.
    """
    row, column = np.asarray(orientation[:3], dtype=np.float64), np.asarray(orientation[3:], dtype=np.float64)
    lengths = float(np.linalg.norm(row)), float(np.linalg.norm(column))
    errors = (abs(lengths[0] - 1), abs(lengths[1] - 1), abs(float(row @ column)))
    if not max(errors) <= PARALLEL_WITHIN:
        raise RefusedError(
            "Image Orientation (Patient) must be two unit vectors at right angles, "
            f"found {tuple(float(value) for value in orientation)}: export the images again"
        )
    row = row / lengths[0]
    column = column - row * (row @ column)
    column = column / np.linalg.norm(column)
    return np.stack([row, column, np.cross(row, column)], axis=1)


def axes_of_position(patient_position: PatientPosition) -> NDArray[np.float64]:
    """Index axes (3x3 columns, LPS) of an axial image taken in a patient position such as ``FFS``.

    Rows of the picture run towards the viewer's right, columns down towards the couch, seen along the bore (DICOM PS3.3
    C.7.3.1.1.2).
    """
    right, _, up = np.asarray(SUPPORT_TO_PATIENT[patient_position], dtype=np.float64).T
    return axes_of_orientation((*right, *(0.0 - up)))


def reindex(volume: Volume, axes: NDArray[np.float64]) -> Volume:
    """Describe the same voxels with other index axes: every voxel keeps its value and its place.

    Axes that are the wanted ones but for rounding become exactly those; the middle of the volume then keeps its place.

    Parameters
    ----------
    volume
        Any volume.
    axes
        Wanted index axes, 3x3 columns in LPS; must be the present ones up to order and sign, to `PARALLEL_WITHIN`.

    Raises
    ------
    RefusedError
        If the wanted axes are oblique to the present ones, which would need resampling.
    """
    grid = volume.grid
    turn = grid.axes.T @ axes
    source = np.abs(turn).argmax(axis=0)
    signs = np.rint(turn[source, range(3)])
    wanted = np.zeros((3, 3))
    wanted[source, range(3)] = signs
    if sorted(source) != [0, 1, 2] or np.abs(turn - wanted).max() > PARALLEL_WITHIN:
        raise RefusedError(
            "images and doses must lie parallel to the axes they are used in (the patient's, as a rule), "
            f"found {np.degrees(np.abs(turn - wanted).max()):.2g} degrees between them "
            f"(rounding allowed: {np.degrees(PARALLEL_WITHIN):.2g}): reconstruct or export them without the turn"
        )
    first = [0 if sign > 0 else grid.size[axis] - 1 for axis, sign in zip(source, signs, strict=True)]
    start = np.zeros(3)
    start[source] = first
    by_index = volume.values.transpose(2, 1, 0).transpose(*source)
    by_index = by_index[tuple(slice(None, None, int(sign)) for sign in signs)]
    size, spacing = np.asarray(grid.size)[source], np.asarray(grid.spacing_mm)[source]
    about_the_middle = (grid.axes[:, source] * signs - axes) @ (spacing * (size - 1) / 2)
    new_grid = Grid(
        size=_three([int(value) for value in size]),
        spacing_mm=_three([float(value) for value in spacing]),
        origin_mm=_three([float(value) for value in grid.to_patient(start) + about_the_middle]),
        direction=tuple(float(value) for value in axes.ravel() + 0.0),
    )
    return Volume(np.ascontiguousarray(by_index.transpose(2, 1, 0)), new_grid, volume.unit)


def to_lps(volume: Volume) -> Volume:
    """Describe a volume with index axes along +L, +P, +S; nothing is resampled.

    Raises
    ------
    RefusedError
        If the volume is oblique to the patient axes.
    """
    return reindex(volume, np.eye(3))


def along_patient_axes(case: Case) -> Case:
    """Re-index every volume of a case along +L, +P, +S; nothing is resampled.

    Raises
    ------
    RefusedError
        If a volume is oblique to the patient axes.
    """
    return replace(
        case,
        ct=to_lps(case.ct),
        plan_dose=None if case.plan_dose is None else dose_along_patient_axes(case.plan_dose),
        beam_doses={number: dose_along_patient_axes(dose) for number, dose in case.beam_doses.items()},
    )


def dose_along_patient_axes(dose: Dose) -> Dose:
    """Re-index a dose along +L, +P, +S; nothing is resampled.

    Raises
    ------
    RefusedError
        If the dose is oblique to the patient axes.
    """
    return replace(dose, volume=to_lps(dose.volume))


def _three(values: list[T]) -> tuple[T, T, T]:
    first, second, third = values
    return first, second, third
