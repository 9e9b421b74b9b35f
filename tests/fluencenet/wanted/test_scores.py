from __future__ import annotations

import numpy as np
import pytest

from fluencenet.scene import LABELS
from fluencenet.wanted.scores import dose_scores, histogram_points


def volumes(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(LABELS), (20, 20, 20)).astype(np.uint8)
    return labels, rng.uniform(0, 50, labels.shape).astype(np.float32)


def test_points_are_those_of_sorted_doses() -> None:
    labels, dose = volumes()
    found = histogram_points(dose, labels, voxel_mm3=10.0)
    rectum = np.sort(dose[labels == LABELS.index("Rectum")])
    assert found["Rectum D0.1cc"] == rectum[-10], "the tenth hottest of ten mm3"
    assert found["Rectum Dmean"] == pytest.approx(rectum.mean(), rel=1e-6)
    target = dose[labels == LABELS.index("PTV")]
    assert (target >= found["PTV D95%"]).mean() == pytest.approx(0.95, abs=2 / target.size)
    assert found["PTV D99%"] < found["PTV D95%"] < found["PTV D1%"]


def test_scores_of_a_shift_are_the_shift() -> None:
    labels, dose = volumes()
    same = dose_scores(dose, dose, labels, 15.6)
    assert (same.dose_gy, same.dvh_gy) == (0.0, 0.0)
    shifted = dose_scores(dose + np.float32(1.5), dose, labels, 15.6)
    assert shifted.dose_gy == pytest.approx(1.5, rel=1e-5)
    assert shifted.dvh_gy == pytest.approx(1.5, rel=1e-5)
    assert set(shifted.points_gy) == set(same.points_gy)
    assert len(same.points_gy) == 3 + 2 * 6


def test_outside_the_body_and_what_is_not_drawn_do_not_count() -> None:
    labels, dose = volumes()
    labels[labels == LABELS.index("PenileBulb")] = 0
    other = np.where(labels == 0, np.float32(99), dose)
    scores = dose_scores(other, dose, labels, 15.6)
    assert scores.dose_gy == scores.dvh_gy == 0.0
    assert not any("PenileBulb" in point for point in scores.points_gy)
