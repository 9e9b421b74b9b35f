import pytest
import torch
from torch import nn

from fluencenet.loss import clip_kernels, fluence_loss
from fluencenet.metrics import energy_error
from fluencenet.ssim import structural_similarity


def test_the_loss_by_its_parts() -> None:
    target = torch.rand((2, 1, 20, 20), generator=torch.Generator().manual_seed(0))
    predicted = target * 0.9
    top = target.amax((1, 2, 3))
    expected = sum(
        1
        - float(structural_similarity(predicted[k : k + 1], target[k : k + 1], top[k]))
        + float(0.1 * target[k].mean() / top[k])
        for k in range(2)
    )
    assert float(fluence_loss(predicted, target)) == pytest.approx(expected / 2, rel=1e-5)
    with_energy = float(fluence_loss(predicted, target, 0.5))
    assert with_energy == pytest.approx(expected / 2 + 0.5 * 0.1, rel=1e-5)
    assert float(fluence_loss(7 * predicted, 7 * target)) == pytest.approx(expected / 2, rel=1e-4)
    assert float(fluence_loss(target, target, 1.0)) == pytest.approx(0, abs=1e-6)


def test_the_energy_error_is_that_of_the_sums() -> None:
    target = torch.ones(2, 1, 4, 4)
    predicted = target.clone()
    predicted[1, 0, 0] = 0.0
    assert energy_error(predicted, target).tolist() == pytest.approx([0.0, 0.25])


def test_each_kernel_is_clipped_by_itself() -> None:
    network = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ConvTranspose2d(3, 2, 2))
    forward, bias, transposed = (torch.ones_like(p) for p in list(network.parameters())[:3])
    forward[1] *= 1e-9
    for parameter, gradient in zip(network.parameters(), (forward, bias, transposed), strict=False):
        parameter.grad = gradient
    clip_kernels(network, 1e-4)
    assert forward.flatten(1).norm(dim=1).tolist() == pytest.approx([1e-4, 1e-9 * 18**0.5, 1e-4])
    assert transposed.transpose(0, 1).flatten(1).norm(dim=1).tolist() == pytest.approx([1e-4] * 2)
    assert bias.tolist() == pytest.approx([1e-4] * 3)
