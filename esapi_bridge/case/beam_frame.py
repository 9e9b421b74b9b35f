"""Source and axes of a beam: IEC 61217 angles converted to patient (LPS) vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.beam import Beam
from esapi_bridge.case.position import SUPPORT_TO_PATIENT, PatientPosition


@dataclass(frozen=True)
class BeamFrame:
    """A beam's source and axes in LPS.

    Parameters
    ----------
    source_mm
        Position of the radiation source, mm.
    isocentre_mm
        Isocentre, mm.
    sad_mm
        Source-axis distance, mm.
    axes
        ``(3, 3)``: rows are unit vectors of collimator +X, collimator +Y and the direction from source to isocentre.
    gantry_x
        Unit vector of the gantry's +X: across the beam, whatever the collimator's angle.
    """

    source_mm: NDArray[np.float64]
    isocentre_mm: NDArray[np.float64]
    sad_mm: float
    axes: NDArray[np.float64]
    gantry_x: NDArray[np.float64]

    def project(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Follow the ray through each LPS point ``(..., 3)`` to the isocentre plane.

        Returns
        -------
        NDArray[np.float64]
            ``(..., 2)``: collimator X and Y, mm. The points must lie on the patient's side of the source.
        """
        seen = (points_mm - self.source_mm) @ self.axes.T
        return np.asarray(seen[..., :2] * (self.sad_mm / seen[..., 2:]))


def beam_frame(beam: Beam, patient_position: PatientPosition) -> BeamFrame:
    """Place a beam at its first control point (IEC 61217: fixed, gantry, beam-limiting-device, support systems).

    Parameters
    ----------
    beam
        The beam; angles of its first control point are used.
    patient_position
        DICOM patient position.
    """
    point = beam.control_points[0]
    gantry, collimator, couch = np.radians([point.gantry_deg, point.collimator_deg, point.couch_deg])
    gantry_x = np.array([np.cos(gantry), 0.0, -np.sin(gantry)])
    gantry_y = np.array([0.0, 1.0, 0.0])
    to_source = np.array([np.sin(gantry), 0.0, np.cos(gantry)])
    device_x = np.cos(collimator) * gantry_x + np.sin(collimator) * gantry_y
    device_y = -np.sin(collimator) * gantry_x + np.cos(collimator) * gantry_y
    # The support turns with the couch, so a direction fixed in the room turns the other way in it.
    fixed_to_support = np.array(
        [[np.cos(couch), np.sin(couch), 0.0], [-np.sin(couch), np.cos(couch), 0.0], [0.0, 0.0, 1.0]]
    )
    to_patient = np.asarray(SUPPORT_TO_PATIENT[patient_position], dtype=np.float64) @ fixed_to_support
    axes = np.stack([to_patient @ device_x, to_patient @ device_y, -(to_patient @ to_source)])
    isocentre = np.asarray(beam.isocentre_mm, dtype=np.float64)
    return BeamFrame(
        source_mm=isocentre - beam.sad_mm * axes[2],
        isocentre_mm=isocentre,
        sad_mm=beam.sad_mm,
        axes=axes,
        gantry_x=to_patient @ gantry_x,
    )
