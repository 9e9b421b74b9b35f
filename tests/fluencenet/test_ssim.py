import pytest
import torch
from torchmetrics.functional.image import structural_similarity_index_measure

from fluencenet.ssim import structural_similarity


@pytest.mark.parametrize("span", [0.7, 2.0])
def test_it_is_the_other_library_s(span: float) -> None:
    generator = torch.Generator().manual_seed(0)
    one = torch.rand((3, 1, 40, 33), generator=generator, dtype=torch.float64) * span
    other = one + 0.1 * torch.rand((3, 1, 40, 33), generator=generator, dtype=torch.float64)
    expected = [
        float(torch.as_tensor(structural_similarity_index_measure(a[None], b[None], data_range=span)))
        for a, b in zip(one, other, strict=True)
    ]
    assert structural_similarity(one, other, span).tolist() == pytest.approx(expected, abs=1e-9)


def test_equal_maps_are_alike_and_each_map_has_its_own_range() -> None:
    maps = torch.rand((2, 1, 20, 20), generator=torch.Generator().manual_seed(1))
    assert structural_similarity(maps, maps, 1.0).tolist() == pytest.approx([1.0, 1.0])
    other = maps + 0.2
    both = structural_similarity(maps, other, torch.tensor([1.0, 5.0]))
    alone = [float(structural_similarity(maps[k : k + 1], other[k : k + 1], r)) for k, r in ((0, 1.0), (1, 5.0))]
    assert both.tolist() == pytest.approx(alone)
