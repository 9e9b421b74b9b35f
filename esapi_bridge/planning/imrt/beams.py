"""Fields around a target, as they are set before the fluence is optimised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Beam, FluenceMap, Grid, Jaws, PatientPosition
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.mlc import MILLENNIUM_120
from esapi_bridge.planning.vocabulary import Energy

GANTRY_DEG = (0.0, 51.0, 103.0, 154.0, 206.0, 257.0, 309.0)
"""Seven fields, equally spaced to whole degrees, as usual for the prostate."""

PIXEL_MM = 2.5
"""Pixel of an optimal fluence; edges lie on whole multiples, so that two rows make one leaf of 5 mm."""

FLUENCE_MARGIN_MM = 10.0
"""How far outside the target's shadow fluence may lie, so that the penumbra falls outside the target."""

T = TypeVar("T")
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Arrangement:
    """Angles, energy and patient position of a plan's fields; degrees as IEC 61217.

    Parameters
    ----------
    gantry_deg
        One angle a field.
    collimator_deg
        Of all fields.
    couch_deg
        Of all fields, or one a field.
    energy
        One of `esapi_bridge.planning.fields.ENERGIES`.
    patient_position
        DICOM patient position.
    isocentres_mm
        LPS, mm: one of all fields, or one a field; the middle of the target's box when there is none.
    """

    gantry_deg: tuple[float, ...] = GANTRY_DEG
    collimator_deg: float = 0.0
    couch_deg: float | tuple[float, ...] = 0.0
    energy: str = Energy.X15.value
    patient_position: PatientPosition = PatientPosition.HFS
    isocentres_mm: tuple[Point, ...] = ()


def arranged_beams(target: NDArray[np.bool_], grid: Grid, arrangement: Arrangement | None = None) -> tuple[Beam, ...]:
    """Set up the fields around a target.

    Parameters
    ----------
    target
        Mask ``(z, y, x)`` on `grid`.
    grid
        Grid with axes along LPS.
    arrangement
        Angles and energy; seven 15 MV fields when None.

    Returns
    -------
    tuple of Beam
        Without an isocentre in `arrangement`, at the middle of the target's box in whole millimetres. The fluence of
        each is 1 where the optimiser may use it, in the target's shadow and a margin, and 0 elsewhere; the jaws are
        around it.

    Raises
    ------
    ValueError
        If the target is empty, a field would be larger than the jaws open, or there is neither one isocentre or couch
        angle nor one a field.
    """
    arrangement = arrangement or Arrangement()
    points = target_points(target, grid)
    return tuple(
        fluence_around(beam, points, arrangement.patient_position) for beam in unshaped_beams(target, grid, arrangement)
    )


def target_points(target: NDArray[np.bool_], grid: Grid) -> NDArray[np.float64]:
    """Voxel centres ``(n, 3)`` of a target, LPS, mm."""
    return grid.to_patient(np.argwhere(target)[:, ::-1])


def unshaped_beams(target: NDArray[np.bool_], grid: Grid, arrangement: Arrangement) -> tuple[Beam, ...]:
    """Set angles and isocentres only: nearly closed jaws, no fluence; otherwise as `arranged_beams`."""
    if not target.any():
        raise ValueError("beams need a target with at least one voxel, got an empty one")
    count = len(arrangement.gantry_deg)
    couch = arrangement.couch_deg if isinstance(arrangement.couch_deg, tuple) else (arrangement.couch_deg,)
    isocentres = arrangement.isocentres_mm or (middle(target, grid),)
    return tuple(
        replace(
            open_beam(
                number, isocentre, Jaws(-1.0, 1.0, -1.0, 1.0), gantry, collimator_deg=arrangement.collimator_deg,
                couch_deg=couch_deg, meterset_mu=0.0, energy=arrangement.energy,
            ),
            name=f"G{gantry:03.0f}" + (f"T{couch_deg:03.0f}" if couch_deg else ""),
        )
        for number, (gantry, couch_deg, isocentre) in enumerate(
            zip(arrangement.gantry_deg, _each(couch, count), _each(isocentres, count), strict=True), 1
        )
    )  # fmt: skip


def middle(target: NDArray[np.bool_], grid: Grid) -> Point:
    """The middle of a target's box, LPS, whole mm."""
    box = ndimage.find_objects(target.astype(np.uint8))[0]
    x, y, z = (float(np.round(v)) for v in grid.to_patient([(part.start + part.stop - 1) / 2 for part in box[::-1]]))
    return x, y, z


def _each(values: tuple[T, ...], count: int) -> tuple[T, ...]:
    """One value a field, from one for all or one a field."""
    if len(values) not in {1, count}:
        raise ValueError(f"expected one value for all {count} fields or one a field, got {len(values)}")
    return values if len(values) == count else values[:1] * count


def fluence_around(beam: Beam, points_mm: NDArray[np.float64], patient_position: PatientPosition) -> Beam:
    """Give a beam the fluence pixels in the shadow of points, grown by the margin, and jaws around them.

    Parameters
    ----------
    beam
        The beam; angles of its first control point.
    points_mm
        LPS positions ``(n, 3)``, mm: the voxels of a target.
    patient_position
        DICOM patient position.

    Raises
    ------
    ValueError
        If the field would be larger than the jaws open.
    """
    pixel = np.floor(beam_frame(beam, patient_position).project(points_mm) / PIXEL_MM).astype(int)
    margin = round(FLUENCE_MARGIN_MM / PIXEL_MM)
    low, high = pixel.min(axis=0) - margin, pixel.max(axis=0) + margin
    mask = np.zeros(high[::-1] - low[::-1] + 1, dtype=bool)
    mask[high[1] - pixel[:, 1], pixel[:, 0] - low[0]] = True
    disc = np.hypot(*np.mgrid[-margin : margin + 1, -margin : margin + 1]) <= margin + 0.25
    # Growing also mends the holes between the projections of voxels that are wider than a pixel.
    mask = ndimage.binary_dilation(mask, disc)
    (x1, y1), (x2, y2) = low * PIXEL_MM, (high + 1) * PIXEL_MM
    jaws = MILLENNIUM_120.jaws_around(x1, x2, y1, y2)
    fluence = FluenceMap(mask.astype(np.float32), x1 + PIXEL_MM / 2, y2 - PIXEL_MM / 2, PIXEL_MM)
    points = tuple(replace(point, jaws=jaws) for point in beam.control_points)
    return replace(beam, control_points=points, fluence=fluence)
