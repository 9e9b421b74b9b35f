import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from dosenet.lattice import CoarseDose, CtGrid, Lattice, coarse_lattice, fine_lattice, padded, resample


def itk_resample(image: CtGrid, target: Lattice) -> NDArray[np.float32]:
    source = sitk.GetImageFromArray(image.values)
    source.SetSpacing(image.spacing_mm)
    source.SetOrigin(image.origin_mm)
    grid = sitk.Image(*target.size, sitk.sitkFloat32)
    grid.SetSpacing(target.spacing_mm)
    grid.SetOrigin(target.origin_mm)
    result: NDArray[np.float32] = sitk.GetArrayFromImage(
        sitk.Resample(source, grid, sitk.Transform(), sitk.sitkLinear, -1000.0)
    )
    return result


def test_resampling_agrees_with_simpleitk() -> None:
    rng = np.random.default_rng(1)
    ct = CtGrid(rng.uniform(-1000, 1000, (7, 9, 8)).astype(np.float32), (1.1, 0.9, 2.5), (-3.0, 2.0, 7.0))
    target = Lattice((12, 14, 20), (1.25, 1.25, 1.25), (-6.1, -1.0, 5.0))
    np.testing.assert_allclose(resample(ct, target, outside=-1000.0), itk_resample(ct, target), atol=2e-3)


def test_fine_voxels_tile_coarse_voxels() -> None:
    coarse = Lattice((3, 4, 5), (5.0, 5.0, 5.0), (10.0, 20.0, 30.0))
    fine = fine_lattice(coarse)
    assert fine.size == (12, 16, 20)
    for axis in range(3):  # the mean of four fine centres is the coarse centre
        np.testing.assert_allclose(fine.centres_mm(axis).reshape(-1, 4).mean(1), coarse.centres_mm(axis))


@pytest.mark.parametrize("spacing", [2.5, 3.0, 4.0])
def test_another_spacing_gets_a_five_millimetre_lattice_covering_every_voxel(spacing: float) -> None:
    given = Lattice((31, 20, 11), (spacing,) * 3, (1.0, -2.0, 3.0))
    found = coarse_lattice(given)
    assert found.spacing_mm == (5.0, 5.0, 5.0)
    for axis in range(3):
        low, high = found.centres_mm(axis)[[0, -1]] + [-2.5, 2.5]
        first, last = given.centres_mm(axis)[[0, -1]] + np.array([-0.5, 0.5]) * spacing
        assert low <= first + 1e-6
        assert high >= last - 1e-6
        assert high - low < last - first + 5.0


def test_five_millimetres_are_left_where_they_are() -> None:
    given = Lattice((3, 4, 5), (5.0, 5.0, 5.0), (1.0, 2.0, 3.0))
    assert coarse_lattice(given) == given
    assert padded(given, 2) == Lattice((7, 8, 5), (5.0, 5.0, 5.0), (-9.0, -8.0, 3.0))


@pytest.mark.parametrize(
    ("values", "spacing", "message"),
    [
        (np.zeros((2, 2)), 5.0, "volume"),
        (np.zeros((2, 2, 2)), 0.0, "spacing"),
        (np.full((2, 2, 2), np.nan), 5.0, "finite"),
        (np.full((2, 2, 2), -1.0), 5.0, "at least 0 Gy"),
    ],
)
def test_unusable_doses_are_refused(values: NDArray[np.float64], spacing: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CoarseDose(values.astype(np.float32), (spacing,) * 3, (0.0, 0.0, 0.0))
