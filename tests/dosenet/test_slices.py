import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from dosenet.slices import coarse_index, fine_plane_maxima, interpolate_planes, normalise_ct, selected_planes


def test_ct_numbers_map_to_the_papers_range() -> None:
    hu = np.array([-2000, -1000, 0, 1250, 3500, 5000], dtype=np.int16)
    np.testing.assert_allclose(normalise_ct(hu), [0, 0, 1000 / 4500, 0.5, 1, 1], atol=1e-7)


def test_planes_lie_where_the_tiling_lattices_put_them() -> None:
    # Physical check: coarse centres at 0, 5, 10 ... mm; the fine lattice starts 1.875 mm below, spaced 1.25 mm.
    fine_mm = -1.875 + 1.25 * np.arange(12)
    np.testing.assert_allclose(coarse_index(np.arange(12)), fine_mm / 5.0)
    np.testing.assert_allclose(coarse_index(np.arange(12), offset_mm=2.5), (fine_mm + 2.5) / 5.0)


def test_interpolation_along_z_agrees_with_simpleitk() -> None:
    rng = np.random.default_rng(0)
    coarse: NDArray[np.float32] = rng.random((5, 4, 3)).astype(np.float32)
    image = sitk.GetImageFromArray(coarse)
    image.SetSpacing((5.0, 5.0, 5.0))
    target = sitk.Image(3, 4, 17, sitk.sitkFloat32)
    target.SetSpacing((5.0, 5.0, 1.25))
    resampled = sitk.GetArrayFromImage(sitk.Resample(image, target, sitk.Transform(), sitk.sitkLinear))
    places: NDArray[np.float64] = np.arange(17, dtype=np.float64) * 1.25 / 5.0
    np.testing.assert_allclose(interpolate_planes(coarse, places), np.asarray(resampled), atol=1e-6)


def test_planes_under_a_tenth_of_the_maximum_are_not_selected() -> None:
    coarse = np.zeros((5, 2, 2), dtype=np.float32)
    coarse[:, 0, 0] = [0.0, 5.0, 100.0, 20.0, 0.0]
    profile = np.interp(coarse_index(np.arange(20)), np.arange(5), coarse[:, 0, 0])
    np.testing.assert_allclose(fine_plane_maxima(coarse), profile, rtol=1e-6)
    assert selected_planes(coarse).tolist() == np.flatnonzero(profile >= 10).tolist()
    assert selected_planes(np.zeros_like(coarse)).size == 0
