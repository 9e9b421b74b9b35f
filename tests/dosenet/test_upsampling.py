import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates

from dosenet.upsampling import between, upsample


@pytest.mark.parametrize("fine_planes", [1, 4])
def test_up_sampling_is_trilinear_interpolation_at_the_fine_voxels_of_the_middle_plane(fine_planes: int) -> None:
    coarse = torch.rand(1, 5, 6, 9, generator=torch.Generator().manual_seed(1))
    fine = upsample(coarse, fine_planes)[0].numpy()
    # Each coarse voxel is 4x4x4 fine ones, so fine centres lie at -3/8, -1/8, 1/8 and 3/8 of a voxel.
    z = 2 + ((np.arange(4) + 0.5) / 4 - 0.5 if fine_planes == 4 else np.zeros(1))
    places = np.meshgrid(z, (np.arange(24) + 0.5) / 4 - 0.5, (np.arange(36) + 0.5) / 4 - 0.5, indexing="ij")
    np.testing.assert_allclose(fine, map_coordinates(coarse[0].numpy(), places, order=1, mode="nearest"), atol=1e-6)


def test_an_empty_voxel_does_not_pull_the_dose_of_the_next_plane_down() -> None:
    # The body ends between the middle plane and the one above it: below, both hold dose; above, one alone.
    column = torch.tensor([2.0, 1.0, 0.0])[None, :, None, None]
    assert between(column, 4)[0, :, 0, 0].tolist() == pytest.approx([1.375, 1.125, 0.875, 0.625])
    assert between(column, 4, (column > 0).float())[0, :, 0, 0].tolist() == pytest.approx([1.375, 1.125, 1, 1])
    nothing = torch.zeros(1, 3, 1, 1)
    assert between(nothing, 4, nothing).abs().max() == 0
