from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fluencenet.samples import BeamSampler, SampleFolder, centred
from fluencenet.store import FluenceStore
from tests.fluencenet.toy import PRESCRIPTION_GY, PRESET, toy_case


def test_samples_hold_what_the_plan_holds(folder: SampleFolder) -> None:
    case = toy_case("p0", "train", 0)
    (plan, *_), names = folder.load("train"), folder.store.names("train")
    assert names[0] == "p0"
    sums = [float(b.fluence.values.sum()) / PRESCRIPTION_GY for b in case.beams]
    assert plan.target.sum((1, 2, 3)).tolist() == pytest.approx(sums, rel=1e-5)
    assert float(plan.dose.max()) == pytest.approx(case.scene.dose_gy.max() / PRESCRIPTION_GY, rel=0.05)
    assert plan.fractional_mu == pytest.approx(PRESCRIPTION_GY * 1.25)
    assert sorted(set(plan.labels.flatten().tolist())) == [0, 1, 10]
    assert centred(plan, 32).target.shape == (3, 1, 32, 32)


def test_a_growing_store_is_followed(toy_store: Path, tmp_path: Path) -> None:
    store = FluenceStore(tmp_path / "s.zarr")
    store.add(toy_case("a", "train", 0))
    folder = SampleFolder(tmp_path / "samples", store, PRESET)
    assert folder.update() == 1
    table = folder.table()
    store.add(toy_case("b", "train", 1))
    assert (folder.update(), folder.update()) == (1, 0)
    assert len(folder.load("train")) == 2
    assert folder.table() == table
    with pytest.raises(ValueError, match="validation"):
        folder.load("validation")
    store.add(replace(toy_case("c", "train", 2), attributes={}))
    assert folder.update() == 0  # nothing says what its fluence means
    assert len(folder.load("train")) == 2
    other = replace(PRESET, training=replace(PRESET.training, shift_px=4))
    with pytest.raises(ValueError, match="another folder"):
        SampleFolder(tmp_path / "samples", store, other).load("train")


def test_batches_repeat_and_never_lose_fluence(folder: SampleFolder) -> None:
    plans = folder.load("train")
    sampler = BeamSampler(plans, PRESET, seed=3)
    assert len(sampler) == 12
    batches = [sampler.draw(step) for step in range(3)]
    again = BeamSampler(plans, PRESET, seed=3).draw(1)
    assert torch.equal(batches[1].target, again.target)
    assert torch.equal(batches[1].views.dose, again.views.dose)
    sums = sorted(float(s) for plan in plans for s in plan.target.sum((1, 2, 3)))
    # one epoch of 12 beams: every beam once, whole, wherever its window was shifted
    drawn = sorted(float(s) for batch in batches for s in batch.target.sum((1, 2, 3)))
    assert drawn == pytest.approx(sums, rel=1e-5)
    assert not torch.equal(BeamSampler(plans, PRESET, seed=4).draw(1).target, again.target)


def test_mirrored_samples_stay_in_register(folder: SampleFolder) -> None:
    plans = [replace(plan, estimate=plan.target) for plan in folder.load("train")]
    mirrored = replace(PRESET, training=replace(PRESET.training, mirror=True))
    sampler = BeamSampler(plans, mirrored, seed=0)
    seen = set()
    for step in range(12):
        batch = sampler.draw(step)
        assert torch.equal(batch.views.estimate, batch.target)
        shadow = (batch.views.labels == 10).any(1, keepdim=True)
        assert (batch.target[shadow] > 0).float().mean() > 0.9
        seen.add(round(float(batch.target[0, 0, :16].sum()), 3))
    assert len(seen) > 6
