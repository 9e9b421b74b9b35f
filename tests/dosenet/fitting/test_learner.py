import pytest

from dosenet.fitting.learner import learning_rate
from dosenet.preset import TrainingConfig


def test_the_learning_rate_warms_up_and_follows_a_cosine() -> None:
    config = TrainingConfig(learning_rate=1e-3, final_learning_rate=1e-5, warmup_steps=10)
    assert learning_rate(config, 0, 0.0) == pytest.approx(1e-4)
    assert learning_rate(config, 100, 0.5) == pytest.approx((1e-3 + 1e-5) / 2)
    assert learning_rate(config, 100, 1.0) == pytest.approx(1e-5)
    paper = TrainingConfig(learning_rate=1e-4, final_learning_rate=1e-4, warmup_steps=0)
    assert {learning_rate(paper, k, k / 10) for k in range(11)} == {1e-4}
