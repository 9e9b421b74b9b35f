"""Real CTs as input: from files of any common kind to a volume with LPS axes, and the outline of the patient in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Grid, Unit, Volume
from esapi_bridge.case.grid import IDENTITY, PARALLEL_WITHIN
from esapi_bridge.case.orientation import to_lps
from esapi_bridge.case.resample import to_image
from esapi_bridge.dicom import read_ct_folder
from esapi_bridge.dicom.read.files import HEAD_BYTES, looks_like_dicom
from esapi_bridge.errors import RefusedError

if TYPE_CHECKING:
    import SimpleITK as sitk

T = TypeVar("T")

HU_LOWEST, HU_HIGHEST = -1024.0, 3071.0
"""Range of a 12-bit scanner, to which CT numbers are clipped."""

TISSUE_HU = -250.0
"""Above this is tissue: below fat, above a carbon-fibre couch."""

THIN_MM = 6.0
"""Sheets thinner than this (couch shells, blankets) do not belong to the patient."""

CARRIED_SHARE = 0.8
"""An opening this much of which is inside the patient in the neighbouring plane is inside as well."""


def read_ct(path: Path) -> Volume:
    """Read a CT.

    Parameters
    ----------
    path
        What SimpleITK reads (NIfTI, NRRD, MHA), a folder with a DICOM CT (also of an exported plan), or ``.npz`` with
        ``hu`` ``(z, y, x)``, ``spacing_zyx_mm`` and ``origin_zyx_mm`` on LPS axes.

    Returns
    -------
    Volume
        HU, clipped to what a scanner stores, axes along LPS (an oblique image is resampled).

    Raises
    ------
    RefusedError
        If the file is absent or unreadable, not a single three-dimensional image of finite numbers, or not in HU; or if
        the CT of a DICOM folder lacks slices, is tilted or cannot be chosen, see `dicom.read_ct_folder`.
    """
    if not path.exists():
        raise RefusedError("the CT must be a file or a folder, found none of that name")
    if path.suffix == ".npz":
        volume = _read_npz(path)
    else:
        volume = _from_image(to_image(read_ct_folder(path)) if path.is_dir() else _read_image(path))
    _check_hu(volume.values)
    return Volume(np.clip(volume.values, HU_LOWEST, HU_HIGHEST), volume.grid, Unit.HU)


def body_mask(ct: Volume) -> NDArray[np.bool_]:
    """Find the patient: the largest piece of tissue, without couch and blankets, holes filled plane by plane.

    Parameters
    ----------
    ct
        HU, axes along LPS.

    Returns
    -------
    NDArray
        ``(z, y, x)``, True inside the patient.

    Raises
    ------
    RefusedError
        If there is no tissue.
    """
    spacing = ct.grid.spacing_mm
    tissue = ct.values > TISSUE_HU
    reach = [1, *(max(1, round(THIN_MM / 2 / spacing[axis])) for axis in (1, 0))]
    brush = np.ones([1, 2 * reach[1] + 1, 2 * reach[2] + 1], dtype=bool)
    solid = _largest(ndimage.binary_erosion(tissue, brush, border_value=1))
    if not solid.any():
        raise RefusedError(f"the CT must show a patient in one piece above {TISSUE_HU:g} HU, found none")
    return _carried(_fill(ndimage.binary_dilation(solid, brush) & tissue))


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    pieces, count = ndimage.label(mask)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    sizes[0] = 0
    return np.asarray(pieces == sizes.argmax()) if count else mask


def _fill(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill holes plane by plane, including those that the edge of the image cuts open (a lung in a cropped image)."""
    return np.stack([ndimage.binary_fill_holes(_closed(plane))[1:-1, 1:-1] for plane in mask])


