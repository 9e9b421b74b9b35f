"""Doses on the lattice of the labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fluencenet.on_labels import on_labels
from fluencenet.scene import FluenceCase, Lattice
from tests.fluencenet.wanted.toy import fine_case


@pytest.fixture(scope="module")
def case() -> FluenceCase:
    return fine_case(seed=1)


def test_a_dose_on_the_same_voxels_is_copied(case: FluenceCase) -> None:
    scene = case.scene
    rng = np.random.default_rng(0)
    dose = rng.random((9, 7, 5)).astype(np.float32)
    origin = np.asarray(scene.label_lattice.origin_mm) + 2.5 * np.array([3, 2, 36])
    moved = replace(scene, dose_gy=dose, dose_lattice=Lattice((2.5,) * 3, tuple(origin)))
    found = on_labels(moved)
    inside = min(9, found.shape[0] - 36)
    assert inside == found.shape[0] - 36 < 9, "part of the dose lies beyond the labels"
    np.testing.assert_array_equal(found[36:, 2:9, 3:8], dose[:inside])
    assert np.count_nonzero(found) == inside * 7 * 5


def test_a_dose_on_other_voxels_is_interpolated(case: FluenceCase) -> None:
    """A dose that is linear in space is found exactly, wherever its voxels lie."""
    scene = case.scene
    lattice = scene.dose_lattice
    z, y, x = np.meshgrid(
        *(o + s * np.arange(n) for o, s, n in zip(
            lattice.origin_mm[::-1], lattice.spacing_mm[::-1], scene.dose_gy.shape, strict=True
        )), indexing="ij",
    )  # fmt: skip
    found = on_labels(replace(scene, dose_gy=(500 + 2 * x - y + 0.5 * z).astype(np.float32)))
    fine = scene.label_lattice
    zf, yf, xf = np.meshgrid(
        *(o + 2.5 * np.arange(n) for o, n in zip(fine.origin_mm[::-1], found.shape, strict=True)), indexing="ij"
    )
    inner = (slice(2, -2),) * 3
    np.testing.assert_allclose(found[inner], (500 + 2 * xf - yf + 0.5 * zf)[inner], rtol=1e-5)


def test_turned_lattices_are_refused(case: FluenceCase) -> None:
    turned = replace(case.scene.dose_lattice, direction=np.diag([-1.0, -1.0, 1.0]))
    with pytest.raises(ValueError, match="same axes"):
        on_labels(replace(case.scene, dose_lattice=turned))
