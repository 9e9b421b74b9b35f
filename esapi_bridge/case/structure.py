"""Contoured structures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.errors import RefusedError

FARTHEST_MM = 10_000.0
"""Largest coordinate of a contour point; no patient, couch or image reaches so far."""

UNREAD = "contours not read: "
"""How an entry of `left_out` begins that says why no contour could be read."""


class UnusableStructureError(RefusedError):
    """A structure that nothing can be computed with: names it by its number, never by its name.

    Parameters
    ----------
    number
        DICOM ROI number.
    reason
        What was expected and found.
    """

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"structure {number}: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Override:
    """What the planning system was told to take a structure for, instead of what the CT shows.

    Parameters
    ----------
    quantity
        ``HU`` (the CT number that Eclipse assigns), or an ROI Physical Property (3006,00B2) by its defined term:
        ``REL_MASS_DENSITY`` and ``REL_ELEC_DENSITY``, both relative to water, or another one.
    value
        Its value; None where the property has no single one.
    """

    quantity: str
    value: float | None


@dataclass(frozen=True)
class Structure:
    """A region of interest as planar contours.

    Parameters
    ----------
    number
        DICOM ROI number.
    name
        Structure id, as in the plan.
    dicom_type
        RT ROI interpreted type (``EXTERNAL``, ``PTV``, ``ORGAN`` ...); empty where unknown.
    colour
        Display colour, ``(red, green, blue)``, 0 to 255.
    contours_mm
        Closed planar polygons, each ``(n, 3)`` LPS points in mm; several on one plane combine by even-odd filling.
    override
        CT number or density assigned to it; None where the CT counts.
    left_out
        What its source holds of it beside `contours_mm`, and why that is not there; empty where nothing is missing.
    high_resolution
        Whether the planning system draws it on voxels finer than the CT's; its contours are exact either way.
    """

    number: int
    name: str
    dicom_type: str
    colour: tuple[int, int, int]
    contours_mm: tuple[NDArray[np.float64], ...]
    override: Override | None = None
    left_out: tuple[str, ...] = ()
    high_resolution: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether its contours could not be read, so that it is not known rather than empty."""
        return not self.contours_mm and any(text.startswith(UNREAD) for text in self.left_out)

    @property
    def is_body(self) -> bool:
        """Whether it is a contoured body outline, type EXTERNAL (3006,00A4)."""
        return self.dicom_type.upper() == "EXTERNAL" and bool(self.contours_mm)

    def __post_init__(self) -> None:
        for contour in self.contours_mm:
            if contour.ndim != 2 or contour.shape[1] != 3:
                raise ValueError(f"a contour must be (n, 3) points in mm, got shape {contour.shape}")
            if not (np.abs(contour) <= FARTHEST_MM).all():  # so written that NaN fails
                raise ValueError(f"contour points must lie within {FARTHEST_MM:g} mm of the origin, got others")