def _carried(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill a hole that is open in one plane but closed in its neighbour, from the fullest plane outwards.

    Where a cropped image cuts a lung open over a corner, nothing in that plane tells it from the air of the room.
    """
    filled = mask.copy()
    fullest = int(mask.sum(axis=(1, 2)).argmax())
    for before, plane in [(z - 1, z) for z in range(fullest + 1, len(mask))] + [
        (z + 1, z) for z in range(fullest - 1, -1, -1)
    ]:
        pieces, count = ndimage.label(~filled[plane])
        if count and filled[plane].any():
            shared = np.atleast_1d(ndimage.mean(filled[before], pieces, np.arange(1, count + 1)))
            filled[plane] |= np.isin(pieces, 1 + np.flatnonzero(shared > CARRIED_SHARE))
    return filled


def _closed(plane: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add a frame to a plane that joins, along each edge of the image, the outermost pixels of the mask."""
    framed = np.pad(plane, 1)
    for line, edge in (
        (framed[0, 1:-1], plane[0]),
        (framed[-1, 1:-1], plane[-1]),
        (framed[1:-1, 0], plane[:, 0]),
        (framed[1:-1, -1], plane[:, -1]),
    ):
        touched = np.flatnonzero(edge)
        if touched.size:
            line[touched[0] : touched[-1] + 1] = True
    return framed


def _read_npz(path: Path) -> Volume:
    try:
        with np.load(path, allow_pickle=False) as archive:
            hu, spacing, origin = (archive[key] for key in ("hu", "spacing_zyx_mm", "origin_zyx_mm"))
            z, y, x = (float(v) for v in spacing)
            oz, oy, ox = (float(v) for v in origin)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RefusedError(
            "a CT in .npz must hold hu, spacing_zyx_mm and origin_zyx_mm, found other content"
        ) from error
    if hu.ndim != 3:
        raise RefusedError(f"a CT must have three dimensions, found {hu.ndim}")
    return _volume(hu.astype(np.float32), (x, y, z), (ox, oy, oz), IDENTITY)


def _volume(
    hu: NDArray[np.float32], spacing_mm: Sequence[float], origin_mm: Sequence[float], direction: Sequence[float]
) -> Volume:
    """Make a volume of what a file holds, which may be anything."""
    try:
        size, spacing, origin = hu.shape[::-1], _three(spacing_mm), _three(origin_mm)
        return Volume(hu, Grid(_three(size), spacing, origin, tuple(direction)), Unit.HU)
    except ValueError as error:  # the value objects say what is wrong, in numbers only
        raise RefusedError(f"the CT must hold finite numbers on a regular lattice: {error}") from None


def _three(values: Sequence[T]) -> tuple[T, T, T]:
    first, second, third = values
    return first, second, third


def _read_image(path: Path) -> sitk.Image:
    import SimpleITK as sitk

    with path.open("rb") as stream:
        if looks_like_dicom(stream.read(HEAD_BYTES)):
            raise RefusedError("a DICOM CT is read from its folder, found a single file: give the folder")
    try:
        return sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise RefusedError(
            f"the CT must be NIfTI, NRRD, MHA, npz or a DICOM folder, found a bad {path.suffix}"
        ) from error


def _from_image(image: sitk.Image) -> Volume:
    import SimpleITK as sitk

    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise RefusedError(f"a CT must be one three-dimensional image, found {image.GetDimension()} dimensions")
    image = sitk.DICOMOrient(sitk.Cast(image, sitk.sitkFloat32), "LPS")
    if np.abs(np.asarray(image.GetDirection()) - np.eye(3).ravel()).max() > PARALLEL_WITHIN:
        image = _straighten(image)
    values = sitk.GetArrayFromImage(image)
    return to_lps(_volume(values, image.GetSpacing(), image.GetOrigin(), image.GetDirection()))


def _straighten(image: sitk.Image) -> sitk.Image:
    """Resample an oblique image onto LPS axes around all its corners; outside is air."""
    import SimpleITK as sitk

    last = np.asarray(image.GetSize()) - 1.0
    corners = np.array(
        [
            image.TransformContinuousIndexToPhysicalPoint([float(v) for v in last * pick])
            for pick in np.stack(np.meshgrid([0, 1], [0, 1], [0, 1]), axis=-1).reshape(-1, 3)
        ]
    )
    spacing = np.asarray(image.GetSpacing())
    low = corners.min(axis=0)
    size = [int(n) for n in np.ceil((corners.max(axis=0) - low) / spacing) + 1]
    return sitk.Resample(
        image, size, sitk.Transform(), sitk.sitkLinear, low.tolist(), spacing.tolist(), np.eye(3).ravel().tolist(),
        float(HU_LOWEST + 24), sitk.sitkFloat32,
    )  # fmt: skip


def _check_hu(values: NDArray[np.float32]) -> None:
    low, middle, high = (float(v) for v in np.percentile(values, [0.5, 50, 99.9]))
    if low > -200 or middle > 1000:
        raise RefusedError(
            f"the CT must be in HU with air near -1000, found 0.5 % of voxels below {low:g} and half below {middle:g}: "
            "apply the rescale slope and intercept"
        )
    if high < -200:
        raise RefusedError(f"the CT must show tissue near 0 HU, found 99.9 % of voxels below {high:g}")
