"""Integrated depth dose against formulas, straight and oblique."""

from __future__ import annotations

import numpy as np
import pytest

from dosenet.depth_dose import depth_dose_distances
from dosenet.lattice import Lattice, Triple

LATTICE = Lattice((96, 94, 44), (1.25, 1.25, 1.25), (-59.0, -58.0, -27.0))
HALF_MM, SIDE_MM = 45.0, 6.0


def pencil(axis: Triple, fall_per_mm: float, scale: float = 1.0) -> np.ndarray:
    """A soft pencil along an axis through (0, 0, 0), from -45 to 45 mm, that falls exponentially with depth."""
    x, y, z = (LATTICE.centres_mm(k) for k in range(3))
    along = z[:, None, None] * axis[2] + y[:, None] * axis[1] + x * axis[0]
    across = z[:, None, None] ** 2 + y[:, None] ** 2 + x**2 - along**2
    dose = scale * np.exp(-across / (2 * SIDE_MM**2)) * np.exp(-fall_per_mm * (along + HALF_MM))
    return np.where(np.abs(along) < HALF_MM, dose, 0).astype(np.float32)


def unit(gantry_deg: float, couch_deg: float) -> Triple:
    gantry, couch = np.radians([gantry_deg, couch_deg])
    return (-np.sin(gantry) * np.cos(couch), np.cos(gantry), -np.sin(gantry) * np.sin(couch))


AXES = [unit(90, 0), unit(45, 0), unit(31, 0), unit(20, 40)]


@pytest.mark.parametrize("axis", AXES)
def test_a_steeper_fall_is_as_far_as_its_curve(axis: Triple) -> None:
    reference, other = pencil(axis, 0.004), pencil(axis, 0.006, scale=1.03)
    x, y, z = axis
    source, isocentre = (-1000 * x, -1000 * y, -1000 * z), (5 * x, 5 * y, 5 * z)
    found = depth_dose_distances(reference, {"other": other}, LATTICE, source, isocentre)["other"]
    depth = np.linspace(0, 2 * HALF_MM, 2001)
    expected, wrong = np.exp(-0.004 * depth), 1.03 * np.exp(-0.006 * depth)
    # The curves' ends are not sharp: they reach two voxels further, in what a plane takes from its neighbours.
    assert found.rms_percent == pytest.approx(100 * np.sqrt(np.mean((wrong - expected) ** 2)), rel=0.06)
    assert found.area_percent == pytest.approx(100 * np.abs(wrong - expected).sum() / expected.sum(), rel=0.02)


def test_what_is_only_elsewhere_in_the_plane_is_no_distance() -> None:
    random = np.random.default_rng(2)
    reference = random.uniform(0.5, 1, LATTICE.size[::-1]).astype(np.float32)
    found = depth_dose_distances(reference, {"rolled": np.roll(reference, 9, axis=2)}, LATTICE, (0, -900, 0), (0, 0, 0))
    assert found["rolled"].rms_percent == pytest.approx(0, abs=1e-4)
    turned = depth_dose_distances(reference, {"rolled": np.roll(reference, 9, axis=2)}, LATTICE, (900, 0, 0), (0, 0, 0))
    assert turned["rolled"].rms_percent > 0.1


def test_a_dose_that_is_a_share_too_high_is_that_share_of_the_area_away() -> None:
    reference = pencil(AXES[2], 0.004)
    found = depth_dose_distances(
        reference, {"high": np.float32(1.05) * reference}, LATTICE, (500.0, -800.0, 0.0), (0.0, 0.0, 0.0)
    )
    assert found["high"].area_percent == pytest.approx(5, rel=1e-4)


def test_a_reference_without_dose_is_refused() -> None:
    empty = np.zeros(LATTICE.size[::-1], np.float32)
    with pytest.raises(ValueError, match="depth dose"):
        depth_dose_distances(empty, {}, LATTICE, (0, -900, 0), (0, 0, 0))
