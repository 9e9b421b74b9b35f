from dataclasses import replace

import pytest
import torch

from dosenet.network import build_network
from dosenet.preset import NetworkConfig
from dosenet.widening import starting_weights

CONFIG = NetworkConfig(
    kind="ddn-lite",
    channels=8,
    blocks=1,
    head_kernel=3,
    shares=True,
    fine_planes=4,
    beam=True,
    coarse_offsets_mm=(-5, 0, 5),
    ct_far=1,
    ct_offsets_mm=(-5.625, -3.125, -1.875, -0.625, 0.625, 1.875, 3.125, 5.625),
)


def test_a_network_that_is_also_told_the_energy_begins_with_the_same_answers() -> None:
    generator = torch.Generator().manual_seed(4)
    torch.manual_seed(0)
    start = build_network(CONFIG).eval()
    torch.nn.init.normal_(start.last.weight)
    config = replace(start.config, energy=True)
    wider = build_network(config).eval()
    wider.load_state_dict(starting_weights(start, config))
    coarse = torch.rand(1, len(config.coarse_offsets_mm), 6, 9, generator=generator)
    ct = torch.rand(1, len(config.ct_offsets_mm), 24, 36, generator=generator)
    beam = torch.rand(1, 6, 6, 9, generator=generator)
    told = torch.cat([beam, torch.full((1, 2, 6, 9), 1.5)], 1)
    with torch.no_grad():
        torch.testing.assert_close(wider(coarse, ct, told), start(coarse, ct, beam), atol=1e-5, rtol=1e-5)


def test_equal_networks_start_equal_and_others_are_refused() -> None:
    start = build_network(CONFIG)
    same = starting_weights(start, CONFIG)
    assert all(torch.equal(same[name], value) for name, value in start.state_dict().items())
    told = build_network(replace(CONFIG, energy=True))
    for network, config in ((start, replace(CONFIG, channels=4)), (told, CONFIG)):
        with pytest.raises(ValueError, match="start from"):
            starting_weights(network, config)


def test_a_local_correction_stays_behind() -> None:
    start = build_network(replace(CONFIG, correction=8))
    found = starting_weights(start, CONFIG)
    build_network(CONFIG).load_state_dict(found)
    assert all(torch.equal(start.state_dict()[name], value) for name, value in found.items())
