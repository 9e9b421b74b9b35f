import pytest
import torch

from dosenet.skin import body, carried_outwards, outline_of, within


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


def test_along_the_edge_contour_and_ct_have_a_vote_each_and_elsewhere_the_contour_decides() -> None:
    coarse = torch.ones(1, 1, 6, 8)
    coarse[..., 6:] = 0.0
    tissue, air = torch.full((1, 1, 24, 32), 1000.0 / 4500.0), torch.zeros(1, 1, 24, 32)
    contour = torch.ones(1, 1, 24, 32)
    contour[..., 24:] = 0.0  # the body ends where the dose does
    for ct, inner, outer in ((tissue, 1.0, 0.5), (air, 0.5, 0.0)):
        row = outline_of(coarse, ct, contour)[0, 0, 12]
        assert row.tolist() == pytest.approx([1.0] * 23 + [inner, outer] + [0.0] * 7, abs=1e-3)
    unknown = contour.clone()
    unknown[..., 28:] = -1.0
    assert torch.equal(outline_of(coarse, tissue, unknown)[..., 28:], body(coarse, tissue)[..., 28:])
    assert torch.equal(outline_of(coarse, tissue, None), body(coarse, tissue))


def test_dose_ends_one_voxel_outside_the_contour() -> None:
    contour = torch.zeros(1, 1, 7, 7)
    contour[..., 3, 3] = 1.0
    contour[..., 0, 6] = -1.0
    kept = within(torch.ones(1, 1, 7, 7), contour)[0, 0]
    assert kept[2:5, 2:5].all()
    assert kept[:2, 5:].all()
    assert kept.sum() == 9 + 4
