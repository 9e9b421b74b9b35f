"""The patient of a plan: a phantom or a CT from outside, with an outline and a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Grid, PatientPosition, Structure, Unit, Volume
from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.ct_input import body_mask, read_ct
from esapi_bridge.planning.outline import tissue_share
from esapi_bridge.planning.phantoms import CouchSide, make_phantom

BALL_MM = 25.0
"""Radius of the target placed in a CT from outside."""


@dataclass(frozen=True)
class Subject:
    """A patient to plan on.

    Parameters
    ----------
    site
        Part of the body; ``ct`` for a CT from outside.
    ct
        HU, axes along LPS.
    body, target
        Masks ``(z, y, x)`` on the CT grid.
    masks
        All structures by name; without any, the outline and the target as BODY and PTV.
    """

    site: str
    ct: Volume
    body: NDArray[np.bool_]
    target: NDArray[np.bool_]
    masks: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.masks:
            object.__setattr__(self, "masks", {"BODY": self.body, "PTV": self.target})

    @cached_property
    def structures(self) -> tuple[Structure, ...]:
        """Planar contours of all structures."""
        from esapi_bridge.planning.phantoms.contours import (
            contour_structures,  # contourpy is not needed for the CT alone
        )

        return contour_structures(self.masks, self.ct.grid, tissue_share(self.ct, self.body))


def phantom_subject(site: str, seed: int, patient_position: PatientPosition = PatientPosition.HFS) -> Subject:
    """Make a phantom to plan on; its PTV is the target. It lies on a couch when supine or prone."""
    phantom = make_phantom(site, seed, couch=couch_side(patient_position))
    return Subject(site, phantom.ct, phantom.body, phantom.masks["PTV"], phantom.masks)


def couch_side(patient_position: PatientPosition) -> CouchSide | None:
    """Side of the patient the couch is on: posterior when supine, anterior when prone, None on the side."""
    return cast("CouchSide | None", {"S": "posterior", "P": "anterior"}.get(patient_position[2:]))


Voxels = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""First and last + 1 voxel along z, y and x."""


def part_of(ct: Volume, voxels: Voxels | None) -> Volume:
    """Cut a part out of a CT; all of it for None.

    Raises
    ------
    RefusedError
        If the part is empty or reaches beyond the CT.
    """
    if voxels is None:
        return ct
    ends = tuple(zip(voxels, ct.values.shape, strict=True))
    if not all(0 <= first < end <= size for (first, end), size in ends):
        raise RefusedError(
            f"a part of a CT must lie within its {ct.values.shape} voxels (z, y, x), found {voxels}; choose another"
        )
    kept = tuple(slice(*pair) for pair in voxels)
    x, y, z = ct.grid.to_patient([first for first, _ in voxels[::-1]]).tolist()
    nz, ny, nx = (end - first for first, end in voxels)
    return Volume(ct.values[kept], Grid((nx, ny, nz), ct.grid.spacing_mm, (x, y, z)), ct.unit)


def ct_subject(path: Path, voxels: Voxels | None = None) -> Subject:
    """Read a CT to plan on, or a part of it; the target is a ball in the thickest part of the patient."""
    ct = part_of(read_ct(path), voxels)
    body = body_mask(ct)
    return Subject("ct", ct, body, _ball(body, ct.grid))


def along_z(subject: Subject, number: int, count: int) -> Subject:
    """Cut a patient into parts of equal length and return one, with a ball in its thickest part as target.

    Parameters
    ----------
    subject
        The whole; its outline is kept, so that parts which do not hang together within a part stay in it.
    number, count
        Which part, 0 the lowest, of how many.
    """
    grid = subject.ct.grid
    first, last = (round(grid.size[2] * n / count) for n in (number, number + 1))
    x, y, z = grid.origin_mm
    origin = (x, y, z + first * grid.spacing_mm[2])
    part = Grid((*grid.size[:2], last - first), grid.spacing_mm, origin)
    body = subject.body[first:last]
    return Subject(subject.site, Volume(subject.ct.values[first:last], part, Unit.HU), body, _ball(body, part))


def _ball(body: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    spacing = grid.spacing_mm[::-1]
    step = tuple(max(1, round(4 / s)) for s in spacing)
    depth = ndimage.distance_transform_edt(
        np.pad(body[:: step[0], :: step[1], :: step[2]], 1),
        sampling=[n * s for n, s in zip(step, spacing, strict=True)],
    )[1:-1, 1:-1, 1:-1]
    centre = np.array(np.unravel_index(np.argmax(depth), depth.shape)) * step
    axes = np.ogrid[tuple(slice(n) for n in body.shape)]
    square = sum(((axis - c) * s) ** 2 for axis, c, s in zip(axes, centre, spacing, strict=True))
    return np.asarray((square < BALL_MM**2) & body)
