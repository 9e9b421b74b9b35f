import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dosenet.lattice import CtGrid, Lattice, resample
from dosenet.rays import Densities, along_beam, half_lattice

LATTICE = Lattice((30, 24, 10), (5.0, 5.0, 5.0), (-70.0, -55.0, 12.0))
SHAPE = LATTICE.size[::-1]
ALL = np.arange(SHAPE[0])
SKIN_MM = LATTICE.origin_mm[1] - 2.5 + 6 * 5.0
"""Upper face of voxel row 6: air above, body from there on."""


def upright(hu_below_skin: float = 0.0) -> NDArray[np.float32]:
    hu = np.full(tuple(2 * n for n in SHAPE), -1000.0, dtype=np.float32)
    hu[:, 12:] = hu_below_skin
    return hu


def body() -> NDArray[np.float32]:
    dose = np.zeros(SHAPE, dtype=np.float32)
    dose[:, 6:] = 1.0
    return dose


def points() -> NDArray[np.float64]:
    x, y, z = (LATTICE.centres_mm(axis) for axis in range(3))
    return np.stack(np.broadcast_arrays(x, y[:, None], z[:, None, None]), -1)


@pytest.mark.parametrize("source", [(0.0, -1000.0, 30.0), (300.0, -900.0, -250.0)], ids=["above", "oblique"])
@pytest.mark.parametrize(("hu", "density"), [(0.0, 1.0), (-700.0, 0.3)], ids=["water", "lung"])
def test_depth_is_density_times_the_path_behind_the_skin(
    source: tuple[float, float, float], hu: float, density: float
) -> None:
    found = (
        along_beam(Densities.within_dose(upright(hu), body(), LATTICE), source, LATTICE, ALL)[:, 0].double().numpy()
        * 200
    )
    away = points() - source
    share = (points()[..., 1] - SKIN_MM) / away[..., 1]  # of the ray, behind the plane of the skin
    expected = density * np.clip(share, 0, 1) * np.linalg.norm(away, axis=-1)
    entry = points() - share[..., None] * away
    low, high = (np.array([LATTICE.centres_mm(a)[i] for a in (0, 2)]) for i in (0, -1))
    enters = ((entry[..., (0, 2)] > low) & (entry[..., (0, 2)] < high)).all(-1)  # others come in through a side
    deep = enters & (points()[..., 1] > SKIN_MM)
    assert deep.sum() > 1000
    difference = (found - expected)[deep]
    assert np.abs(difference).max() < 2.6 * density  # half a step
    assert abs(difference.mean()) < 0.3 * density


def test_means_are_of_the_tissue_before_and_behind() -> None:
    # From above: rows 10 to 13 of the coarse lattice, 20 mm, are lung between water.
    hu = upright()
    hu[:, 20:28] = -700.0
    channels = along_beam(Densities.within_dose(hu, body(), LATTICE), (0.0, -1e6, 30.0), LATTICE, ALL)
    _, short, long, behind, distance, known = channels[5, :, :, 14].numpy()
    assert short[[9, 12, 18]] == pytest.approx([1.0, 0.3, 1.0], abs=0.02)
    assert behind[[7, 11, 14]] == pytest.approx([1.0, 0.3, 1.0], abs=0.02)
    assert long[[15, 20]] == pytest.approx([(10 + 20 * 0.3) / 30, 1.0], abs=0.03)
    assert distance[0] == pytest.approx((1e6 - 55 - 1000) / 200, rel=1e-6)
    assert np.all(known == 1)


def test_what_the_dose_was_not_calculated_on_does_not_count() -> None:
    couch = upright()
    couch[:, :4] = 500.0
    source = (0.0, -1000.0, 30.0)
    bare, covered = (
        along_beam(Densities.within_dose(hu, body(), LATTICE), source, LATTICE, ALL) for hu in (upright(), couch)
    )
    torch.testing.assert_close(covered, bare)


def test_mirrored_patient_and_beam_give_mirrored_channels() -> None:
    hu = np.random.default_rng(1).uniform(-900, 300, tuple(2 * n for n in SHAPE)).astype(np.float32)
    everywhere = np.ones(SHAPE, dtype=np.float32)
    middle = [float(LATTICE.centres_mm(axis).mean()) for axis in range(3)]
    source = (middle[0] + 400.0, middle[1] - 850.0, middle[2] + 120.0)
    mirrored = (middle[0] - 400.0, source[1], source[2])
    plain = along_beam(Densities.within_dose(hu, everywhere, LATTICE), source, LATTICE, ALL)
    other = along_beam(Densities.within_dose(hu[:, :, ::-1].copy(), everywhere, LATTICE), mirrored, LATTICE, ALL)
    torch.testing.assert_close(other, plain.flip(3), atol=2e-4, rtol=1e-4)


def test_half_the_lattice_tiles_it() -> None:
    # A ramp's mean over 2x2x2 voxels is its value in the middle.
    half = half_lattice(LATTICE)
    ramp = CtGrid(
        np.arange(8 * np.prod(SHAPE), dtype=np.float32).reshape(half.size[::-1]), half.spacing_mm, half.origin_mm
    )
    blocks = ramp.values.reshape(SHAPE[0], 2, SHAPE[1], 2, SHAPE[2], 2).mean((1, 3, 5))
    np.testing.assert_allclose(resample(ramp, LATTICE), blocks, rtol=1e-5)
