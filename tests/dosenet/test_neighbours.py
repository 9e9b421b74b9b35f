import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from dosenet.neighbours import largest_nearby


@pytest.mark.parametrize("shape", [(2, 3, 7, 9), (1, 1, 1, 5), (1, 2, 4, 1)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_it_is_max_pooling_of_width_three(shape: tuple[int, ...], layout: torch.memory_format) -> None:
    torch.manual_seed(0)
    planes = torch.randn(shape).contiguous(memory_format=layout)
    before = planes.clone()
    assert torch.equal(largest_nearby(planes), F.max_pool2d(planes, 3, stride=1, padding=1))
    assert torch.equal(planes, before)
    assert torch.equal(largest_nearby(planes > 1), F.max_pool2d((planes > 1).float(), 3, stride=1, padding=1) > 0)
