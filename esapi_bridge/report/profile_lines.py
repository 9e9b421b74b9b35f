"""Straight lines that profiles of dose follow: along and across a standing beam, or through the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, PatientPosition, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.resample import sample
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.report.plane import Point

SKIN_HU = -400.0
STEP_MM, REACH_MM = 0.5, 300.0
BESIDE_MM = 5.0
"""Air shown on either side of the body."""


@dataclass(frozen=True)
class ProfileLine:
    """A line.

    Parameters
    ----------
    title, label
        Of its panel, and of its axis without unit.
    points_mm, at_mm
        Its points ``(n, 3)``, LPS, and what the axis says there, mm.
    shown_mm
        From where to where it is shown.
    isocentre_at_mm
        Where the isocentre stands on the axis.
    with_ct
        Whether the CT is shown behind.
    """

    title: str
    label: str
    points_mm: NDArray[np.float64]
    at_mm: NDArray[np.float64]
    shown_mm: tuple[float, float]
    isocentre_at_mm: float
    with_ct: bool = True


def beam_lines(ct: Volume, beam: Beam, position: PatientPosition) -> tuple[ProfileLine, ProfileLine]:
    """The central axis of a standing beam from the skin on, and across it at the isocentre along the gantry's X."""
    frame = beam_frame(beam, position)
    along = _along()
    axis = frame.isocentre_mm + along[:, None] * frame.axes[2]
    skin, end = _body(ct, axis, along)
    jaws = beam.widest_jaws
    half = max(abs(jaws.x1_mm), abs(jaws.x2_mm)) + 40.0
    return (
        ProfileLine(
            "Depth dose", "depth along the central axis", axis, along - skin,
            (-BESIDE_MM, end - skin + BESIDE_MM), -skin,
        ),
        ProfileLine(
            "Lateral profile at the isocentre", "distance from the central axis, gantry X direction",
            frame.isocentre_mm + along[:, None] * frame.gantry_x, along, (-half, half), 0.0, with_ct=False,
        ),
    )  # fmt: skip


def patient_lines(ct: Volume, centre_mm: Point, isocentre_mm: Point) -> tuple[ProfileLine, ProfileLine]:
    """Front to back and right to left through a point: arcs have no central axis."""
    lines = []
    for title, label, axis in (("Front to back", "y (posterior)", 1), ("Right to left", "x (left)", 0)):
        along = _along()
        points = np.asarray(centre_mm) + along[:, None] * np.eye(3)[axis]
        begin, end = _body(ct, points, along)
        at = along + centre_mm[axis]
        shown = (centre_mm[axis] + begin - BESIDE_MM, centre_mm[axis] + end + BESIDE_MM)
        lines.append(ProfileLine(title, label, points, at, shown, isocentre_mm[axis]))
    return lines[0], lines[1]


def _along() -> NDArray[np.float64]:
    return np.arange(-REACH_MM, REACH_MM + STEP_MM, STEP_MM)


def _body(ct: Volume, points_mm: NDArray[np.float64], along_mm: NDArray[np.float64]) -> tuple[float, float]:
    """Where a line enters and leaves the body."""
    tissue = np.flatnonzero(sample(ct, points_mm, outside=AIR_HU) > SKIN_HU)
    if not tissue.size:
        return 0.0, REACH_MM
    return float(along_mm[tissue[0]]), float(along_mm[tissue[-1]])
