from pathlib import Path

import numpy as np
import pytest
import torch

from dosenet.data import PairStore
from dosenet.sampling import PairSampler
from dosenet.slices import interpolate_planes, normalise_ct, selected_planes
from dosenet.store import read_patients

NO_FLIP = torch.zeros(1, 4).long()


def sampler(path: Path, crop_px: int = 32, **changes: object) -> PairSampler:
    given: dict[str, object] = {
        "crop_px": crop_px,
        "batch": 3,
        "aaa_offsets_mm": (-5.0, 0.0, 5.0),
        "ct_steps": (-4, 0, 4),
    } | changes
    return PairSampler(PairStore.load(path, "train"), **given)  # type: ignore[arg-type]


def test_a_crop_is_what_slicing_the_arrays_gives(toy_store: Path):
    patient = read_patients(toy_store, "train")[0]
    pair = next(iter(patient.fields()))
    planes = selected_planes(pair.coarse_gy())
    maximum = pair.coarse_gy().max()
    which = 7
    plane = int(planes[which])
    batch = sampler(toy_store).cut(torch.tensor([which]), torch.tensor([[4, 10]]), NO_FLIP)
    ct = normalise_ct(patient.ct_hu()[[plane - 4, plane, plane + 4], 16:48, 40:72])
    np.testing.assert_allclose(batch.ct[0], ct, atol=1e-6)
    np.testing.assert_allclose(batch.target[0, 0], pair.fine_gy()[plane, 16:48, 40:72] / maximum, rtol=1e-5)
    index = plane / 4 - 0.375 + np.array([-1, 0, 1])
    aaa = interpolate_planes(pair.coarse_gy() / maximum, index)[:, 4:12, 10:18]
    np.testing.assert_allclose(batch.aaa[0], aaa, atol=1e-6)


@pytest.mark.parametrize("flips", [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 1, 1]])
def test_mirrored_crops_are_the_plain_ones_mirrored(toy_store: Path, flips: list[int]):
    draw = sampler(toy_store)
    rows, top = torch.tensor([5]), torch.tensor([[3, 6]])
    plain = draw.cut(rows, top, NO_FLIP)
    mirrored = draw.cut(rows, top, torch.tensor([flips]))
    for before, after in zip(plain, mirrored, strict=True):
        expected = before.flip(1) if flips[2] else before
        if flips[0]:
            expected = expected.flip(2)
        if flips[1]:
            expected = expected.flip(3)
        if flips[3]:
            expected = expected.transpose(2, 3)
        torch.testing.assert_close(after, expected)


def test_crops_beyond_the_lattice_are_filled_with_air_and_no_dose(toy_store: Path):
    batch = sampler(toy_store, crop_px=96).draw(0)  # the lattice has 64 x 80 pixels
    assert batch.target.shape == (3, 1, 96, 96)
    inside = torch.zeros(96, 96, dtype=torch.bool)
    for crop in batch.target[:, 0]:
        inside |= crop > 0
    assert not inside[:8].any()
    assert batch.target.amax((1, 2, 3)).min() > 0.3


def test_random_crops_hold_dose_and_depend_on_seed_and_step_only(toy_store: Path):
    draw = sampler(toy_store, crop_px=16, batch=64)
    first, again, other = draw.draw(5), draw.draw(5), draw.draw(6)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.target, other.target)
    assert not torch.equal(first.target, sampler(toy_store, crop_px=16, batch=64, seed=2).draw(5).target)
    assert (first.aaa.amax((1, 2, 3)) > 0.09).float().mean() > 0.9


def test_one_patient_can_be_drawn_from(toy_store: Path):
    store = PairStore.load(toy_store, "train")
    draw = PairSampler(store, crop_px=16, batch=32, seed=0)
    levels = [float(draw.draw(0, patient=k).ct.max()) for k in range(2)]
    bodies = [float(normalise_ct(p.ct_hu()).max()) for p in read_patients(toy_store, "train")]
    assert levels == pytest.approx(bodies)


def test_splits_share_no_patient(toy_store: Path):
    names = [set(PairStore.load(toy_store, split).patients) for split in ("train", "validation", "test")]
    assert names == [{"p1", "p2"}, {"p3"}, {"p4"}]


def test_a_split_without_fields_is_refused(toy_store: Path):
    with pytest.raises(ValueError, match="at least one complete field"):
        PairStore.build([])
    with pytest.raises(ValueError, match="multiple of 4"):
        sampler(toy_store, crop_px=30)
