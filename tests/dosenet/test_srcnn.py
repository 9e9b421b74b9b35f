"""SRCNN against convolutions by scipy, and against its published size."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import correlate

from dosenet.dosed_part import sees
from dosenet.network import build_network
from dosenet.preset import NetworkConfig, load_preset
from dosenet.srcnn import Srcnn
from tests.dosenet.test_network import inputs

SMALL = NetworkConfig(kind="srcnn", channels=4, tail_channels=3, head_kernel=9)


def made(config: NetworkConfig = SMALL, seed: int = 5) -> Srcnn:
    torch.manual_seed(seed)
    network = build_network(config)
    assert isinstance(network, Srcnn)
    for weights in network.parameters():
        torch.nn.init.normal_(weights, std=0.2)
    return network.eval()


def by_hand(network: Srcnn, image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Three layers of correlations with zeros beyond the edge, rectified between them."""
    for layer in (network.head, network.mapping, network.last):
        assert layer.bias is not None
        kernels, biases = layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()
        image = np.stack(
            [
                bias + sum(correlate(plane, part, mode="constant") for plane, part in zip(image, kernel, strict=True))
                for kernel, bias in zip(kernels, biases, strict=True)
            ]
        )
        image = np.maximum(image, 0.0)  # the last one too, as negative dose is cut off in use
    return image


def cubic(values: NDArray[np.float64], a: float = -0.75) -> NDArray[np.float64]:
    """Cubic convolution (Keys 1981) at the centres of quarters of voxels, along both axes, edges repeated."""

    def weight(t: float) -> float:
        t = abs(t)
        if t <= 1:
            return (a + 2) * t**3 - (a + 3) * t**2 + 1
        return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else 0.0

    for axis in (0, 1):
        last, rows = values.shape[axis] - 1, []
        for fine in range(4 * (last + 1)):
            place = (fine + 0.5) / 4 - 0.5
            first = int(np.floor(place)) - 1
            near = [np.take(values, min(max(k, 0), last), axis) * weight(place - k) for k in range(first, first + 4)]
            rows.append(sum(near))
        values = np.stack(rows, axis)
    return values


def test_its_answer_is_three_convolutions_of_the_cubically_up_sampled_dose_and_the_ct() -> None:
    network = made()
    coarse, ct = inputs(SMALL)
    answer = network(coarse, ct).detach().numpy()
    assert answer.max() > 0.1
    for dose, hu, given in zip(coarse.double().numpy(), ct.double().numpy(), answer, strict=True):
        expected = by_hand(network, np.stack([cubic(dose[0]), hu[0]]))
        np.testing.assert_allclose(given, expected, atol=2e-5)


def test_it_has_the_published_weights_and_those_of_the_ct() -> None:
    with torch.device("meta"):
        network = build_network(load_preset("srcnn").network)
    weights = sum(value.numel() for name, value in network.named_parameters() if name.endswith("weight"))
    # Dong et al., table 1: the 9-1-5 network with 64 and 32 filters has 8032 weights for one channel.
    assert weights == 8032 + 9 * 9 * 64
    assert sum(value.numel() for value in network.parameters()) == 13_313


def test_negative_dose_is_cut_off_in_use_and_there_is_none_outside_the_outline() -> None:
    network = made()
    coarse, ct = inputs(SMALL)
    torch.nn.init.constant_(network.get_parameter("last.bias"), -1e3)
    assert network.train()(coarse, ct).max() < 0
    assert network.eval()(coarse, ct).abs().max() == 0
    torch.nn.init.constant_(network.get_parameter("last.bias"), 1e3)
    contour = torch.ones(2, 1, 24, 36)
    contour[..., :8] = 0.0
    dose = network(coarse, ct, None, contour)
    assert not dose[..., :7].any()
    assert dose[..., 8:].min() > 0


def test_what_it_sees_is_what_its_answer_depends_on() -> None:
    network, config = made(), SMALL
    coarse = torch.rand(1, 1, 21, 21, generator=torch.Generator().manual_seed(1)).requires_grad_()
    ct = torch.zeros(1, 1, 84, 84)
    network.train()(coarse, ct)[0, 0, 40:44, 40:44].sum().backward()
    assert coarse.grad is not None
    rows = torch.nonzero(coarse.grad[0, 0])
    assert int((rows - 10).abs().max()) == sees(config)


def test_every_parameter_learns() -> None:
    network = made().train()
    network(*inputs(SMALL)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())
