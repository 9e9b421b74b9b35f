import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from dosenet.network import DdnLite, DeepDoseNet, bends, build_network
from dosenet.preset import NetworkConfig, load_preset, preset_names
from dosenet.skin import body, carried_outwards

SMALL = {
    "ddn": NetworkConfig(kind="ddn", channels=8, blocks=1, growth=8, mid_channels=8, tail_channels=4),
    "ddn-lite": NetworkConfig(
        kind="ddn-lite", channels=16, blocks=2, head_kernel=3, aaa_offsets_mm=(-5, 0, 5), ct_offsets_mm=(-5, 0, 5)
    ),
}


def inputs(config: NetworkConfig, height: int = 6, width: int = 9) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    aaa = torch.rand(2, len(config.aaa_offsets_mm), height, width, generator=generator)
    ct = torch.rand(2, len(config.ct_offsets_mm), 4 * height, 4 * width, generator=generator)
    return aaa, ct


def test_ddn_has_the_published_size_and_cost():
    # Published arithmetic: 12 dense blocks of 15 x 64 -> 64 convolutions and so on, 8.018 M parameters, 103.4 GFLOP.
    with torch.device("meta"):
        network = build_network(load_preset("ddn").network)
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            dose = network(torch.empty(1, 1, 64, 64), torch.empty(1, 1, 256, 256))
    assert dose.shape == (1, 1, 256, 256)
    assert sum(p.numel() for p in network.parameters()) == 8_017_681
    assert counter.get_total_flops() / 1e9 == pytest.approx(103.4, abs=0.1)


def test_lite_costs_a_few_gflop_only():
    with torch.device("meta"):
        config = load_preset("ddn-lite").network
        network = build_network(config)
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            network(torch.empty(1, 13, 64, 64), torch.empty(1, 3, 256, 256))
    assert 3 < counter.get_total_flops() / 1e9 < 6


@pytest.mark.parametrize("kind", SMALL)
def test_an_untrained_network_is_linear_up_sampling(kind: str):
    config = SMALL[kind]
    aaa, ct = inputs(config)
    dose = build_network(config)(aaa, ct).detach().numpy()
    middle = aaa[:, len(config.aaa_offsets_mm) // 2].numpy()
    y, x = np.meshgrid((np.arange(24) + 0.5) / 4 - 0.5, (np.arange(36) + 0.5) / 4 - 0.5, indexing="ij")
    for plane, expected in zip(dose[:, 0], middle, strict=True):
        np.testing.assert_allclose(plane, map_coordinates(expected, [y, x], order=1, mode="nearest"), atol=1e-6)


def test_dose_is_carried_past_the_body_by_the_mean_of_its_neighbours():
    aaa = torch.zeros(1, 1, 5, 7)
    aaa[..., 2:4] = torch.tensor([0.4, 0.8])
    carried = carried_outwards(aaa, voxels=1)[0, 0, 2]
    assert carried.tolist() == pytest.approx([0, 0.4, 0.4, 0.8, 0.8, 0, 0])


def test_dose_may_be_inside_the_coarse_dose_and_along_its_edge_only_in_tissue():
    aaa = torch.zeros(1, 1, 6, 8)
    aaa[..., :4] = 1.0  # the body ends after the fourth coarse column, that is fine column 16
    skin = 14
    hu = torch.full((1, 1, 24, 32), -1000.0)
    hu[..., :skin] = 0.0
    hu[..., 2:6] = -800.0  # lung well inside
    allowed = body(aaa, (hu + 1000.0) / 4500.0)[0, 0, 12]
    assert (allowed[:12] == 1).all()
    assert allowed[skin - 1] > 0.99
    assert (allowed[skin:] < 0.01).all()


@pytest.mark.parametrize("kind", SMALL)
def test_dose_is_cut_off_at_zero_in_use_but_not_in_training(kind: str):
    config = SMALL[kind]
    network = build_network(config)
    torch.nn.init.constant_(network.get_parameter("last.bias"), -10.0)
    aaa, ct = inputs(config)
    assert network.train()(aaa, ct).max() < 0
    assert network.eval()(aaa, ct).abs().max() == 0


@pytest.mark.parametrize("kind", SMALL)
def test_every_parameter_learns(kind: str):
    config = SMALL[kind]
    network = build_network(config)
    torch.nn.init.normal_(network.last.weight)
    aaa, ct = inputs(config)
    network(aaa, ct).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())


def test_the_ct_reaches_the_dose_at_full_resolution():
    # Swapping two fine CT pixels inside one coarse voxel must matter: nothing is averaged away on the way in.
    for config in SMALL.values():
        network = build_network(config).eval()
        torch.nn.init.normal_(network.last.weight)
        aaa, ct = inputs(config)
        swapped = ct.clone()
        swapped[..., 8, 8], swapped[..., 8, 9] = ct[..., 8, 9], ct[..., 8, 8]
        assert (network(aaa, ct) - network(aaa, swapped)).abs().max() > 1e-5


def test_presets_load_and_build():
    assert {"ddn", "ddn-lite"} <= set(preset_names())
    for name in preset_names():
        preset = load_preset(name)
        with torch.device("meta"):
            assert isinstance(build_network(preset.network), DeepDoseNet | DdnLite)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "ddn", "aaa_offsets_mm": [0.0, 5.0]}, "symmetric"),
        ({"kind": "ddn", "aaa_offsets_mm": [-5.0, 5.0]}, "symmetric"),
        ({"kind": "ddn", "depth": 3}, "depth"),
    ],
)
def test_a_wrong_preset_is_refused(values: dict[str, object], message: str):
    from dosenet.preset import Preset

    with pytest.raises(ValueError, match=message):
        Preset.from_dict({"name": "x", "network": values})


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match="ddn-lite"):
        load_preset("nothing")
    with pytest.raises(ValueError, match="kind"):
        build_network(NetworkConfig(kind="other"))


def test_the_bends_show_the_coarse_planes_and_how_much_the_dose_curves_there():
    # Coarse values of a parabola, interpolated every quarter of a coarse step as the network's planes are.
    knots = np.arange(-3, 4)
    places = 0.125 + 0.25 * np.arange(-6, 7)
    planes = np.interp(places, knots, knots**2).astype(np.float32)
    found = bends(torch.from_numpy(planes)[None, :, None, None])[0, :, 0, 0].numpy()
    # Around a knot at a distance of an eighth of a step, half of its bend falls to either side of it.
    near = np.abs(places[1:-1][:, None] - knots).min(axis=1) < 0.2
    assert found[near] == pytest.approx(8 * 2 * 0.125, rel=1e-4)
    assert found[~near] == pytest.approx(0, abs=1e-5)
