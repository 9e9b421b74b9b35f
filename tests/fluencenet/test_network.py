import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from fluencenet.network import DualFrameUNet, Views, build_network
from fluencenet.preset import NetworkConfig, load_preset


def views(side: int, batch: int = 1, seed: int = 0) -> Views:
    generator = torch.Generator().manual_seed(seed)
    return Views(
        torch.randint(0, 11, (batch, 64, side, side), generator=generator).to(torch.uint8),
        torch.rand((batch, 64, side, side), generator=generator),
        torch.rand((batch, 1, side, side), generator=generator),
    )


def test_the_paper_s_network_has_the_size_it_should_have() -> None:
    with torch.device("meta"):
        network = DualFrameUNet(load_preset("dual-frame").network)
        assert sum(p.numel() for p in network.parameters()) == pytest.approx(24.9e6, rel=2e-3)
        for side, gflop in ((128, 24.6), (160, 38.5)):
            shape = (1, 64, side, side)
            given = Views(torch.zeros(shape, dtype=torch.uint8), torch.zeros(shape), torch.zeros(1, 1, side, side))
            with FlopCounterMode(display=False) as counter:
                network(given)
            assert counter.get_total_flops() / 1e9 == pytest.approx(gflop, rel=3e-3)


def test_the_central_dose_plane_is_added_to_the_output() -> None:
    config = NetworkConfig("dual-frame", channels=4, levels=2, map_px=32, residual_factor=0.3)
    network = build_network(config).eval()
    torch.nn.init.zeros_(network.out.weight)  # type: ignore[union-attr,arg-type]
    torch.nn.init.zeros_(network.out.bias)  # type: ignore[union-attr,arg-type]
    given = views(32)
    torch.testing.assert_close(network(given), 0.3 * given.dose[:, 32:33])


def test_what_goes_up_is_half_the_difference_to_the_pooled_skip() -> None:
    network = build_network(NetworkConfig("dual-frame", channels=4, levels=1, map_px=16)).eval()
    assert isinstance(network, DualFrameUNet)
    network.bottom = torch.nn.Identity()  # type: ignore[assignment]
    seen: list[torch.Tensor] = []
    network.up[0].register_forward_hook(lambda module, given, found: seen.append(given[0]))
    network(views(16))
    assert not seen[0].any()  # deeper features equal to the pooled skip: nothing is left to go up
    network.bottom = torch.nn.Hardtanh(-1e-9, 1e-9)  # type: ignore[assignment]
    pooled: list[torch.Tensor] = []
    network.down[0].register_forward_hook(lambda module, given, found: pooled.append(found))
    network(views(16))
    torch.testing.assert_close(seen[1], -0.5 * pooled[0], atol=1e-6, rtol=1e-5)


def test_an_untrained_lite_network_is_the_estimate() -> None:
    network = build_network(load_preset("dual-frame-lite").network)
    given = views(32, batch=2)
    torch.testing.assert_close(network(given), given.estimate)


def test_any_size_goes_through_the_lite_network_and_negative_fluence_is_cut_off_in_evaluation_only() -> None:
    torch.manual_seed(3)
    network = build_network(NetworkConfig("dual-frame-lite", channels=8, levels=2, map_px=32))
    torch.nn.init.normal_(network.last.weight, std=10.0)
    given = Views(*(t[..., :24, :] for t in views(40)))
    assert network(given).shape == (1, 1, 24, 40)
    assert network(given).min() < 0
    assert network.eval()(given).min() == 0
