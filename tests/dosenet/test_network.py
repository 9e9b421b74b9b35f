from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from dosenet.network import build_network, logit, nearby_maximum
from dosenet.preset import NetworkConfig, load_preset

OWN = [-1.875, -0.625, 0.625, 1.875]
SMALL = {
    "ddn": NetworkConfig(kind="ddn", channels=8, blocks=1, growth=8, mid_channels=8, tail_channels=4),
    "ddn-lite": NetworkConfig(
        kind="ddn-lite", channels=16, blocks=2, head_kernel=3, coarse_offsets_mm=(-5, 0, 5), ct_offsets_mm=(-5, 0, 5)
    ),
    "four planes": NetworkConfig(
        kind="ddn-lite",
        channels=16,
        blocks=2,
        head_kernel=3,
        shares=True,
        empty_below=1e-4,
        fine_planes=4,
        coarse_offsets_mm=(-5, 0, 5),
        ct_far=1,
        ct_offsets_mm=(-5.625, -3.125, -1.875, -0.625, 0.625, 1.875, 3.125, 5.625),
    ),
    "beam": NetworkConfig(
        kind="ddn-lite",
        channels=16,
        blocks=2,
        head_kernel=3,
        fine_planes=4,
        beam=True,
        coarse_offsets_mm=(-5, 0, 5),
        ct_offsets_mm=(-1.875, -0.625, 0.625, 1.875),
    ),
}


def inputs(config: NetworkConfig, height: int = 6, width: int = 9) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    coarse = torch.rand(2, len(config.coarse_offsets_mm), height, width, generator=generator)
    ct = torch.rand(2, len(config.ct_offsets_mm), 4 * height, 4 * width, generator=generator)
    return coarse, ct


def test_ddn_has_the_published_size_and_cost() -> None:
    # Published arithmetic: 12 dense blocks of 15 x 64 -> 64 convolutions and so on, 8.018 M parameters, 103.4 GFLOP.
    with torch.device("meta"):
        network = build_network(load_preset("ddn").network)
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            dose = network(torch.empty(1, 1, 64, 64), torch.empty(1, 1, 256, 256))
    assert dose.shape == (1, 1, 256, 256)
    assert sum(p.numel() for p in network.parameters()) == 8_017_681
    assert counter.get_total_flops() / 1e9 == pytest.approx(103.4, abs=0.1)


def test_the_light_network_costs_a_few_gflop_a_fine_plane_only() -> None:
    with torch.device("meta"):
        config = load_preset("ddn-lite").network
        network = build_network(config)
        counter = FlopCounterMode(display=False)
        coarse = torch.empty(1, len(config.coarse_offsets_mm), 64, 64)
        with counter, torch.no_grad():
            dose = network(coarse, torch.empty(1, len(config.ct_offsets_mm), 256, 256))
    assert dose.shape == (1, config.fine_planes, 256, 256)
    assert 1.25 < counter.get_total_flops() / 1e9 / config.fine_planes < 3
    assert sum(p.numel() for p in network.parameters()) < 1.5e6


@pytest.mark.parametrize("kind", SMALL)
def test_an_untrained_network_is_linear_up_sampling(kind: str) -> None:
    config = SMALL[kind]
    coarse, ct = inputs(config)
    dose = build_network(config)(coarse, ct).detach().numpy()
    assert dose.shape == (2, config.fine_planes, 24, 36)
    z = len(config.coarse_offsets_mm) // 2 + np.array(config.own_offsets_mm) / 5.0
    y, x = (np.arange(24) + 0.5) / 4 - 0.5, (np.arange(36) + 0.5) / 4 - 0.5
    places = np.meshgrid(z, y, x, indexing="ij")
    for planes, given in zip(dose, coarse.numpy(), strict=True):
        np.testing.assert_allclose(planes, map_coordinates(given, places, order=1, mode="nearest"), atol=1e-6)


@pytest.mark.parametrize("kind", SMALL)
def test_dose_is_cut_off_at_zero_in_use_but_not_in_training(kind: str) -> None:
    config = SMALL[kind]
    network = build_network(config)
    torch.nn.init.constant_(network.get_parameter("last.bias"), -10.0)
    coarse, ct = inputs(config)
    assert network.train()(coarse, ct).max() < 0
    assert network.eval()(coarse, ct).abs().max() == 0


