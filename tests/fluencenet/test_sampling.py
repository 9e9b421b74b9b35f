from dataclasses import replace

import pytest
import torch

from fluencenet.samples import SampleFolder
from fluencenet.sampling import BeamSampler
from tests.fluencenet.toy import PRESET


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
