"""Sample points: where they lie, and how much tissue they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.planning.imrt.sample_points import sample_points
from tests.planning.imrt.tiny import tiny_patient

PATIENT = tiny_patient()
FOUND = sample_points(PATIENT.masks, PATIENT.ct.grid)


def test_points_belong_to_what_they_lie_in() -> None:
    points, centre = FOUND.points_mm, np.array([0.0, 0.0, 0.0])
    radius = np.linalg.norm(points[FOUND.members["PTV"]] - centre, axis=1)
    assert radius.max() < 20.0
    others = np.setdiff1d(np.arange(len(points)), FOUND.members["PTV"])
    assert np.linalg.norm(points[others] - centre, axis=1).min() >= 20.0
    assert (np.hypot(points[FOUND.members["Rectum"], 0], points[FOUND.members["Rectum"], 1] - 32.0) < 12.0).all()
    assert FOUND.members["BODY"].size == len(points)
    assert len(np.unique(points.round(3), axis=0)) == len(points)


def test_distance_to_the_target_is_right_to_a_cell() -> None:
    outside = FOUND.to_target_mm > 0
    expected = np.linalg.norm(FOUND.points_mm, axis=1) - 20.0
    assert np.abs(FOUND.to_target_mm[outside] - expected[outside]).max() < 8.0
    assert FOUND.to_target_mm[FOUND.members["PTV"]].max() <= 5.0


def test_points_stand_for_the_tissue_around_them() -> None:
    target = FOUND.volume_mm3[FOUND.members["PTV"]].sum()
    assert target == pytest.approx(4 / 3 * np.pi * 20.0**3, rel=0.06)
    near = FOUND.volume_mm3[FOUND.members["Rectum"]].sum()
    assert near == pytest.approx(np.pi * 12.0**2 * 120.0, rel=0.15)  # along the whole cylinder of 120 mm


def test_a_patient_without_target_is_refused() -> None:
    with pytest.raises(ValueError, match="PTV"):
        sample_points({**PATIENT.masks, "PTV": np.zeros_like(PATIENT.target)}, PATIENT.ct.grid)