@pytest.mark.parametrize("kind", SMALL)
def test_every_parameter_learns(kind: str) -> None:
    config = SMALL[kind]
    network = build_network(config)
    torch.nn.init.normal_(network.last.weight)
    coarse, ct = inputs(config)
    network(coarse, ct).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())


def test_the_ct_reaches_the_dose_at_full_resolution() -> None:
    # Swapping two fine CT pixels inside one coarse voxel must matter: nothing is averaged away on the way in.
    for config in SMALL.values():
        network = build_network(config).eval()
        torch.nn.init.normal_(network.last.weight)
        coarse, ct = inputs(config)
        swapped = ct.clone()
        swapped[..., 8, 8], swapped[..., 8, 9] = ct[..., 8, 9], ct[..., 8, 8]
        assert (network(coarse, ct) - network(coarse, swapped)).abs().max() > 1e-5


def test_the_scale_of_a_correction_follows_the_dose_of_its_own_plane() -> None:
    planes = 0.1 + torch.rand(1, 3, 5, 7, generator=torch.Generator().manual_seed(2))
    largest = nearby_maximum(planes)
    assert largest[0, 1, 2, 3] == planes[0, 1, 1:4, 2:5].max()
    torch.testing.assert_close(planes / largest, 0.4 * planes / nearby_maximum(0.4 * planes))
    assert (nearby_maximum(0 * planes) > 0).all()


def test_a_logistic_penumbra_becomes_a_straight_line() -> None:
    place = torch.linspace(-4, 4, 9)
    steps = logit(1.01 * torch.sigmoid(place)).diff()
    torch.testing.assert_close(steps, torch.full((8,), 0.25))
    ends = logit(torch.tensor([0.0, 1.0]))
    assert ends.isfinite().all()


def test_the_ct_far_above_and_below_matters_by_its_mean_over_a_coarse_voxel() -> None:
    config = SMALL["four planes"]
    network = build_network(config).eval()
    torch.nn.init.normal_(network.last.weight)
    coarse, ct = inputs(config)
    swapped, other = ct.clone(), ct.clone()
    swapped[:, 0, 8, 8], swapped[:, 0, 8, 9] = ct[:, 0, 8, 9], ct[:, 0, 8, 8]
    other[:, -1, 8, 8] += 1.0
    torch.testing.assert_close(network(coarse, swapped), network(coarse, ct), atol=1e-5, rtol=0)
    assert (network(coarse, other) - network(coarse, ct)).abs().max() > 1e-4


@pytest.mark.parametrize("kind", SMALL)
def test_the_outline_decides_where_there_is_dose_and_the_ct_only_where_it_is_not_known(kind: str) -> None:
    config = SMALL[kind]
    network = build_network(config).eval()
    torch.nn.init.normal_(network.last.weight, std=0.1)
    coarse, ct = inputs(config)
    contour = torch.ones(2, config.fine_planes, 24, 36)
    contour[..., :8] = 0.0
    contour[..., 20:] = -1.0
    with torch.no_grad():
        free, bound = network(coarse, ct), network(coarse, ct, None, contour)
        silent = network(coarse, ct, None, torch.full_like(contour, -1.0))
    assert not bound[..., :7].any()
    assert bound[..., 7:].max() > 0
    torch.testing.assert_close(silent, free)


def test_the_energy_matters_and_nothing_stands_for_not_told() -> None:
    config = replace(SMALL["beam"], energy=True)
    network = build_network(config).eval()
    torch.nn.init.normal_(network.last.weight)
    coarse, ct = inputs(config)
    nothing = torch.zeros(2, 8, *coarse.shape[2:])
    torch.testing.assert_close(network(coarse, ct), network(coarse, ct, nothing))
    for channel in (6, 7):
        told = nothing.clone()
        told[:, channel] = 1.0
        assert (network(coarse, ct, told) - network(coarse, ct)).abs().max() > 1e-4


def test_without_a_source_the_beam_is_nothing_and_with_one_it_matters() -> None:
    config = SMALL["beam"]
    network = build_network(config).eval()
    torch.nn.init.normal_(network.last.weight)
    coarse, ct = inputs(config)
    nothing = torch.zeros(2, 6, *coarse.shape[2:])
    torch.testing.assert_close(network(coarse, ct), network(coarse, ct, nothing))
    for channel in range(6):
        told = nothing.clone()
        told[:, channel] = 1.0
        assert (network(coarse, ct, told) - network(coarse, ct)).abs().max() > 1e-4
