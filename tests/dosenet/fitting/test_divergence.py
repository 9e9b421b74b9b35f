import pytest
import torch

from dosenet.fitting.divergence import RATE_CUT, DivergenceGuard
from dosenet.training import DoseModule
from tests.dosenet.toy import PRESET


def losses(value: float) -> list[torch.Tensor]:
    return [torch.tensor(value)] * 3


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> DoseModule:
    module = DoseModule(PRESET)
    optimiser = module.configure_optimizers()
    monkeypatch.setattr(module, "_optimiser", lambda: optimiser)
    return module


def weights(module: DoseModule) -> torch.Tensor:
    return torch.cat([p.detach().flatten().clone() for p in module.network.parameters()])


def spoil(module: DoseModule) -> None:
    with torch.no_grad():
        for parameter in module.network.parameters():
            parameter.add_(1.0)


def test_a_runaway_loss_puts_back_the_state_of_two_windows_ago_and_slows_down(module: DoseModule) -> None:
    guard = DivergenceGuard()
    good = weights(module)
    assert not guard.watch(module, losses(1.0))
    spoil(module)  # still a low loss: the harm is done before it shows
    assert not guard.watch(module, losses(1.1))
    spoil(module)
    assert guard.watch(module, losses(50.0))
    torch.testing.assert_close(weights(module), good)
    assert module.rate_factor == RATE_CUT
    spoil(module)  # what was kept is not what is now being trained
    assert guard.watch(module, losses(float("nan")))
    torch.testing.assert_close(weights(module), good)
    assert module.rate_factor == pytest.approx(RATE_CUT**2)


def test_a_slowly_rising_loss_is_left_alone(module: DoseModule) -> None:
    guard = DivergenceGuard()
    assert not any(guard.watch(module, losses(value)) for value in (1.0, 0.5, 0.8, 1.2, 1.4))


def test_a_loss_that_is_never_finite_is_an_error(module: DoseModule) -> None:
    with pytest.raises(ValueError, match="lower the learning rate"):
        DivergenceGuard().watch(module, losses(float("inf")))
