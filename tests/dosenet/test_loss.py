import math

import pytest
import torch

from dosenet.gamma import Criterion, image_pass_rate
from dosenet.loss import GAMMA_WEIGHT, LEAST_LINEAR, loss_of


def test_losses_by_hand() -> None:
    predicted, target = torch.tensor([0.0, 0.3]), torch.tensor([0.1, 0.1])
    assert loss_of(predicted, target, "mse").item() == pytest.approx((0.01 + 0.04) / 2)
    mixed = 0.5 * 0.025 + 0.5 * 0.01 * (math.hypot(0.1, 1e-3) + math.hypot(0.2, 1e-3)) / 2
    assert loss_of(predicted, target, "charbonnier").item() == pytest.approx(mixed, rel=1e-5)
    # A plane of half the dose: the same absolute error counts twice in the part that is relative to the plane.
    planes = torch.tensor([[[[1.0, 0.0]], [[0.5, 0.0]]]])
    by_plane = 0.5 * 0.01**2 + 0.5 * 0.01 * (math.hypot(0.01, 1e-3) + math.hypot(0.02, 1e-3)) / 2
    assert loss_of(planes + 0.01, planes, "charbonnier-by-plane").item() == pytest.approx(by_plane, rel=1e-4)


def test_the_relative_loss_is_the_share_of_the_error_of_linear_up_sampling_that_is_left() -> None:
    coarse = torch.stack([torch.full((1, 4, 4), 0.5), torch.full((1, 4, 4), 0.9)])
    # Linear up-sampling of a constant is the constant: its error is 0.1 in one field and 0.02 in the other.
    target = torch.stack([torch.full((1, 16, 16), 0.6), torch.full((1, 16, 16), 0.92)])
    halved = target - torch.tensor([0.05, 0.01])[:, None, None, None]
    shares = (0.0025 / (0.01 + LEAST_LINEAR) + 0.0001 / (0.0004 + LEAST_LINEAR)) / 2
    assert loss_of(halved, target, "relative", coarse).item() == pytest.approx(shares, rel=1e-4)
    assert shares == pytest.approx(1 / 4, rel=0.03), "either field counts alike, though one's error is 25 times larger"
    with pytest.raises(ValueError, match="expected the coarse dose"):
        loss_of(halved, target, "relative")


@pytest.mark.parametrize("share", [0.9, 1.1])
def test_the_gamma_loss_knows_where_gamma_fails(share: float) -> None:
    # A ramp of 0.5 % a mm, off by a little: gamma is difference over hypot(2 %, slope x 2 mm) (Low et al. 1998).
    ramp = torch.linspace(1.0 - 80 * 1.25 * 0.005, 1.0, 81).expand(1, 1, 40, 81).contiguous()
    off = share * math.hypot(0.02, 0.005 * 2)
    passed = image_pass_rate(ramp[0, 0].numpy(), (ramp - off)[0, 0].numpy(), Criterion(2, 2), 1.25)
    ends = 100 * 2 / 81  # from the first and last column half of the way to agreement leads out of the image
    assert passed >= 100 - ends if share < 1 else passed <= ends
    edge = off / 0.02  # the gradient is not known in the first and last column
    expected = (79 * math.log1p(share**4) + 2 * math.log1p(edge**4)) / 81
    added = loss_of(ramp - off, ramp, "gamma") - loss_of(ramp - off, ramp, "charbonnier-by-plane")
    assert added.item() == pytest.approx(GAMMA_WEIGHT * expected, rel=1e-3)


def test_the_gamma_loss_takes_planes_for_equal_and_points_of_low_dose_for_none() -> None:
    planes = torch.ones(1, 2, 40, 40)
    planes[0, 1] *= 0.3
    planes[0, :, :10] *= 0.05
    wrong = planes.clone()
    wrong[0, 0, :10] += 0.004
    wrong[0, 1, 20:] -= 0.009  # 3 % of that plane
    added = loss_of(wrong, planes, "gamma") - loss_of(wrong, planes, "charbonnier-by-plane")
    assert added.item() == pytest.approx(GAMMA_WEIGHT * math.log1p(1.5**4) * (20 / 30) / 2, rel=2e-2)
