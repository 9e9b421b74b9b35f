"""The eight patient positions, and how each lies on the couch."""

from __future__ import annotations

from enum import StrEnum


class PatientPosition(StrEnum):
    """Patient Position (0018,5100): head or feet first; supine, prone, decubitus left or right."""

    HFS = "HFS"
    HFP = "HFP"
    HFDL = "HFDL"
    HFDR = "HFDR"
    FFS = "FFS"
    FFP = "FFP"
    FFDL = "FFDL"
    FFDR = "FFDR"


SUPPORT_TO_PATIENT: dict[PatientPosition, tuple[tuple[int, int, int], ...]] = {
    PatientPosition.HFS: ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    PatientPosition.HFP: ((-1, 0, 0), (0, 0, 1), (0, 1, 0)),
    PatientPosition.FFS: ((-1, 0, 0), (0, 0, -1), (0, -1, 0)),
    PatientPosition.FFP: ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    PatientPosition.HFDL: ((0, 0, -1), (-1, 0, 0), (0, 1, 0)),
    PatientPosition.HFDR: ((0, 0, 1), (1, 0, 0), (0, 1, 0)),
    PatientPosition.FFDL: ((0, 0, -1), (1, 0, 0), (0, -1, 0)),
    PatientPosition.FFDR: ((0, 0, 1), (-1, 0, 0), (0, -1, 0)),
}
"""Rows: patient L, P, S written in the patient-support system of IEC 61217 (x right, seen facing the gantry; y to the
gantry; z up). Columns: the axes of that system in LPS."""
