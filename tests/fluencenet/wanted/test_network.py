from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from fluencenet.wanted.network import BODY, Planes, WantedDose, _on_planes
from fluencenet.wanted.plan_input import CHANNELS, FINE_CHANNELS
from fluencenet.wanted.preset import NetworkConfig

CONFIG = NetworkConfig(channels=4, levels=2, features=4, hidden=8)
SIZE = (8, 12, 16)


def planes(numbers: list[int], seed: int = 0) -> Planes:
    drawn = torch.rand(1, len(FINE_CHANNELS), 2 * SIZE[0], 2 * SIZE[1], 2 * SIZE[2], generator=generator(seed))
    drawn[:, BODY] = (drawn[:, BODY] > 0.3).float()
    return Planes(torch.tensor(numbers), drawn[:, :, numbers])


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def wide(seed: int = 1) -> torch.Tensor:
    return torch.rand(1, len(CHANNELS), *SIZE, generator=generator(seed))


def test_planes_are_those_of_torchs_trilinear_interpolation() -> None:
    values = wide()
    whole = F.interpolate(values, scale_factor=2, mode="trilinear", align_corners=False)
    numbers = [0, 1, 7, 8, 15]
    torch.testing.assert_close(_on_planes(values, planes(numbers)), whole[:, :, numbers])


def test_an_untrained_network_answers_with_open_fields_in_the_body() -> None:
    torch.manual_seed(0)
    network = WantedDose(CONFIG).eval()
    given, numbers = wide(), list(range(2 * SIZE[0]))
    asked = planes(numbers)
    opened = F.interpolate(given[:, :1], scale_factor=2, mode="trilinear", align_corners=False)
    torch.testing.assert_close(network(given, asked), opened * asked.fine[:, BODY : BODY + 1])


def test_planes_do_not_depend_on_which_others_are_asked_for() -> None:
    torch.manual_seed(0)
    network = WantedDose(CONFIG).eval()
    torch.nn.init.normal_(network.last.weight)
    given = wide()
    with torch.no_grad():
        whole = network(given, planes(list(range(16))))
        torch.testing.assert_close(network(given, planes([3, 11])), whole[:, :, [3, 11]])
    assert (whole >= 0).all()
