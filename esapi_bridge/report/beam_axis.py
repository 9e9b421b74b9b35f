"""Where a beam comes from, in patient coordinates (IEC 61217 gantry and couch, DICOM patient position)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam
from esapi_bridge.case.orientation import axes_of_position


def beam_directions(beam: Beam, patient_position: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the LPS unit vectors from the isocentre to the source and across the beam (the gantry's X axis).

    Geometry of the first control point.

    Raises
    ------
    BridgeError
        For an unknown patient position.
    """
    point = beam.control_points[0]
    gantry, couch = np.deg2rad(point.gantry_deg), np.deg2rad(point.couch_deg)
    # The gantry turns about fixed Y, from above (0) to the right (90); the couch about Z, counter-clockwise from above.
    to_source = np.array([np.sin(gantry), 0.0, np.cos(gantry)])
    across = np.array([np.cos(gantry), 0.0, -np.sin(gantry)])
    to_support = np.array([[np.cos(couch), np.sin(couch), 0], [-np.sin(couch), np.cos(couch), 0], [0, 0, 1]])
    to_lps = _support_axes(patient_position) @ to_support
    return to_lps @ to_source, to_lps @ across


def _support_axes(patient_position: str) -> NDArray[np.float64]:
    """IEC 61217 patient-support axes (X right, facing the gantry; Y to the gantry; Z up) as columns of L, P, S."""
    axes = axes_of_position(patient_position)
    right, up = axes[:, 0], -axes[:, 1]
    return np.stack([right, np.cross(up, right), up], axis=1)
