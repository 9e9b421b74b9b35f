import pytest
import torch

from dosenet.skin import body, carried_outwards


def test_dose_is_carried_past_the_body_by_the_mean_of_its_neighbours() -> None:
    coarse = torch.zeros(1, 1, 5, 7)
    coarse[..., 2:4] = torch.tensor([0.4, 0.8])
    carried = carried_outwards(coarse, voxels=1)[0, 0, 2]
    assert carried.tolist() == pytest.approx([0, 0.4, 0.4, 0.8, 0.8, 0, 0])


def test_dose_may_be_inside_the_coarse_dose_and_along_its_edge_only_in_tissue() -> None:
    coarse = torch.zeros(1, 1, 6, 8)
    coarse[..., :4] = 1.0  # the body ends after the fourth coarse column, that is fine column 16
    skin = 14
    hu = torch.full((1, 1, 24, 32), -1000.0)
    hu[..., :skin] = 0.0
    hu[..., 2:6] = -800.0  # lung well inside
    allowed = body(coarse, (hu + 1000.0) / 4500.0)[0, 0, 12]
    assert (allowed[:12] == 1).all()
    assert allowed[skin - 1] > 0.99
    assert (allowed[skin:] < 0.01).all()


def test_dose_next_to_nothing_counts_as_none() -> None:
    coarse = torch.zeros(1, 1, 6, 8)
    coarse[..., :4] = 1.0
    traces = coarse.clone()
    traces[..., 4:] = 1e-5  # what rounding or resampling leaves outside the body
    air = torch.zeros(1, 1, 24, 32)
    assert not torch.equal(body(coarse, air), body(traces, air))
    assert torch.equal(body(coarse, air), body(traces, air, empty_below=1e-4))
    assert torch.equal(carried_outwards(coarse)[..., :6], carried_outwards(traces, empty_below=1e-4)[..., :6])
